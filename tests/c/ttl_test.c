/* An entry's time, under a clock that is moved. */
#include "check.h"

static int64_t left_of(libcache_cache* cache, const char* key) {
  int64_t left = 0;
  CHECK(libcache_ttl(cache, key, strlen(key), &left) == LIBCACHE_OK);
  return left;
}

static int is_gone(libcache_cache* cache, const char* key) {
  int64_t left = 0;
  return libcache_ttl(cache, key, strlen(key), &left) == LIBCACHE_NOT_FOUND;
}

static void time_passes_until_the_entry_is_gone(void) {
  int64_t now_ms = 1700000000000;
  libcache_cache* cache = opened(&now_ms);
  CHECK(set(cache, "k", "v", 1000) == LIBCACHE_OK);
  CHECK(left_of(cache, "k") == 1000);
  advance(&now_ms, 999);
  CHECK(left_of(cache, "k") == 1);
  CHECK(holds(cache, "k", "v"));
  advance(&now_ms, 1);
  CHECK(is_gone(cache, "k"));
  libcache_close(cache);
}

static void an_entry_may_live_for_ever(void) {
  int64_t now_ms = 1700000000000;
  libcache_cache* cache = opened(&now_ms);
  CHECK(set(cache, "k", "v", LIBCACHE_TTL_FOREVER) == LIBCACHE_OK);
  CHECK(left_of(cache, "k") == LIBCACHE_TTL_FOREVER);
  libcache_close(cache);
}

static void a_time_may_be_longer_than_can_be_counted(void) {
  libcache_cache* cache = opened(NULL);
  CHECK(set(cache, "k", "v", LIBCACHE_TTL_FOREVER - 1) == LIBCACHE_OK);
  CHECK(holds(cache, "k", "v"));
  CHECK(left_of(cache, "k") > (int64_t)1 << 40);
  libcache_close(cache);
}

static void what_names_no_time_has_the_default(void) {
  libcache_options options;
  libcache_options_init(&options, sizeof options);
  int64_t now_ms = 1700000000000;
  options.now_ms = moved_clock;
  options.clock_context = &now_ms;
  options.default_ttl_ms = 500;
  libcache_cache* cache = NULL;
  CHECK(libcache_open(&options, &cache, NULL) == LIBCACHE_OK);
  CHECK(set(cache, "k", "v", LIBCACHE_TTL_DEFAULT) == LIBCACHE_OK);
  CHECK(left_of(cache, "k") == 500);
  libcache_close(cache);
}

static void a_time_that_is_over_deletes_what_was_there(void) {
  libcache_cache* cache = opened(NULL);
  for (int64_t ttl_ms = -1; ttl_ms <= 0; ++ttl_ms) {
    CHECK(set(cache, "k", "v", LIBCACHE_TTL_DEFAULT) == LIBCACHE_OK);
    CHECK(set(cache, "k", "v", ttl_ms) == LIBCACHE_OK);
    CHECK(is_gone(cache, "k"));
  }
  libcache_close(cache);
}

int main(void) {
  time_passes_until_the_entry_is_gone();
  an_entry_may_live_for_ever();
  a_time_may_be_longer_than_can_be_counted();
  what_names_no_time_has_the_default();
  a_time_that_is_over_deletes_what_was_there();
  return 0;
}
