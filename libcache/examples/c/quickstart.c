#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <libcache/c.h>

/* Hundreds of milliseconds in real life. */
static void predict(void* context, const void* key, size_t key_size, libcache_loaded* loaded) {
  (void)context;
  printf("computing %.*s\n", (int)key_size, (const char*)key);
  libcache_loaded_value(loaded, "50 : 30 : 20", strlen("50 : 30 : 20"));
}

int main(void) {
  libcache_options options;
  libcache_options_init(&options, sizeof options);
  options.max_memory = 64 << 20; /* bytes; the least recently used goes first */

  libcache_cache* cache = NULL;
  libcache_status status = libcache_open(&options, &cache, NULL);
  if (status != LIBCACHE_OK) {
    fprintf(stderr, "no cache: %s\n", libcache_status_text(status));
    return 1;
  }

  libcache_load_options load;
  libcache_load_options_init(&load, sizeof load);
  load.ttl_ms = 30 * 60 * 1000;
  for (int i = 0; i < 2; ++i) { /* computed once */
    libcache_value value;
    status =
        libcache_get_or_compute(cache, "game:1", strlen("game:1"), predict, NULL, &load, &value);
    if (status == LIBCACHE_OK) printf("game 1: %.*s\n", (int)value.size, value.data);
    libcache_value_free(&value); /* a value, or the message of an error */
  }

  libcache_stats stats;
  libcache_get_stats(cache, &stats, sizeof stats);
  printf("%" PRIu64 " hit, %" PRIu64 " load\n", stats.hits, stats.loads);
  libcache_close(cache);
  return stats.loads == 1 ? 0 : 1;
}
