#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "bench/network/load/workload.h"

namespace load {

enum class Outcome : std::uint8_t {
  kDone,   ///< a SET that was stored; a DEL or EXISTS that found its key
  kHit,    ///< a GET that found its key; `text` is the value
  kMiss,   ///< the key was not there
  kError,  ///< `text` is what the server said
};

/// The first reply in what has been received.
struct Parsed {
  std::size_t size = 0;  ///< its bytes; 0: it has not arrived whole
  Outcome outcome = Outcome::kError;
  std::string_view text = {};
};

class Protocol {
 public:
  virtual ~Protocol() = default;
  virtual void append(std::string& out, const Request& request) const = 0;
  [[nodiscard]] virtual Parsed parse(std::string_view input) const = 0;
};

/// `keys` must outlive it.
[[nodiscard]] std::unique_ptr<Protocol> make_resp(const KeySpace& keys);
[[nodiscard]] std::unique_ptr<Protocol> make_memcached(const KeySpace& keys);

/// The line at the start of `input`, without its CRLF; npos in `end` if it has not arrived whole.
struct Line {
  std::string_view text;
  std::size_t size;  ///< with the CRLF; 0: it has not arrived whole
};
[[nodiscard]] Line first_line(std::string_view input);

/// A decimal number of a reply; -1 if it is none.
[[nodiscard]] std::int64_t decimal(std::string_view text);

}  // namespace load
