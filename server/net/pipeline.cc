#include "server/net/pipeline.h"

#include <algorithm>
#include <cstring>

#include "server/resp/plain_request.h"

namespace sideline::net {

resp::RequestParser::Result Pipeline::fill(std::string_view input, resp::RequestParser& parser,
                                           const resp::ParserLimits& limits) {
  using Result = resp::RequestParser::Result;
  clear();
  const char* at = begin_ = input.data();
  const char* const end = at + input.size();
  const std::size_t most = limits.authenticated ? kMost : 1;
  bool may_be_plain = limits.authenticated && !parser.busy();
  room_ = std::span(arguments_).first(std::min(kArguments, limits.max_arguments));
  while (size_ < most) {
    if (may_be_plain) {
      const char* next = read_repetition(at, end, limits.max_bulk);
      if (next == nullptr) next = read_plain(at, end, limits.max_bulk);
      if (next != nullptr) {
        at = next;
        continue;
      }
    }
    const Result result = parser.parse({at, end}, limits);
    if (result != Result::kRequest) return result;
    may_be_plain = limits.authenticated;
    head_ = {};
    auto arguments = parser.arguments();
    // Those of an inline request may lie in the parser.
    const bool stay_there = *at != '*' || arguments.size() > room_.size();
    if (!stay_there) {
      std::ranges::copy(arguments, room_.begin());
      arguments = room_.first(arguments.size());
      room_ = room_.subspan(arguments.size());
    }
    at += parser.consumed();
    add(arguments, at, /*repeats=*/false);
    if (stay_there) break;
  }
  return Result::kRequest;
}

/// Adds a request that is plain and all there. Returns the first byte behind it; null: it is not.
const char* Pipeline::read_plain(const char* at, const char* end, std::size_t max_bulk) {
  std::size_t count = 0;
  const char* const next = resp::read_plain_request(at, end, max_bulk, room_, count);
  if (next == nullptr) return nullptr;
  head_ = {};
  if (count != 0) {
    const auto size = static_cast<std::size_t>(room_[0].data() - at) + room_[0].size();
    head_ = {at, size + resp::kLineEnd};
  }
  add(room_.first(count), next, /*repeats=*/false);
  room_ = room_.subspan(count);
  return next;
}

/// The same for a request that begins as the one before it: with as many arguments and the same
/// command.
const char* Pipeline::read_repetition(const char* at, const char* end, std::size_t max_bulk) {
  if (head_.empty() || static_cast<std::size_t>(end - at) < head_.size() ||
      std::memcmp(at, head_.data(), head_.size()) != 0) {
    return nullptr;
  }
  const auto before = requests_[size_ - 1].args;
  const auto count = before.size();
  if (count > room_.size()) return nullptr;
  room_[0] = {at + (before[0].data() - head_.data()), before[0].size()};
  const char* const next =
      resp::read_plain_arguments(at + head_.size(), end, max_bulk, room_.subspan(1, count - 1));
  if (next == nullptr) return nullptr;
  head_ = {at, head_.size()};
  add(room_.first(count), next, /*repeats=*/true);
  room_ = room_.subspan(count);
  return next;
}

void Pipeline::add(std::span<const std::string_view> arguments, const char* end, bool repeats) {
  requests_[size_].args = arguments;
  requests_[size_].repeats = repeats;
  ends_[size_++] = end;
}

std::size_t Pipeline::pop(std::size_t count) {
  if (count == 0) return 0;
  next_ += count;
  const char* const begin = begin_;
  begin_ = ends_[next_ - 1];
  return static_cast<std::size_t>(begin_ - begin);
}

void Pipeline::clear() {
  size_ = next_ = 0;
  head_ = {};
}

}  // namespace sideline::net
