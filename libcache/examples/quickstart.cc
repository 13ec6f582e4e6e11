#include <chrono>
#include <iostream>

#include <libcache/cache.h>

int main() {
  libcache::Cache cache({.max_memory = 64 << 20});  // bytes; the least recently used goes first

  cache.set("game:1", "3:2", {.ttl = std::chrono::minutes(30)});

  if (auto score = cache.get("game:1")) {
    std::cout << "game 1 ended " << score->bytes() << '\n';
  }
}
