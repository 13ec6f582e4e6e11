// Any bytes, in any pieces: the parser must come to the same requests and the same error as when it
// gets them at once, and must never point outside of what it got. So must the pipeline, which reads
// most requests without the parser.
//
// The input's first byte chooses the limits and how many of the following bytes are the sizes of
// the pieces; the rest is what the peer sends.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/net/pipeline.h"
#include "server/resp/request_parser.h"

namespace {

using sideline::resp::ParserLimits;
using sideline::resp::RequestParser;
using Result = RequestParser::Result;

void check(bool holds) {
  if (!holds) std::abort();
}

struct Outcome {
  std::vector<std::vector<std::string>> requests;
  std::string error;
  std::size_t rest = 0;
  bool operator==(const Outcome&) const = default;
};

/// What a peer sends, and what has come of it.
class Peer {
 public:
  explicit Peer(const ParserLimits& limits) : limits_(limits) {}

  Outcome take() {
    if (outcome_.error.empty()) outcome_.rest = unread_.size();
    return std::move(outcome_);
  }

 protected:
  /// All that is unread, as an array of the exact size at a new address: the sanitizer sees each
  /// byte read outside.
  std::string_view move_unread() {
    bytes_ = std::make_unique<char[]>(unread_.size());
    unread_.copy(bytes_.get(), unread_.size());
    return {bytes_.get(), unread_.size()};
  }
  void ran(std::span<const std::string_view> arguments, std::size_t bytes) {
    check(bytes > 0 && bytes <= unread_.size());
    outcome_.requests.emplace_back(arguments.begin(), arguments.end());
    unread_.erase(0, bytes);
  }

  ParserLimits limits_;
  RequestParser parser_;
  std::string unread_;
  Outcome outcome_;

 private:
  std::unique_ptr<char[]> bytes_;
};

/// Through the parser alone.
class ParsedPeer : public Peer {
 public:
  using Peer::Peer;

  void send(std::string_view bytes) {
    unread_.append(bytes);
    while (outcome_.error.empty()) {
      const Result result = parser_.parse(move_unread(), limits_);
      if (result == Result::kError) outcome_.error = parser_.error();
      if (result == Result::kNeedMore) check(parser_.wanted() > 0);
      if (result != Result::kRequest) break;
      ran(parser_.arguments(), parser_.consumed());
    }
  }
};

/// Through the pipeline.
class PipelinedPeer : public Peer {
 public:
  using Peer::Peer;

  void send(std::string_view bytes) {
    unread_.append(bytes);
    while (outcome_.error.empty()) {
      const Result result = pipeline_.fill(move_unread(), parser_, limits_);
      check(result != Result::kRequest || !pipeline_.empty());
      while (!pipeline_.empty()) {
        const auto arguments = pipeline_.requests()[0].args;
        ran(arguments, pipeline_.pop(1));
      }
      if (result == Result::kError) outcome_.error = parser_.error();
      if (result != Result::kRequest) break;
    }
  }

 private:
  sideline::net::Pipeline pipeline_;
};

Outcome parse_at_once(std::string_view stream, const ParserLimits& limits) {
  ParsedPeer peer(limits);
  peer.send(stream);
  return peer.take();
}

template <class AnyPeer>
Outcome parse_in_pieces(std::string_view stream, std::string_view sizes,
                        const ParserLimits& limits) {
  AnyPeer peer(limits);
  for (const char size : sizes) {
    const std::string_view piece = stream.substr(0, static_cast<unsigned char>(size));
    peer.send(piece);
    stream.remove_prefix(piece.size());
  }
  peer.send(stream);
  return peer.take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view stream(reinterpret_cast<const char*>(data), size);
  const auto choice = static_cast<unsigned char>(stream.front());
  stream.remove_prefix(1);

  ParserLimits limits;
  limits.authenticated = (choice & 1) != 0;
  if ((choice & 2) != 0) limits.max_inline = 32;
  const std::string_view sizes = stream.substr(0, choice >> 2);
  stream.remove_prefix(sizes.size());

  const Outcome expected = parse_at_once(stream, limits);
  check(parse_in_pieces<ParsedPeer>(stream, sizes, limits) == expected);
  check(parse_in_pieces<PipelinedPeer>(stream, sizes, limits) == expected);
  return 0;
}
