#include "tests/support/parsed_reply.h"

#include <algorithm>
#include <stdexcept>

namespace sideline::test {
namespace {

std::string_view take_line(std::string_view& bytes) {
  const auto end = bytes.find("\r\n");
  if (end == std::string_view::npos) throw std::invalid_argument("incomplete line");
  const std::string_view line = bytes.substr(0, end);
  bytes.remove_prefix(end + 2);
  return line;
}

std::string take_bytes(std::string_view& bytes, std::size_t size) {
  if (bytes.size() < size + 2) throw std::invalid_argument("incomplete bulk string");
  if (bytes.substr(size, 2) != "\r\n") throw std::invalid_argument("bulk string without its end");
  std::string taken(bytes.substr(0, size));
  bytes.remove_prefix(size + 2);
  return taken;
}

std::size_t find_key(const ParsedReply& map, std::string_view key) {
  for (std::size_t i = 0; i + 1 < map.elements.size(); i += 2) {
    if (map.elements[i].text == key) return i + 1;
  }
  return 0;
}

}  // namespace

const ParsedReply& ParsedReply::at(std::string_view key) const {
  const std::size_t i = find_key(*this, key);
  if (i == 0) throw std::out_of_range("no key " + std::string(key) + " in " + to_string(*this));
  return elements[i];
}

bool ParsedReply::contains(std::string_view key) const { return find_key(*this, key) != 0; }

std::vector<std::string> ParsedReply::texts() const {
  std::vector<std::string> all;
  for (const ParsedReply& element : elements) all.push_back(element.text);
  return all;
}

ParsedReply parse_reply(std::string_view& bytes) {
  const std::string_view line = take_line(bytes);
  if (line.empty()) throw std::invalid_argument("empty line");
  ParsedReply reply;
  reply.type = line[0];
  reply.text = line.substr(1);
  const std::string_view kinds = "+-#,";
  if (kinds.find(reply.type) != std::string_view::npos) return reply;
  if (reply.type == '_') {
    reply.null = true;
    return reply;
  }
  reply.integer = std::stoll(reply.text);
  if (reply.type == ':') return reply;

  reply.text.clear();
  reply.null = reply.integer < 0;
  if (reply.null) return reply;
  const auto count = static_cast<std::size_t>(reply.integer);
  if (reply.type == '$' || reply.type == '=') {
    reply.text = take_bytes(bytes, count);
    if (reply.type == '=') reply.text.erase(0, 4);
    return reply;
  }
  for (std::size_t i = 0; i < (reply.type == '%' ? 2 * count : count); ++i) {
    reply.elements.push_back(parse_reply(bytes));
  }
  return reply;
}

std::string to_string(const ParsedReply& reply) {
  if (reply.null) return "nil";
  if (reply.type == ':') return std::to_string(reply.integer);
  if (reply.type == '$' || reply.type == '=') return '"' + reply.text + '"';
  const bool scalar = std::string_view("+-#,").find(reply.type) != std::string_view::npos;
  if (scalar) return reply.text;

  const bool map = reply.type == '%';
  std::string out = map ? "{" : "[";
  if (reply.type == '~' || reply.type == '>') out.insert(0, 1, reply.type);
  for (std::size_t i = 0; i < reply.elements.size(); ++i) {
    if (i != 0) out += map && i % 2 == 1 ? ": " : ", ";
    out += to_string(reply.elements[i]);
  }
  return out + (map ? "}" : "]");
}

std::ostream& operator<<(std::ostream& out, const ParsedReply& reply) {
  return out << to_string(reply);
}

}  // namespace sideline::test
