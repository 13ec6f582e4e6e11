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

/// What a peer sends, through the parser alone.
class Peer {
 public:
  explicit Peer(const ParserLimits& limits) : limits_(limits) {}

  void send(std::string_view bytes) {
    unread_.append(bytes);
    while (outcome_.error.empty()) {
      // An array of the exact size at a new address: the sanitizer sees each byte read outside.
      bytes_ = std::make_unique<char[]>(unread_.size());
      unread_.copy(bytes_.get(), unread_.size());
      const Result result = parser_.parse({bytes_.get(), unread_.size()}, limits_);
      if (result == Result::kError) outcome_.error = parser_.error();
      if (result == Result::kNeedMore) check(parser_.wanted() > 0);
      if (result != Result::kRequest) break;
      check(parser_.consumed() > 0 && parser_.consumed() <= unread_.size());
      outcome_.requests.emplace_back(parser_.arguments().begin(), parser_.arguments().end());
      unread_.erase(0, parser_.consumed());
    }
  }

  Outcome take() {
    if (outcome_.error.empty()) outcome_.rest = unread_.size();
    return std::move(outcome_);
  }

 private:
  ParserLimits limits_;
  RequestParser parser_;
  std::string unread_;
  std::unique_ptr<char[]> bytes_;
  Outcome outcome_;
};

/// The same through the pipeline.
class PipelinedPeer {
 public:
  explicit PipelinedPeer(const ParserLimits& limits) : limits_(limits) {}

  void send(std::string_view bytes) {
    unread_.append(bytes);
    for (Result result = Result::kRequest; result == Result::kRequest && outcome_.error.empty();) {
      bytes_ = std::make_unique<char[]>(unread_.size());
      unread_.copy(bytes_.get(), unread_.size());
      result = pipeline_.fill({bytes_.get(), unread_.size()}, parser_, limits_);
      check(result != Result::kRequest || !pipeline_.empty());
      while (!pipeline_.empty()) {
        const auto args = pipeline_.front().args;
        outcome_.requests.emplace_back(args.begin(), args.end());
        unread_.erase(0, pipeline_.pop());
      }
      if (result == Result::kError) outcome_.error = parser_.error();
    }
  }

  Outcome take() {
    if (outcome_.error.empty()) outcome_.rest = unread_.size();
    return std::move(outcome_);
  }

 private:
  ParserLimits limits_;
  RequestParser parser_;
  sideline::net::Pipeline pipeline_;
  std::string unread_;
  std::unique_ptr<char[]> bytes_;
  Outcome outcome_;
};

Outcome parse_at_once(std::string_view stream, const ParserLimits& limits) {
  Peer peer(limits);
  peer.send(stream);
  return peer.take();
}

template <class Peer>
Outcome parse_in_pieces(std::string_view stream, std::string_view sizes,
                        const ParserLimits& limits) {
  Peer peer(limits);
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
  check(parse_in_pieces<Peer>(stream, sizes, limits) == expected);
  check(parse_in_pieces<PipelinedPeer>(stream, sizes, limits) == expected);
  return 0;
}
