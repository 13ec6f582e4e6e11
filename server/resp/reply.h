#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "server/resp/output_buffer.h"

namespace sideline::resp {

/// Writes replies in RESP2 or RESP3 to the end of an OutputBuffer, byte for byte as Redis 7.2 does.
/// A type that RESP2 lacks is written as Redis writes it there (a map as a flat array, a set or
/// push as an array, a boolean as 0 or 1, a double as a bulk string, a null as `$-1`, or `*-1` for
/// null_array).
///
/// Reference: https://redis.io/docs/reference/protocol-spec/
class Reply {
 public:
  /// `out` must outlive this. `protocol` is 2 or 3.
  Reply(OutputBuffer& out, int protocol) : out_(&out), protocol_(protocol) {}

  [[nodiscard]] int protocol() const { return protocol_; }
  void set_protocol(int protocol) { protocol_ = protocol; }

  void ok() { simple("OK"); }
  /// `text` must not contain CR or LF.
  void simple(std::string_view text);
  /// `text` with its code ("ERR no such key"), without the leading '-'. CR and LF become spaces; at
  /// the end they are dropped.
  void error(std::string_view text);
  void integer(std::int64_t value);
  void bulk(std::string_view bytes);
  /// A bulk string that is sent from where it lies if it is large (OutputBuffer::append_shared);
  /// `owner` (not null) keeps it valid, and `owned` bytes of memory with it.
  void bulk_shared(std::string_view bytes, std::shared_ptr<const void> owner, std::size_t owned);
  void null();
  void null_array();
  void boolean(bool value);
  /// The fewest digits that read back as the same number (see format_real); "inf", "-inf", "nan".
  void real(double value);
  /// RESP3 `=`, with a format of exactly three letters ("txt"); a bulk string in RESP2.
  void verbatim(std::string_view format, std::string_view bytes);

  /// Headers: the elements are written next (for a map: keys and values in turn, `count` pairs).
  void array(std::size_t count);
  void map(std::size_t count);
  void set(std::size_t count);
  void push(std::size_t count);

  /// How many errors were written since the last call.
  /// Lets the dispatcher count failed commands without looking at the bytes.
  [[nodiscard]] std::size_t take_errors();

  [[nodiscard]] OutputBuffer& out() { return *out_; }

 private:
  void header(char type, std::int64_t value);

  OutputBuffer* out_;
  int protocol_;
  std::size_t errors_ = 0;
};

}  // namespace sideline::resp
