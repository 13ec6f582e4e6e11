#include <cassert>
#include <chrono>
#include <string>
#include <vector>

#include <libcache/cache.h>

int main() {
  libcache::ManualClock clock;  // so that half an hour passes at once
  std::vector<std::string> log;
  const auto tell = [&log](const libcache::Removal& removal) {
    if (removal.cause == libcache::RemovalCause::kReplaced) return;
    const bool expired = removal.cause == libcache::RemovalCause::kExpired;
    log.push_back(removal.key + "=" + removal.value.value_or("(large)") +
                  (expired ? " expired" : " gone"));
  };
  libcache::Cache cache({.max_memory = 64 << 20,
                         .maintenance = libcache::Maintenance::kManual,  // told by maintain()
                         .clock = &clock,
                         .on_removal = tell});

  cache.set("game:1", "0:0", {.ttl = std::chrono::minutes(30)});
  cache.set("game:1", "3:2", {.ttl = std::chrono::minutes(30)});
  cache.set("game:2", "1:1");
  cache.erase("game:2");
  assert(log.empty());  // nobody calls back under a lock

  clock.advance_ms(30 * 60'000);
  cache.maintain();
  assert((log == std::vector<std::string>{"game:2=1:1 gone", "game:1=3:2 expired"}));
}
