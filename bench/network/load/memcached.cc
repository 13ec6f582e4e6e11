#include "bench/network/load/protocol.h"

namespace load {
namespace {

constexpr std::string_view kValue = "VA ";

/// memcached's text protocol; times to live are rounded up to its seconds. A GET is the meta
/// command "mg": memcached 1.6.18 answers each "get" of a pipeline with a write of its own, which
/// took five times its CPU time.
class Memcached final : public Protocol {
 public:
  explicit Memcached(const KeySpace& keys) : keys_(keys) {}

  void append(std::string& out, const Request& request) const override {
    switch (request.operation) {
      case Operation::kGet:
      case Operation::kExists:
        return append_command(out, "mg ", request, " v");
      case Operation::kDel:
        return append_command(out, "delete ", request, "");
      case Operation::kSet:
        return append_set(out, request);
    }
  }

  [[nodiscard]] Parsed parse(std::string_view input) const override {
    const auto [line, size] = first_line(input);
    if (size == 0) return {};
    if (line.starts_with(kValue)) return parse_value(input, line.substr(kValue.size()), size);
    if (line == "STORED" || line == "DELETED") return {size, Outcome::kDone, line};
    if (line == "EN" || line == "NOT_FOUND") return {size, Outcome::kMiss, line};
    return {size, Outcome::kError, line};
  }

 private:
  void append_command(std::string& out, std::string_view name, const Request& request,
                      std::string_view flags) const {
    out += name;
    keys_.append_key(out, request.key);
    out.append(flags).append("\r\n");
  }

  void append_set(std::string& out, const Request& request) const {
    const std::uint64_t seconds = (request.ttl_ms + 999) / 1000;
    out += "set ";
    keys_.append_key(out, request.key);
    out.append(" 0 ").append(std::to_string(seconds)).append(" ");
    out.append(std::to_string(keys_.value_size(request.key))).append("\r\n");
    keys_.append_value(out, request.key);
    out += "\r\n";
  }

  /// "VA <bytes>", the value.
  [[nodiscard]] static Parsed parse_value(std::string_view input, std::string_view length,
                                          std::size_t line_size) {
    const std::int64_t bytes = decimal(length);
    if (bytes < 0) return {line_size, Outcome::kError, "a bad length"};
    const auto value_size = static_cast<std::size_t>(bytes);
    const std::size_t size = line_size + value_size + 2;
    if (input.size() < size) return {};
    return {size, Outcome::kHit, input.substr(line_size, value_size)};
  }

  const KeySpace& keys_;
};

}  // namespace

std::unique_ptr<Protocol> make_memcached(const KeySpace& keys) {
  return std::make_unique<Memcached>(keys);
}

}  // namespace load
