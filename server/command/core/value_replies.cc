#include "server/command/core/value_replies.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <string_view>
#include <utility>

#include "server/command/core/errors.h"

namespace sideline::command {
namespace {

using libcache::Status;

struct Failure {
  Status status;
  std::string_view error;
};
constexpr Failure kFailures[] = {
    {Status::kNotFound, errors::kNoSuchKey},
    {Status::kOutOfMemory, errors::kOom},
    {Status::kTooLarge, errors::kValueTooLarge},
    {Status::kNotInteger, errors::kNotInteger},
    {Status::kNotFloat, errors::kNotFloat},
    {Status::kOverflow, errors::kIncrementOverflow},
    {Status::kNotFinite, errors::kIncrementNotFinite},
};

}  // namespace

void reply_value(resp::Reply& reply, libcache::KeyLock::View view) {
  if (view.pin == nullptr) return reply.bulk(view.bytes);
  reply.bulk_shared(view.bytes, std::move(view.pin));
}

void reply_value(resp::Reply& reply, const libcache::Value& value) {
  if (!value.pinned()) return reply.bulk(value.bytes());
  reply.bulk_shared(value.bytes(), value.pin());
}

void reply_failure(resp::Reply& reply, Status status) {
  const auto* const failure = std::ranges::find(kFailures, status, &Failure::status);
  assert(failure != std::end(kFailures));
  reply.error(failure->error);
}

}  // namespace sideline::command
