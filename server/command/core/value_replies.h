#pragma once

#include <string_view>

#include <libcache/cache.h>

#include "server/resp/reply.h"

namespace sideline::command {

// How what the cache returns is replied.

/// The bytes: a small value is copied, a large one is sent from where it lies.
void reply_value(resp::Reply& reply, libcache::KeyLock::View&& view);
void reply_value(resp::Reply& reply, const libcache::Value& value);
/// A part of the view's bytes.
void reply_part(resp::Reply& reply, std::string_view part, libcache::KeyLock::View&& view);

/// Whether an operation went wrong; a condition that was not met is no failure.
[[nodiscard]] inline bool failed(libcache::Status status) {
  return status != libcache::Status::kOk && status != libcache::Status::kNotStored;
}
/// The error of an operation that failed.
void reply_failure(resp::Reply& reply, libcache::Status status);

}  // namespace sideline::command
