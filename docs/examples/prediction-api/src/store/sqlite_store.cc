#include "store/sqlite_store.h"

#include <sqlite3.h>

#include <string_view>

namespace prediction {
namespace {

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Handle = std::unique_ptr<sqlite3, Close>;

[[noreturn]] void fail(sqlite3* database) { throw StoreError(sqlite3_errmsg(database)); }

/// A prepared statement with its arguments.
class Statement {
 public:
  Statement(sqlite3* database, std::string_view sql) : database_(database) {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v2(database, sql.data(), static_cast<int>(sql.size()), &statement,
                             nullptr));
    statement_.reset(statement);
  }

  Statement& bind(std::int64_t value) {
    check(sqlite3_bind_int64(statement_.get(), ++bound_, value));
    return *this;
  }
  Statement& bind(double value) {
    check(sqlite3_bind_double(statement_.get(), ++bound_, value));
    return *this;
  }
  Statement& bind(std::string_view value) {
    check(sqlite3_bind_text(statement_.get(), ++bound_, value.data(),
                            static_cast<int>(value.size()), SQLITE_TRANSIENT));
    return *this;
  }

  /// Whether there is a row.
  bool step() {
    const int result = sqlite3_step(statement_.get());
    if (result != SQLITE_ROW && result != SQLITE_DONE) fail(database_);
    return result == SQLITE_ROW;
  }

  double number(int column) { return sqlite3_column_double(statement_.get(), column); }
  std::int64_t integer(int column) { return sqlite3_column_int64(statement_.get(), column); }
  std::string text(int column) {
    const auto* const bytes = sqlite3_column_blob(statement_.get(), column);
    const int size = sqlite3_column_bytes(statement_.get(), column);
    return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
  }

 private:
  void check(int result) const {
    if (result != SQLITE_OK) fail(database_);
  }

  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Close> statement_;
  int bound_ = 0;
};

class SqliteStore : public Store {
 public:
  explicit SqliteStore(Handle database) : database_(std::move(database)) {
    execute("PRAGMA journal_mode = WAL");  // readers and a writer do not wait for each other
  }

  std::optional<Correction> find(const std::string& category, GameId game) override {
    Statement statement(
        database_.get(),
        "SELECT value, analyst, corrected_at FROM corrections WHERE category = ? AND game = ?");
    if (!statement.bind(category).bind(game).step()) return std::nullopt;
    return Correction{.value = statement.number(0),
                      .analyst = statement.text(1),
                      .corrected_at = statement.integer(2)};
  }

  void save(const std::string& category, GameId game, const Correction& correction) override {
    Statement(database_.get(),
              "INSERT OR REPLACE INTO corrections (category, game, value, analyst, corrected_at) "
              "VALUES (?, ?, ?, ?, ?)")
        .bind(category)
        .bind(game)
        .bind(correction.value)
        .bind(correction.analyst)
        .bind(correction.corrected_at)
        .step();
  }

  void check() override { execute("SELECT count(*) FROM corrections"); }

  bool apply(const Migration& migration) override {
    execute("BEGIN IMMEDIATE");
    try {
      const bool is_new = apply_in_transaction(migration);
      execute("COMMIT");
      return is_new;
    } catch (const StoreError&) {
      sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
      throw;
    }
  }

 private:
  bool apply_in_transaction(const Migration& migration) {
    execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations (number BIGINT PRIMARY KEY, name TEXT NOT "
        "NULL)");
    Statement applied(database_.get(), "SELECT 1 FROM schema_migrations WHERE number = ?");
    if (applied.bind(std::int64_t{migration.number}).step()) return false;
    execute(std::string(migration.sql));
    Statement(database_.get(), "INSERT INTO schema_migrations (number, name) VALUES (?, ?)")
        .bind(std::int64_t{migration.number})
        .bind(migration.name)
        .step();
    return true;
  }

  void execute(const std::string& sql) {
    if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
      fail(database_.get());
    }
  }

  Handle database_;
};

}  // namespace

std::unique_ptr<Store> open_sqlite_store(const std::string& path, std::chrono::seconds timeout) {
  sqlite3* opened = nullptr;
  const int result = sqlite3_open(path.c_str(), &opened);
  Handle database(opened);
  if (result != SQLITE_OK) fail(opened);
  sqlite3_busy_timeout(opened, static_cast<int>(std::chrono::milliseconds(timeout).count()));
  return std::make_unique<SqliteStore>(std::move(database));
}

}  // namespace prediction
