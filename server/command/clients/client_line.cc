#include "server/command/clients/client_line.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "server/command/table/row.h"

namespace sideline::command {
namespace {

/// Writes "name=value" fields with a space between them.
class Fields {
 public:
  Fields& text(std::string_view name, std::string_view value) {
    if (!line_.empty()) line_ += ' ';
    line_ += name;
    line_ += '=';
    line_ += value;
    return *this;
  }
  Fields& number(std::string_view name, std::int64_t value) {
    return text(name, std::to_string(value));
  }
  Fields& size(std::string_view name, std::size_t value) {
    return text(name, std::to_string(value));
  }
  [[nodiscard]] std::string take() { return std::move(line_); }

 private:
  std::string line_;
};

std::string flags_of(const Client& client) {
  std::string flags;
  if (client.monitor) flags += 'O';
  if (client.paused) flags += 'b';
  if (client.kind == Client::Kind::kUnix) flags += 'U';
  if (client.no_evict) flags += 'e';
  if (client.no_touch) flags += 'T';
  return flags.empty() ? "N" : flags;
}

}  // namespace

std::string client_line(const Client& client, std::int64_t now_ms, std::size_t argument_bytes) {
  // Seconds are told as differences of whole seconds, as Redis does.
  const auto seconds_since = [&](std::int64_t then_ms) { return now_ms / 1000 - then_ms / 1000; };
  const Row* const last = client.last_command.load(std::memory_order_relaxed);
  const std::size_t output = client.output_size;
  const std::size_t query_size = client.query_buffer_size;
  const std::size_t query_used = std::min<std::size_t>(client.query_buffer_used, query_size);
  Fields fields;
  fields.number("id", static_cast<std::int64_t>(client.id))
      .text("addr", client.address)
      .text("laddr", client.local_address)
      .number("fd", client.fd)
      .text("name", client.name())
      .number("age", seconds_since(client.connected_ms))
      .number("idle", seconds_since(client.last_active_ms))
      .text("flags", flags_of(client))
      .number("db", client.database)
      .number("sub", 0)
      .number("psub", 0)
      .number("ssub", 0)
      .number("multi", -1)
      .size("qbuf", query_used)
      .size("qbuf-free", query_size - query_used)
      .size("argv-mem", argument_bytes)
      .number("multi-mem", 0)
      .size("rbs", output)
      .size("rbp", output)
      .size("obl", output)
      .number("oll", 0)
      .size("omem", output)
      .size("tot-mem", sizeof(Client) + query_size + output)
      .text("events", output == 0 ? "r" : "rw")
      .text("cmd", last == nullptr ? "NULL" : last->full_name)
      .text("user", client.user_name())
      .number("redir", -1)
      .number("resp", client.protocol)
      .text("lib-name", client.library_name())
      .text("lib-ver", client.library_version());
  return fields.take();
}

}  // namespace sideline::command
