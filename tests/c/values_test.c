/* What is set is what is got, byte by byte. */
#include "check.h"

static void bytes_may_be_zeros(void) {
  libcache_cache* cache = opened(NULL);
  CHECK(libcache_set(cache, "k\0a", 3, "v\0\0", 3, LIBCACHE_TTL_DEFAULT) == LIBCACHE_OK);
  CHECK(libcache_set(cache, "k\0b", 3, NULL, 0, LIBCACHE_TTL_DEFAULT) == LIBCACHE_OK);
  libcache_value value;
  CHECK(libcache_get(cache, "k\0a", 3, &value) == LIBCACHE_OK);
  CHECK(value.size == 3 && memcmp(value.data, "v\0\0", 3) == 0);
  libcache_value_free(&value);
  libcache_value_free(&value); /* empty by now */
  CHECK(libcache_get(cache, "k\0b", 3, &value) == LIBCACHE_OK && is(&value, ""));
  CHECK(libcache_set(cache, NULL, 0, "empty", 5, LIBCACHE_TTL_DEFAULT) == LIBCACHE_OK);
  CHECK(holds(cache, "", "empty"));
  libcache_close(cache);
}

static void a_value_is_overwritten_and_deleted(void) {
  libcache_cache* cache = opened(NULL);
  CHECK(set(cache, "k", "old", LIBCACHE_TTL_DEFAULT) == LIBCACHE_OK);
  CHECK(set(cache, "k", "new", LIBCACHE_TTL_DEFAULT) == LIBCACHE_OK);
  CHECK(holds(cache, "k", "new"));
  CHECK(libcache_delete(cache, "k", 1) == LIBCACHE_OK);
  CHECK(libcache_delete(cache, "k", 1) == LIBCACHE_NOT_FOUND);
  libcache_value value;
  CHECK(libcache_get(cache, "k", 1, &value) == LIBCACHE_NOT_FOUND && value.owner == NULL);
  libcache_close(cache);
}

static void a_large_value_outlives_its_key_and_the_cache(void) {
  enum { kSize = 100000 };
  char* large = malloc(kSize);
  memset(large, 'x', kSize);
  libcache_cache* cache = opened(NULL);
  CHECK(libcache_set(cache, "k", 1, large, kSize, LIBCACHE_TTL_DEFAULT) == LIBCACHE_OK);
  libcache_value value;
  CHECK(libcache_get(cache, "k", 1, &value) == LIBCACHE_OK);
  CHECK(libcache_delete(cache, "k", 1) == LIBCACHE_OK);
  libcache_close(cache);
  CHECK(value.size == kSize && memcmp(value.data, large, kSize) == 0);
  libcache_value_free(&value);
  free(large);
}

static void a_buffer_is_filled_or_left_alone(void) {
  libcache_cache* cache = opened(NULL);
  CHECK(set(cache, "k", "12345", LIBCACHE_TTL_DEFAULT) == LIBCACHE_OK);
  char buffer[6] = "......";
  size_t size = 0;
  CHECK(libcache_get_into(cache, "k", 1, buffer, 4, &size) == LIBCACHE_BUFFER_TOO_SMALL);
  CHECK(size == 5 && memcmp(buffer, "......", 6) == 0);
  CHECK(libcache_get_into(cache, "k", 1, buffer, 5, &size) == LIBCACHE_OK);
  CHECK(size == 5 && memcmp(buffer, "12345.", 6) == 0);
  CHECK(libcache_get_into(cache, "none", 4, buffer, 5, &size) == LIBCACHE_NOT_FOUND && size == 0);
  libcache_close(cache);
}

int main(void) {
  bytes_may_be_zeros();
  a_value_is_overwritten_and_deleted();
  a_large_value_outlives_its_key_and_the_cache();
  a_buffer_is_filled_or_left_alone();
  return 0;
}
