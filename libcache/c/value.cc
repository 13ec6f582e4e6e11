#include <memory>
#include <new>

#include "handles.h"

void libcache_value_free(libcache_value* value) {
  if (value == nullptr) return;
  if (value->owner != nullptr) {
    std::destroy_at(static_cast<libcache::c::Owner*>(value->owner));
    ::operator delete(value->owner);
  }
  *value = {};
}

const char* libcache_status_text(libcache_status status) {
  switch (status) {
    case LIBCACHE_OK:
      return "ok";
    case LIBCACHE_NOT_FOUND:
      return "not found";
    case LIBCACHE_INVALID_ARGUMENT:
      return "invalid argument";
    case LIBCACHE_OUT_OF_MEMORY:
      return "out of memory";
    case LIBCACHE_TOO_LARGE:
      return "too large";
    case LIBCACHE_BUFFER_TOO_SMALL:
      return "the buffer is too small";
    case LIBCACHE_FAILED:
      return "the loader failed";
    case LIBCACHE_TIMED_OUT:
      return "timed out";
    case LIBCACHE_RECURSIVE:
      return "a loader waits for itself";
    case LIBCACHE_SYSTEM_ERROR:
      return "system error";
  }
  return "unknown status";
}
