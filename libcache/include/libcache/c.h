/* libcache for C, and for every language that can call C. Link libcache::c, or load
 * libcache_c.so.0.
 *
 *     libcache_cache* cache = NULL;
 *     if (libcache_open(NULL, &cache, NULL) != LIBCACHE_OK) return 1;
 *     libcache_set(cache, "game:1", 6, "3:2", 3, LIBCACHE_TTL_DEFAULT);
 *     libcache_close(cache);
 *
 * Every function may be called from any thread. Behind your back an entry disappears when its time
 * is up, and when memory is needed. Keys and values are bytes of any content, zeros and none at all
 * too, up to 512 MiB each; where a size is 0, its pointer may be NULL. All times are milliseconds.
 * Nothing is thrown.
 *
 * Stable: functions and fields are added, at the end, and never changed. So a struct that may grow
 * begins with its size, which its _init function sets. */
#ifndef LIBCACHE_C_H
#define LIBCACHE_C_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct libcache_cache libcache_cache;

typedef enum libcache_status {
  LIBCACHE_OK = 0,
  LIBCACHE_NOT_FOUND = 1,        /* no such key, or a loader said that there is no such thing */
  LIBCACHE_INVALID_ARGUMENT = 2, /* NULL where something must be, or a field out of range */
  LIBCACHE_OUT_OF_MEMORY = 3, /* the cache has no room and evicts nobody, or the process has none */
  LIBCACHE_TOO_LARGE = 4,     /* can never fit: over 512 MiB, or over 3/4 of the limit */
  LIBCACHE_BUFFER_TOO_SMALL = 5, /* of libcache_get_into() */
  LIBCACHE_FAILED = 6,           /* a loader failed */
  LIBCACHE_TIMED_OUT = 7,        /* another call's loader was not through in time */
  LIBCACHE_RECURSIVE = 8,        /* waiting would never have ended: the call comes from the loader
                                    that it would have waited for */
  LIBCACHE_SYSTEM_ERROR = 9      /* the operating system refused something, e.g. a thread */
} libcache_status;

/* A text in English, never NULL, that lives for ever. */
const char* libcache_status_text(libcache_status status);

/* --- Opening ---------------------------------------------------------------------------------- */

/* Who has to go when memory is short; the names are those of Redis's maxmemory-policy. */
typedef enum libcache_policy {
  LIBCACHE_NOEVICTION = 0,
  LIBCACHE_ALLKEYS_LRU = 1,
  LIBCACHE_ALLKEYS_LFU = 2,
  LIBCACHE_ALLKEYS_RANDOM = 3,
  LIBCACHE_VOLATILE_LRU = 4,
  LIBCACHE_VOLATILE_LFU = 5,
  LIBCACHE_VOLATILE_RANDOM = 6,
  LIBCACHE_VOLATILE_TTL = 7,
  LIBCACHE_ALLKEYS_S3FIFO = 8,
  LIBCACHE_VOLATILE_S3FIFO = 9
} libcache_policy;

typedef struct libcache_options {
  size_t struct_size;
  uint64_t max_memory;    /* bytes, everything counted; 0: no limit, else at least 1 MiB; 256 MiB */
  int64_t default_ttl_ms; /* of entries that name none; LIBCACHE_TTL_FOREVER */
  int32_t policy;         /* a libcache_policy; LIBCACHE_ALLKEYS_LRU */
  int32_t shards;         /* independently locked parts, a power of two to 64; 0: chosen */
  /* Of libcache_get_or_compute(). XFetch's beta: values are refreshed before their time is up, the
   * more probably the nearer that is and the longer loads take; 1 is natural, 0: never; 0. */
  double early_refresh;
  double ttl_jitter; /* by what share, below 1, lifetimes are shortened at most; 0 */
  uint64_t seed;     /* of both; 0 */
  /* The time since the UNIX epoch; NULL: the system's clock. Called by any thread, also under a
   * lock: it must not use the cache. */
  int64_t (*now_ms)(void* clock_context);
  void* clock_context;
} libcache_options;

/* Sets the defaults. `struct_size` is sizeof(libcache_options). */
void libcache_options_init(libcache_options* options, size_t struct_size);

/* Bytes that the library hands out: valid, and the caller's, until libcache_value_free(). */
typedef struct libcache_value {
  const char* data; /* not terminated by a zero */
  size_t size;
  int32_t is_stale; /* of libcache_get_or_compute(): its time of freshness is over */
  void* owner;      /* the library's */
} libcache_value;

/* Empties the value; by any thread, also after the cache is closed. NULL and empty ones are fine.
 */
void libcache_value_free(libcache_value* value);

/* `options` NULL: the defaults. `why` gets a message if an option is out of range, else is empty;
 * it may be NULL. */
libcache_status libcache_open(const libcache_options* options, libcache_cache** cache,
                              libcache_value* why);
/* All other calls must have returned. NULL is fine. */
void libcache_close(libcache_cache* cache);

/* --- One entry -------------------------------------------------------------------------------- */

#define LIBCACHE_TTL_DEFAULT INT64_MIN /* libcache_options.default_ttl_ms */
#define LIBCACHE_TTL_FOREVER INT64_MAX

