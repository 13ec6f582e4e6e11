#include "store/store.h"

#include <algorithm>
#include <iostream>
#include <thread>

#include "store/postgres_store.h"
#include "store/sqlite_store.h"

namespace prediction {
namespace {

using Clock = std::chrono::steady_clock;

std::unique_ptr<Store> open_patiently(const OpenStore& open, Clock::time_point deadline) {
  constexpr std::chrono::milliseconds kPause{500};
  while (true) {
    try {
      return open();
    } catch (const StoreError& error) {
      if (Clock::now() + kPause > deadline) throw;
      std::cerr << "waiting for the database: " << error.what() << std::endl;
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace

OpenStore store_opener(const Settings& settings) {
  const std::string& url = settings.database_url;
  constexpr std::string_view kSqlite = "sqlite:";
  if (url.starts_with(kSqlite)) {
    return [path = url.substr(kSqlite.size()), timeout = settings.database_timeout] {
      return open_sqlite_store(path, timeout);
    };
  }
  return [url, timeout = settings.database_timeout] { return open_postgres_store(url, timeout); };
}

int migrate(const OpenStore& open, std::chrono::seconds patience) {
  const auto store = open_patiently(open, Clock::now() + patience);
  int applied = 0;
  for (const Migration& migration : migrations()) applied += store->apply(migration) ? 1 : 0;
  return applied;
}

}  // namespace prediction
