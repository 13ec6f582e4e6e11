#include <vector>

#include "server/command/control/row_replies.h"
#include "server/command/core/words.h"

namespace sideline::command {
namespace {

/// Fields of a map that may be missing: collected first, as the map's header tells their number.
struct Field {
  std::string_view name;
  std::string_view value;
};

void add(std::vector<Field>& fields, std::string_view name, std::string_view value) {
  if (!value.empty()) fields.push_back({name, value});
}

void reply_fields(resp::Reply& reply, const std::vector<Field>& fields) {
  for (const Field& field : fields) {
    reply.bulk(field.name);
    reply.bulk(field.value);
  }
}

void reply_arguments(resp::Reply& reply, std::span<const Argument> arguments);

void reply_argument(resp::Reply& reply, const Argument& argument) {
  const bool is_group = argument.type == "oneof" || argument.type == "block";
  std::vector<Field> fields;
  add(fields, "name", argument.name);
  add(fields, "type", argument.type);
  if (!is_group) {
    add(fields, "display_text", argument.display.empty() ? argument.name : argument.display);
  }
  std::vector<Field> more;
  add(more, "token", argument.token);
  add(more, "since", argument.since);
  add(more, "deprecated_since", argument.deprecated_since);
  const bool has_key = argument.key_spec >= 0;
  const std::vector<std::string_view> flags = words_of(argument.flags);

  reply.map(fields.size() + (has_key ? 1 : 0) + more.size() + (flags.empty() ? 0 : 1) +
            (is_group ? 1 : 0));
  reply_fields(reply, fields);
  if (has_key) {
    reply.bulk("key_spec_index");
    reply.integer(argument.key_spec);
  }
  reply_fields(reply, more);
  if (!flags.empty()) {
    reply.bulk("flags");
    reply.set(flags.size());
    for (const std::string_view flag : flags) reply.simple(flag);
  }
  if (is_group) reply_arguments(reply, argument.arguments);
}

void reply_arguments(resp::Reply& reply, std::span<const Argument> arguments) {
  reply.bulk("arguments");
  reply.array(arguments.size());
  for (const Argument& argument : arguments) reply_argument(reply, argument);
}

constexpr FlagName kDocumentationFlags[] = {{1, "deprecated"}, {2, "syscmd"}};

std::uint32_t documentation_flags(const Row& row) {
  return (row.deprecated_since.empty() ? 0U : 1U) | ((row.flags & kSystem) == 0 ? 0U : 2U);
}

}  // namespace

void reply_documentation(resp::Reply& reply, const Row& row) {
  std::vector<Field> fields;
  add(fields, "summary", row.summary);
  add(fields, "since", row.since);
  add(fields, "group", row.group);
  add(fields, "complexity", row.complexity);
  std::vector<Field> more;
  add(more, "deprecated_since", row.deprecated_since);
  add(more, "replaced_by", row.replaced_by);
  const std::uint32_t flags = documentation_flags(row);

  reply.bulk(row.full_name);
  reply.map(fields.size() + (flags == 0 ? 0 : 1) + more.size() + (row.arguments.empty() ? 0 : 1) +
            (row.subcommands.empty() ? 0 : 1));
  reply_fields(reply, fields);
  if (flags != 0) {
    reply.bulk("doc_flags");
    reply_flags(reply, flags, kDocumentationFlags);
  }
  reply_fields(reply, more);
  if (!row.arguments.empty()) reply_arguments(reply, row.arguments);
  if (row.subcommands.empty()) return;
  reply.bulk("subcommands");
  reply.map(row.subcommands.size());
  for (const Row& subcommand : row.subcommands) reply_documentation(reply, subcommand);
}

}  // namespace sideline::command