/* LIBCACHE_OK or LIBCACHE_NOT_FOUND, then `value` is empty. It takes one allocation. A value from
 * 16 KiB is not copied but pinned: its bytes stay charged to the cache until it is freed. */
libcache_status libcache_get(libcache_cache* cache, const void* key, size_t key_size,
                             libcache_value* value);

/* Copies the value into a buffer of the caller's: without an allocation if it is below 16 KiB.
 * LIBCACHE_BUFFER_TOO_SMALL copies nothing; `size` is the value's size then too. */
libcache_status libcache_get_into(libcache_cache* cache, const void* key, size_t key_size,
                                  void* buffer, size_t capacity, size_t* size);

/* A `ttl_ms` that is not positive stores nothing and deletes what was there. */
libcache_status libcache_set(libcache_cache* cache, const void* key, size_t key_size,
                             const void* value, size_t value_size, int64_t ttl_ms);

/* LIBCACHE_OK or LIBCACHE_NOT_FOUND. */
libcache_status libcache_delete(libcache_cache* cache, const void* key, size_t key_size);

/* What is left of an entry's time; LIBCACHE_TTL_FOREVER if it has no deadline. */
libcache_status libcache_ttl(libcache_cache* cache, const void* key, size_t key_size,
                             int64_t* ttl_ms);

/* --- Computing what is missed ------------------------------------------------------------------
 */

/* What a loader brings; valid until it returns. It calls one of these, the last call counts; none
 * is a failure. The bytes are copied; LIBCACHE_OUT_OF_MEMORY if that fails, and then so does the
 * load. */
typedef struct libcache_loaded libcache_loaded;
libcache_status libcache_loaded_value(libcache_loaded* loaded, const void* value, size_t size);
libcache_status libcache_loaded_absent(libcache_loaded* loaded); /* there is no such thing */
libcache_status libcache_loaded_error(libcache_loaded* loaded, const char* message, size_t size);
/* How long this value is fresh, if the loader knows: overrules libcache_load_options.ttl_ms. */
libcache_status libcache_loaded_ttl(libcache_loaded* loaded, int64_t ttl_ms);

/* Runs on the thread that called libcache_get_or_compute(), before that returns, without a lock. It
 * may use the cache, also to compute other keys. It must return: others wait for it, so no
 * longjmp() out of it, and no end of its thread. */
typedef void (*libcache_loader)(void* context, const void* key, size_t key_size,
                                libcache_loaded* loaded);

typedef struct libcache_load_options {
  size_t struct_size;
  int64_t ttl_ms;       /* how long a value is fresh; not positive: is not stored; _TTL_DEFAULT */
  int64_t stale_for_ms; /* how much longer it is returned while one call refreshes it; if that fails
                           it stays. All who compute the key should name the same; 0 */
  int64_t absent_ttl_ms; /* how long it is remembered that there is no such thing; 0 */
  int64_t error_ttl_ms;  /* the same for an error's message, its first 1024 bytes; 0 */
  int64_t timeout_ms;    /* how long to wait for another call's loader; INT64_MAX: for ever */
} libcache_load_options;

/* Sets the defaults. `struct_size` is sizeof(libcache_load_options). */
void libcache_load_options_init(libcache_load_options* options, size_t struct_size);

/* The value: from the cache, or from the loader, which is called once for all who miss the key at
 * the same time; the others wait. A value that is stale is refreshed by the one call that finds it
 * so, all others get the stale one meanwhile. If the key is set or deleted while a loader runs,
 * what that brings is returned but not stored.
 *
 * LIBCACHE_OK; LIBCACHE_NOT_FOUND; LIBCACHE_FAILED, then `value` is the error's message, to be
 * freed too; LIBCACHE_TIMED_OUT, which does not end the load; LIBCACHE_RECURSIVE. `options` may be
 * NULL. */
libcache_status libcache_get_or_compute(libcache_cache* cache, const void* key, size_t key_size,
                                        libcache_loader loader, void* context,
                                        const libcache_load_options* options,
                                        libcache_value* value);

/* --- Statistics --------------------------------------------------------------------------------
 */

typedef struct libcache_stats {
  size_t struct_size;
  uint64_t hits, misses, sets;     /* calls, since the cache was opened */
  uint64_t deletes;                /* entries deleted by request */
  uint64_t evictions, expiries;    /* entries that went to make room; at their deadline */
  uint64_t loads, load_failures;   /* loaders that brought a result; that failed */
  uint64_t load_ns;                /* nanoseconds that all of them took */
  uint64_t entries;                /* now; those that only say "no such thing" count too */
  uint64_t key_bytes, value_bytes; /* of them */
  uint64_t memory, peak_memory;    /* bytes charged now, and at most since the cache was opened */
  uint64_t max_memory;             /* bytes, 0: no limit */
} libcache_stats;

/* `struct_size` is sizeof(libcache_stats). */
libcache_status libcache_get_stats(libcache_cache* cache, libcache_stats* stats,
                                   size_t struct_size);

#ifdef __cplusplus
}
#endif

#endif
