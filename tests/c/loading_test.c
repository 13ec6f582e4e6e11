/* What is missed is computed: once, whatever comes of it. */
#include <pthread.h>

#include "check.h"

enum { kWaiters = 8 };

/* A loader that lets all others miss the key before it tells its result. */
typedef struct Load {
  libcache_cache* cache;
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  int calls, asked;
  const char *value, *error;
  int succeeded, failed;
} Load;

static void load_slowly(void* context, const void* key, size_t key_size, libcache_loaded* loaded) {
  Load* load = context;
  CHECK(key_size == 1 && memcmp(key, "k", 1) == 0);
  pthread_mutex_lock(&load->mutex);
  ++load->calls;
  while (load->asked < kWaiters) pthread_cond_wait(&load->changed, &load->mutex);
  pthread_mutex_unlock(&load->mutex);
  if (load->error != NULL) {
    libcache_loaded_error(loaded, load->error, strlen(load->error));
  } else {
    libcache_loaded_value(loaded, load->value, strlen(load->value));
  }
}

static void* ask(void* context) {
  Load* load = context;
  pthread_mutex_lock(&load->mutex);
  ++load->asked;
  pthread_cond_broadcast(&load->changed);
  pthread_mutex_unlock(&load->mutex);
  libcache_load_options options;
  libcache_load_options_init(&options, sizeof options);
  options.error_ttl_ms = 60000; /* also who comes when the load has failed gets its error */
  libcache_value value;
  const libcache_status status =
      libcache_get_or_compute(load->cache, "k", 1, load_slowly, load, &options, &value);
  pthread_mutex_lock(&load->mutex);
  if (status == LIBCACHE_OK && load->value && is(&value, load->value)) ++load->succeeded;
  if (status == LIBCACHE_FAILED && load->error && is(&value, load->error)) ++load->failed;
  pthread_mutex_unlock(&load->mutex);
  return NULL;
}

static Load asked_by_many(const char* value, const char* error) {
  Load load = {.cache = opened(NULL), .value = value, .error = error};
  pthread_mutex_init(&load.mutex, NULL);
  pthread_cond_init(&load.changed, NULL);
  pthread_t threads[kWaiters];
  for (int i = 0; i < kWaiters; ++i) CHECK(pthread_create(&threads[i], NULL, ask, &load) == 0);
  for (int i = 0; i < kWaiters; ++i) pthread_join(threads[i], NULL);
  pthread_cond_destroy(&load.changed);
  pthread_mutex_destroy(&load.mutex);
  libcache_close(load.cache);
  return load;
}

static void many_threads_are_one_load(void) {
  const Load load = asked_by_many("v", NULL);
  CHECK(load.calls == 1 && load.succeeded == kWaiters);
}

static void an_error_reaches_all_who_wait(void) {
  const Load load = asked_by_many(NULL, "the database is down");
  CHECK(load.calls == 1 && load.failed == kWaiters);
}

/* --- One thread, whose loaders call back -------------------------------------------------------
 */

static void tell_value(void* cache, const void* key, size_t key_size, libcache_loaded* loaded) {
  (void)cache, (void)key, (void)key_size;
  libcache_loaded_value(loaded, "v", 1);
}

static void ask_again(void* cache, const void* key, size_t key_size, libcache_loaded* loaded) {
  libcache_value value;
  CHECK(libcache_get_or_compute(cache, key, key_size, tell_value, cache, NULL, &value) ==
        LIBCACHE_RECURSIVE);
  CHECK(libcache_get_or_compute(cache, "other", 5, tell_value, cache, NULL, &value) == LIBCACHE_OK);
  CHECK(is(&value, "v"));
  libcache_loaded_value(loaded, "outer", 5);
}

static void a_loader_may_load_any_key_but_its_own(void) {
  libcache_cache* cache = opened(NULL);
  libcache_value value;
  CHECK(libcache_get_or_compute(cache, "k", 1, ask_again, cache, NULL, &value) == LIBCACHE_OK);
  CHECK(is(&value, "outer"));
  libcache_close(cache);
}

static void tell_absent(void* calls, const void* key, size_t key_size, libcache_loaded* loaded) {
  (void)key, (void)key_size;
  ++*(int*)calls;
  libcache_loaded_absent(loaded);
}

static void that_there_is_no_such_thing_is_remembered(void) {
  libcache_cache* cache = opened(NULL);
  libcache_load_options options;
  libcache_load_options_init(&options, sizeof options);
  options.absent_ttl_ms = 60000;
  int calls = 0;
  libcache_value value;
  for (int i = 0; i < 2; ++i) {
    CHECK(libcache_get_or_compute(cache, "k", 1, tell_absent, &calls, &options, &value) ==
          LIBCACHE_NOT_FOUND);
  }
  CHECK(calls == 1);
  libcache_close(cache);
}

static void tell_nothing(void* context, const void* key, size_t key_size, libcache_loaded* loaded) {
  (void)context, (void)key, (void)key_size, (void)loaded;
}

