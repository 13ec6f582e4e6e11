#include <cassert>
#include <chrono>

#include <libcache/loading_cache.h>

int main() {
  using libcache::LoadStatus;

  libcache::Cache cache({.max_memory = 64 << 20});
  libcache::LoadingCache games(cache);
  const libcache::LoadOptions options{.ttl = std::chrono::minutes(30),
                                      .absent_ttl = std::chrono::minutes(1),
                                      .error_ttl = std::chrono::seconds(5)};

  int queries = 0;
  const auto query = [&queries]() -> libcache::Loaded {
    ++queries;
    return libcache::Absent{};  // the database has no such game
  };
  assert(games.get_or_compute("game:0", query, options).status == LoadStatus::kAbsent);
  assert(games.get_or_compute("game:0", query, options).status == LoadStatus::kAbsent);
  assert(queries == 1);
  assert(!cache.exists("game:0"));  // to everybody else

  cache.set("game:0", "3:2");  // from now on there is
  assert(games.get_or_compute("game:0", query, options).value.bytes() == "3:2");

  const auto down = []() -> libcache::Loaded { return libcache::LoadError{"database down"}; };
  static_cast<void>(games.get_or_compute("game:1", down, options));
  const auto remembered = games.get_or_compute("game:1", query, options);
  assert(remembered.status == LoadStatus::kFailed);
  assert(remembered.error->message == "database down");
  assert(queries == 1);  // the database is left alone for five seconds
}
