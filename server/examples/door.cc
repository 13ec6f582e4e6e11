#include <chrono>
#include <iostream>

#include <libcache/door.h>

int main() {
  libcache::Cache cache({.max_memory = 64 << 20});
  const libcache::Door door(cache, {.port = 0, .password = "let me look"});  // 0: any free port

  cache.set("game:1", "3:2", {.ttl = std::chrono::minutes(30)});

  std::cout << "redis-cli -p " << door.port() << " -a 'let me look' GET game:1\n";
  // ... here the service does its work, and an operator looks on.
}
