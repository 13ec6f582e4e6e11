#include <cassert>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <libcache/cache.h>
#include <libcache/snapshot.h>

/// Everything of one cache into another, as it might be through a file.
void copy(libcache::Cache& from, libcache::Cache& to) {
  libcache::Snapshot snapshot(from);
  struct Copied {
    std::string key;
    int database;
    std::string value;
    std::int64_t deadline_ms;
  };
  std::vector<Copied> step;
  const auto visit = [&step](const libcache::Snapshot::Entry& entry) {  // a lock is held: be brief
    step.push_back({std::string(entry.key.bytes()), entry.key.database(), std::string(entry.value),
                    entry.deadline_ms});
  };
  while (snapshot.step(visit)) {  // others use `from` meanwhile
    for (const auto& [key, database, value, deadline_ms] : step) {
      to.set({key, database}, value, {.deadline_ms = deadline_ms});
    }
    step.clear();
  }
}

int main() {
  libcache::Cache before({.max_memory = 64 << 20});
  before.set("game:1", "3:2");
  before.set("game:2", "0:0", {.ttl = std::chrono::minutes(30)});

  libcache::Cache after({.max_memory = 64 << 20});
  copy(before, after);

  assert(after.size() == 2);
  assert(after.get("game:1")->bytes() == "3:2");
  assert(after.deadline("game:2") == before.deadline("game:2"));
}
