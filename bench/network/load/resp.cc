#include <array>
#include <charconv>

#include "bench/network/load/protocol.h"

namespace load {
namespace {

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  out.append(text.data(), end);
}

std::string bulk_start(std::size_t size) { return "$" + std::to_string(size) + "\r\n"; }

class Resp final : public Protocol {
 public:
  explicit Resp(const KeySpace& keys)
      : keys_(keys),
        get_("*2\r\n$3\r\nGET\r\n" + bulk_start(keys.key_size())),
        del_("*2\r\n$3\r\nDEL\r\n" + bulk_start(keys.key_size())),
        exists_("*2\r\n$6\r\nEXISTS\r\n" + bulk_start(keys.key_size())),
        set_("*3\r\n$3\r\nSET\r\n" + bulk_start(keys.key_size())),
        set_with_ttl_("*5\r\n$3\r\nSET\r\n" + bulk_start(keys.key_size())) {}

  void append(std::string& out, const Request& request) const override {
    out += start_of(request);
    keys_.append_key(out, request.key);
    out += "\r\n";
    if (request.operation == Operation::kSet) append_value(out, request);
  }

  [[nodiscard]] Parsed parse(std::string_view input) const override {
    const auto [line, size] = first_line(input);
    if (size == 0) return {};
    if (line.empty()) return {size, Outcome::kError, "an empty line"};
    const std::string_view rest = line.substr(1);
    switch (line.front()) {
      case '$':
        return parse_bulk(input, rest, size);
      case '+':
        return {size, Outcome::kDone, rest};
      case ':':
        return {size, rest == "0" ? Outcome::kMiss : Outcome::kDone, rest};
      default:
        return {size, Outcome::kError, line};
    }
  }

 private:
  [[nodiscard]] const std::string& start_of(const Request& request) const {
    switch (request.operation) {
      case Operation::kGet:
        return get_;
      case Operation::kDel:
        return del_;
      case Operation::kExists:
        return exists_;
      case Operation::kSet:
        break;
    }
    return request.ttl_ms == 0 ? set_ : set_with_ttl_;
  }

  void append_value(std::string& out, const Request& request) const {
    out += '$';
    append_number(out, keys_.value_size(request.key));
    out += "\r\n";
    keys_.append_value(out, request.key);
    out += "\r\n";
    if (request.ttl_ms == 0) return;
    const std::string ttl = std::to_string(request.ttl_ms);
    out.append("$2\r\nPX\r\n").append(bulk_start(ttl.size())).append(ttl).append("\r\n");
  }

  [[nodiscard]] static Parsed parse_bulk(std::string_view input, std::string_view length,
                                         std::size_t line_size) {
    if (length == "-1") return {line_size, Outcome::kMiss};
    const std::int64_t bytes = decimal(length);
    if (bytes < 0) return {line_size, Outcome::kError, "a bad length"};
    const auto value_size = static_cast<std::size_t>(bytes);
    if (input.size() < line_size + value_size + 2) return {};
    return {line_size + value_size + 2, Outcome::kHit, input.substr(line_size, value_size)};
  }

  const KeySpace& keys_;
  // What a request starts with, up to its key.
  std::string get_;
  std::string del_;
  std::string exists_;
  std::string set_;
  std::string set_with_ttl_;
};

}  // namespace

std::unique_ptr<Protocol> make_resp(const KeySpace& keys) { return std::make_unique<Resp>(keys); }

}  // namespace load
