/* Programs that were compiled with an earlier libcache/c.h know where its fields are (with 64
 * bits): they never move, and new ones come after them. What is here is never changed, only added
 * to. */
#include "check.h"

#define AT(offset, type, field) CHECK(offsetof(type, field) == (offset))

static void options_are_where_they_were(void) {
  AT(0, libcache_options, struct_size);
  AT(8, libcache_options, max_memory);
  AT(16, libcache_options, default_ttl_ms);
  AT(24, libcache_options, policy);
  AT(28, libcache_options, shards);
  AT(32, libcache_options, early_refresh);
  AT(40, libcache_options, ttl_jitter);
  AT(48, libcache_options, seed);
  AT(56, libcache_options, now_ms);
  AT(64, libcache_options, clock_context);
}

static void options_of_a_load_are_where_they_were(void) {
  AT(0, libcache_load_options, struct_size);
  AT(8, libcache_load_options, ttl_ms);
  AT(16, libcache_load_options, stale_for_ms);
  AT(24, libcache_load_options, absent_ttl_ms);
  AT(32, libcache_load_options, error_ttl_ms);
  AT(40, libcache_load_options, timeout_ms);
}

static void statistics_are_where_they_were(void) {
  AT(0, libcache_stats, struct_size);
  AT(8, libcache_stats, hits);
  AT(16, libcache_stats, misses);
  AT(24, libcache_stats, sets);
  AT(32, libcache_stats, deletes);
  AT(40, libcache_stats, evictions);
  AT(48, libcache_stats, expiries);
  AT(56, libcache_stats, loads);
  AT(64, libcache_stats, load_failures);
  AT(72, libcache_stats, load_ns);
  AT(80, libcache_stats, entries);
  AT(88, libcache_stats, key_bytes);
  AT(96, libcache_stats, value_bytes);
  AT(104, libcache_stats, memory);
  AT(112, libcache_stats, peak_memory);
  AT(120, libcache_stats, max_memory);
}

/* It has no size of its own, so nothing can be added to it. */
static void a_value_is_as_it_was(void) {
  AT(0, libcache_value, data);
  AT(8, libcache_value, size);
  AT(16, libcache_value, is_stale);
  AT(24, libcache_value, owner);
  CHECK(sizeof(libcache_value) == 32);
}

static void a_status_is_as_wide_as_an_int(void) { CHECK(sizeof(libcache_status) == sizeof(int)); }

int main(void) {
  options_are_where_they_were();
  options_of_a_load_are_where_they_were();
  statistics_are_where_they_were();
  a_value_is_as_it_was();
  a_status_is_as_wide_as_an_int();
  return 0;
}