static void a_loader_that_tells_nothing_has_failed(void) {
  libcache_cache* cache = opened(NULL);
  libcache_value value;
  CHECK(libcache_get_or_compute(cache, "k", 1, tell_nothing, NULL, NULL, &value) ==
        LIBCACHE_FAILED);
  CHECK(is(&value, "the loader told no result"));
  libcache_close(cache);
}

static void tell_null_bytes(void* context, const void* key, size_t key_size,
                            libcache_loaded* loaded) {
  (void)context, (void)key, (void)key_size;
  CHECK(libcache_loaded_value(loaded, NULL, 1) == LIBCACHE_INVALID_ARGUMENT);
  CHECK(libcache_loaded_value(loaded, NULL, 0) == LIBCACHE_OK);
}

static void a_loaded_value_may_be_empty_but_not_null(void) {
  libcache_cache* cache = opened(NULL);
  libcache_value value;
  CHECK(libcache_get_or_compute(cache, "k", 1, tell_null_bytes, NULL, NULL, &value) == LIBCACHE_OK);
  CHECK(is(&value, ""));
  CHECK(holds(cache, "k", ""));
  libcache_close(cache);
}

static void tell_ttl(void* cache, const void* key, size_t key_size, libcache_loaded* loaded) {
  tell_value(cache, key, key_size, loaded);
  libcache_loaded_ttl(loaded, 500);
}

static void a_stale_value_is_returned_if_its_refresh_fails(void) {
  int64_t now_ms = 1700000000000;
  libcache_cache* cache = opened(&now_ms);
  libcache_load_options options;
  libcache_load_options_init(&options, sizeof options);
  options.ttl_ms = 1000;
  options.stale_for_ms = 1000;
  libcache_value value;
  CHECK(libcache_get_or_compute(cache, "k", 1, tell_ttl, cache, &options, &value) == LIBCACHE_OK);
  CHECK(!value.is_stale && is(&value, "v"));
  int64_t left = 0;
  CHECK(libcache_ttl(cache, "k", 1, &left) == LIBCACHE_OK && left == 500 + 1000);
  advance(&now_ms, 500);
  CHECK(libcache_get_or_compute(cache, "k", 1, tell_nothing, NULL, &options, &value) ==
        LIBCACHE_OK);
  CHECK(value.is_stale && is(&value, "v"));
  libcache_close(cache);
}

/* --- Waiting -----------------------------------------------------------------------------------
 */

static void* ask_for_a_moment(void* cache) {
  libcache_load_options options;
  libcache_load_options_init(&options, sizeof options);
  options.timeout_ms = 1;
  libcache_value value;
  CHECK(libcache_get_or_compute(cache, "k", 1, tell_value, cache, &options, &value) ==
        LIBCACHE_TIMED_OUT);
  return NULL;
}

static void outlast_a_waiter(void* cache, const void* key, size_t size, libcache_loaded* loaded) {
  pthread_t waiter;
  CHECK(pthread_create(&waiter, NULL, ask_for_a_moment, cache) == 0);
  pthread_join(waiter, NULL);
  tell_value(cache, key, size, loaded);
}

static void a_timeout_ends_the_wait_not_the_load(void) {
  libcache_cache* cache = opened(NULL);
  libcache_value value;
  CHECK(libcache_get_or_compute(cache, "k", 1, outlast_a_waiter, cache, NULL, &value) ==
        LIBCACHE_OK);
  CHECK(is(&value, "v"));
  CHECK(holds(cache, "k", "v"));
  libcache_close(cache);
}

static void all_of_it_is_counted(void) {
  libcache_cache* cache = opened(NULL);
  libcache_value value;
  CHECK(libcache_get_or_compute(cache, "k", 1, tell_value, cache, NULL, &value) == LIBCACHE_OK);
  libcache_value_free(&value);
  CHECK(holds(cache, "k", "v"));
  CHECK(libcache_get_or_compute(cache, "l", 1, tell_nothing, NULL, NULL, &value) ==
        LIBCACHE_FAILED);
  libcache_value_free(&value);
  CHECK(set(cache, "key", "value", LIBCACHE_TTL_DEFAULT) == LIBCACHE_OK);
  libcache_stats stats;
  CHECK(libcache_get_stats(cache, &stats, sizeof stats) == LIBCACHE_OK);
  CHECK(stats.struct_size == sizeof stats);
  CHECK(stats.hits == 1 && stats.misses == 2);
  CHECK(stats.loads == 1 && stats.load_failures == 1 && stats.load_ns > 0);
  CHECK(stats.entries == 2 && stats.key_bytes == 4 && stats.value_bytes == 6);
  CHECK(stats.max_memory == 8 << 20);
  CHECK(stats.memory > 0 && stats.memory <= stats.peak_memory);
  libcache_close(cache);
}

int main(void) {
  many_threads_are_one_load();
  an_error_reaches_all_who_wait();
  a_loader_may_load_any_key_but_its_own();
  that_there_is_no_such_thing_is_remembered();
  a_loader_that_tells_nothing_has_failed();
  a_loaded_value_may_be_empty_but_not_null();
  a_stale_value_is_returned_if_its_refresh_fails();
  a_timeout_ends_the_wait_not_the_load();
  all_of_it_is_counted();
  return 0;
}
