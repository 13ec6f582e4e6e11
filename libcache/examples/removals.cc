#include <cassert>
#include <chrono>
#include <string>
#include <vector>

#include <libcache/cache.h>

int main() {
  libcache::ManualClock clock;  // so that half an hour passes at once
  std::vector<std::string> log;
  libcache::Cache cache(
      {.max_memory = 64 << 20,
       .maintenance = libcache::Maintenance::kManual,  // and threads do not matter
       .clock = &clock,
       .on_removal = [&log](const libcache::Removal& removal) {
         using Cause = libcache::RemovalCause;
         if (removal.cause == Cause::kReplaced) return;
         log.push_back(removal.key + "=" + std::string(removal.value->bytes()) +
                       (removal.cause == Cause::kExpired ? " expired" : " gone"));
       }});

  cache.set("game:1", "0:0", {.ttl = std::chrono::minutes(30)});
  cache.set("game:1", "3:2", {.ttl = std::chrono::minutes(30)});
  cache.set("game:2", "1:1");
  cache.erase("game:2");
  assert(log.empty());  // nobody calls back under a lock

  clock.advance_ms(30 * 60'000);
  cache.maintain();
  assert((log == std::vector<std::string>{"game:2=1:1 gone", "game:1=3:2 expired"}));
}
