#include "server/command/core/value_replies.h"

#include <string_view>
#include <utility>

#include "server/command/core/errors.h"

namespace sideline::command {
namespace {

using libcache::Status;

/// A switch and no table, as the compiler tells of a status that is missing in one.
std::string_view error_of(Status status) {
  switch (status) {
    case Status::kNotFound:
      return errors::kNoSuchKey;
    case Status::kOutOfMemory:
      return errors::kOom;
    case Status::kTooLarge:
      return errors::kValueTooLarge;
    case Status::kNotInteger:
      return errors::kNotInteger;
    case Status::kNotFloat:
      return errors::kNotFloat;
    case Status::kOverflow:
      return errors::kIncrementOverflow;
    case Status::kNotFinite:
      return errors::kIncrementNotFinite;
    case Status::kOk:
    case Status::kNotStored:
      break;  // no failures
  }
  return errors::kUnexpected;
}

}  // namespace

void reply_value(resp::Reply& reply, libcache::KeyLock::View&& view) {
  reply_part(reply, view.bytes, std::move(view));
}

void reply_part(resp::Reply& reply, std::string_view part, libcache::KeyLock::View&& view) {
  if (view.pin == nullptr) return reply.bulk(part);
  reply.bulk_shared(part, std::move(view.pin), view.bytes.size());
}

void reply_value(resp::Reply& reply, const libcache::Value& value) {
  if (!value.pinned()) return reply.bulk(value.bytes());
  reply.bulk_shared(value.bytes(), value.pin(), value.bytes().size());
}

void reply_failure(resp::Reply& reply, Status status) { reply.error(error_of(status)); }

}  // namespace sideline::command
