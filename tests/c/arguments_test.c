/* What cannot be is refused, and told. */
#include "check.h"

static void never_called(void* context, const void* key, size_t key_size, libcache_loaded* loaded) {
  (void)context, (void)key, (void)key_size, (void)loaded;
  CHECK(0);
}

static void null_is_refused(void) {
  libcache_cache* cache = opened(NULL);
  libcache_value value;
  libcache_stats stats;
  size_t size;
  int64_t left;
  CHECK(libcache_open(NULL, NULL, NULL) == LIBCACHE_INVALID_ARGUMENT);
  CHECK(libcache_get(NULL, "k", 1, &value) == LIBCACHE_INVALID_ARGUMENT);
  CHECK(libcache_get(cache, NULL, 1, &value) == LIBCACHE_INVALID_ARGUMENT);
  CHECK(libcache_get(cache, "k", 1, NULL) == LIBCACHE_INVALID_ARGUMENT);
  CHECK(libcache_get_into(cache, "k", 1, NULL, 1, &size) == LIBCACHE_INVALID_ARGUMENT);
  CHECK(libcache_get_into(cache, "k", 1, "", 0, NULL) == LIBCACHE_INVALID_ARGUMENT);
  CHECK(libcache_set(cache, "k", 1, NULL, 1, 1) == LIBCACHE_INVALID_ARGUMENT);
  CHECK(libcache_set(cache, NULL, 1, "v", 1, 1) == LIBCACHE_INVALID_ARGUMENT);
  CHECK(libcache_set(NULL, "k", 1, "v", 1, 1) == LIBCACHE_INVALID_ARGUMENT);
  CHECK(libcache_delete(NULL, "k", 1) == LIBCACHE_INVALID_ARGUMENT);
  CHECK(libcache_delete(cache, NULL, 1) == LIBCACHE_INVALID_ARGUMENT);
  CHECK(libcache_ttl(cache, "k", 1, NULL) == LIBCACHE_INVALID_ARGUMENT);
  CHECK(libcache_ttl(NULL, "k", 1, &left) == LIBCACHE_INVALID_ARGUMENT);
  CHECK(libcache_get_stats(NULL, &stats, sizeof stats) == LIBCACHE_INVALID_ARGUMENT);
  CHECK(libcache_get_stats(cache, NULL, sizeof stats) == LIBCACHE_INVALID_ARGUMENT);
  CHECK(libcache_get_stats(cache, &stats, 1) == LIBCACHE_INVALID_ARGUMENT);
  CHECK(libcache_get_or_compute(cache, "k", 1, NULL, NULL, NULL, &value) ==
        LIBCACHE_INVALID_ARGUMENT);
  CHECK(libcache_get_or_compute(NULL, "k", 1, never_called, NULL, NULL, &value) ==
        LIBCACHE_INVALID_ARGUMENT);
  CHECK(libcache_get_or_compute(cache, NULL, 1, never_called, NULL, NULL, &value) ==
        LIBCACHE_INVALID_ARGUMENT);
  CHECK(libcache_get_or_compute(cache, "k", 1, never_called, NULL, NULL, NULL) ==
        LIBCACHE_INVALID_ARGUMENT);
  CHECK(libcache_loaded_value(NULL, "v", 1) == LIBCACHE_INVALID_ARGUMENT);
  CHECK(libcache_loaded_absent(NULL) == LIBCACHE_INVALID_ARGUMENT);
  CHECK(libcache_loaded_error(NULL, "e", 1) == LIBCACHE_INVALID_ARGUMENT);
  CHECK(libcache_loaded_ttl(NULL, 1) == LIBCACHE_INVALID_ARGUMENT);
  libcache_options_init(NULL, sizeof(libcache_options));
  libcache_load_options_init(NULL, sizeof(libcache_load_options));
  libcache_value_free(NULL);
  libcache_close(NULL);
  libcache_close(cache);
}

static void an_option_out_of_range_is_named(void) {
  libcache_options options;
  libcache_options_init(&options, sizeof options);
  options.shards = 3;
  libcache_cache* cache = NULL;
  libcache_value why;
  CHECK(libcache_open(&options, &cache, &why) == LIBCACHE_INVALID_ARGUMENT && cache == NULL);
  CHECK(is(&why, "shards must be 0 or a power of two from 1 to 64, not 3"));
  libcache_options_init(&options, sizeof options);
  options.policy = 10;
  CHECK(libcache_open(&options, &cache, NULL) == LIBCACHE_INVALID_ARGUMENT);

  cache = opened(NULL);
  libcache_load_options load;
  libcache_load_options_init(&load, sizeof load);
  load.stale_for_ms = -1;
  libcache_value value;
  CHECK(libcache_get_or_compute(cache, "k", 1, never_called, NULL, &load, &value) ==
        LIBCACHE_INVALID_ARGUMENT);
  libcache_close(cache);
}

static void what_can_never_fit_is_too_large(void) {
  libcache_cache* cache = opened(NULL);
  const size_t size = 7 << 20; /* of 8 MiB */
  char* large = calloc(size, 1);
  CHECK(libcache_set(cache, "k", 1, large, size, LIBCACHE_TTL_DEFAULT) == LIBCACHE_TOO_LARGE);
  free(large);
  libcache_close(cache);
}

/* A caller that was compiled with an earlier or a later c.h. */
static void structs_may_have_another_size(void) {
  struct {
    libcache_options known;
    int64_t later;
  } options;
  libcache_options_init(&options.known, sizeof options);
  CHECK(options.later == 0);
  libcache_cache* cache = NULL;
  CHECK(libcache_open(&options.known, &cache, NULL) == LIBCACHE_OK);
  libcache_close(cache);
  options.later = 1;
  CHECK(libcache_open(&options.known, &cache, NULL) == LIBCACHE_INVALID_ARGUMENT);

  libcache_options_init(&options.known, sizeof options.known);
  options.known.struct_size = offsetof(libcache_options, policy);
  options.known.policy = 99; /* beyond the size: not looked at */
  CHECK(libcache_open(&options.known, &cache, NULL) == LIBCACHE_OK);
  libcache_close(cache);
  options.known.struct_size = 0;
  CHECK(libcache_open(&options.known, &cache, NULL) == LIBCACHE_INVALID_ARGUMENT);
}

static void each_status_has_a_text(void) {
  for (int status = LIBCACHE_OK; status <= LIBCACHE_SYSTEM_ERROR; ++status) {
    CHECK(strcmp(libcache_status_text((libcache_status)status), "unknown status") != 0);
  }
}

int main(void) {
  null_is_refused();
  an_option_out_of_range_is_named();
  what_can_never_fit_is_too_large();
  structs_may_have_another_size();
  each_status_has_a_text();
  return 0;
}
