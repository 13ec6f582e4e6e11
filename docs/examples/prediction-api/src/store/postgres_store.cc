#include "store/postgres_store.h"

#include <utility>

#include <pqxx/pqxx>

namespace prediction {
namespace {

/// Any number, the same in all replicas.
constexpr int kMigrationLock = 5411;

/// What libpqxx throws becomes a StoreError.
template <class Work>
auto translate(Work work) {
  try {
    return work();
  } catch (const pqxx::broken_connection& failure) {
    throw ConnectionLost(failure.what());
  } catch (const pqxx::failure& failure) {
    throw StoreError(failure.what());
  }
}

class PostgresStore : public Store {
 public:
  PostgresStore(const std::string& url, std::chrono::seconds timeout)
      : connection_(url + (url.find('?') == std::string::npos ? '?' : '&') + "connect_timeout=5") {
    connection_.set_variable("statement_timeout", '\'' + std::to_string(timeout.count()) + "s'");
  }

  std::optional<Correction> find(const std::string& category, GameId game) override {
    return translate([&]() -> std::optional<Correction> {
      pqxx::nontransaction work(connection_);
      const pqxx::result rows = work.exec_params(
          "SELECT value, analyst, corrected_at FROM corrections WHERE category = $1 AND game = $2",
          category, game);
      if (rows.empty()) return std::nullopt;
      return Correction{.value = rows[0][0].as<double>(),
                        .analyst = rows[0][1].as<std::string>(),
                        .corrected_at = rows[0][2].as<std::int64_t>()};
    });
  }

  void save(const std::string& category, GameId game, const Correction& correction) override {
    translate([&] {
      pqxx::work work(connection_);
      work.exec_params0(
          "INSERT INTO corrections (category, game, value, analyst, corrected_at) "
          "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (category, game) DO UPDATE SET "
          "value = excluded.value, analyst = excluded.analyst, "
          "corrected_at = excluded.corrected_at",
          category, game, correction.value, correction.analyst, correction.corrected_at);
      work.commit();
    });
  }

  void check() override {
    translate([&] { pqxx::nontransaction(connection_).exec1("SELECT 1"); });
  }

  bool apply(const Migration& migration) override {
    return translate([&] {
      pqxx::work work(connection_);
      work.exec1("SELECT pg_advisory_xact_lock(" + std::to_string(kMigrationLock) + ")");
      work.exec0(
          "CREATE TABLE IF NOT EXISTS schema_migrations "
          "(number BIGINT PRIMARY KEY, name TEXT NOT NULL)");
      const pqxx::result applied =
          work.exec_params("SELECT 1 FROM schema_migrations WHERE number = $1", migration.number);
      if (!applied.empty()) return false;
      work.exec(std::string(migration.sql));
      work.exec_params0("INSERT INTO schema_migrations (number, name) VALUES ($1, $2)",
                        migration.number, std::string(migration.name));
      work.commit();
      return true;
    });
  }

 private:
  pqxx::connection connection_;
};

}  // namespace

std::unique_ptr<Store> open_postgres_store(const std::string& url, std::chrono::seconds timeout) {
  return translate([&] { return std::make_unique<PostgresStore>(url, timeout); });
}

}  // namespace prediction
