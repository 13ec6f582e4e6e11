/* What the C tests share: a check that ends the program, a cache whose clock is moved. */
#ifndef TESTS_C_CHECK_H
#define TESTS_C_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libcache/c.h>

#define CHECK(condition)                                                      \
  do {                                                                        \
    if (!(condition)) {                                                       \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                                \
    }                                                                         \
  } while (0)

/* The cache's own thread reads the clock too. */
static inline int64_t moved_clock(void* now_ms) {
  return __atomic_load_n((const int64_t*)now_ms, __ATOMIC_RELAXED);
}
static inline void advance(int64_t* now_ms, int64_t ms) {
  __atomic_fetch_add(now_ms, ms, __ATOMIC_RELAXED);
}

/* A cache of 8 MiB. `now_ms` NULL: the system's clock. */
static inline libcache_cache* opened(int64_t* now_ms) {
  libcache_options options;
  libcache_options_init(&options, sizeof options);
  options.max_memory = 8 << 20;
  if (now_ms != NULL) {
    options.now_ms = moved_clock;
    options.clock_context = now_ms;
  }
  libcache_cache* cache = NULL;
  CHECK(libcache_open(&options, &cache, NULL) == LIBCACHE_OK);
  return cache;
}

static inline libcache_status set(libcache_cache* cache, const char* key, const char* value,
                                  int64_t ttl_ms) {
  return libcache_set(cache, key, strlen(key), value, strlen(value), ttl_ms);
}

/* Whether the value has these bytes; frees it. */
static inline int is(libcache_value* value, const char* text) {
  const int same = value->size == strlen(text) &&
                   (value->size == 0 || memcmp(value->data, text, value->size) == 0);
  libcache_value_free(value);
  return same;
}

static inline int holds(libcache_cache* cache, const char* key, const char* text) {
  libcache_value value;
  return libcache_get(cache, key, strlen(key), &value) == LIBCACHE_OK && is(&value, text);
}

#endif
