#include <algorithm>
#include <string>

#include "server/command/control/row_replies.h"

namespace sideline::command {
namespace {

/// The three numbers that described keys before there were key specifications.
KeyRange legacy_range(const Row& row) {
  if (row.keys.empty()) return {};
  // Several ranges follow each other, each of single keys.
  KeyRange whole = row.keys.front();
  whole.last = row.keys.back().last;
  return whole;
}

void reply_field(resp::Reply& reply, std::string_view name, std::int64_t value) {
  reply.bulk(name);
  reply.integer(value);
}

/// One step of finding keys: its type, and the header of the map of its parameters.
void reply_step(resp::Reply& reply, std::string_view name, std::string_view type,
                std::size_t parameters) {
  reply.bulk(name);
  reply.map(2);
  reply.bulk("type");
  reply.bulk(type);
  reply.bulk("spec");
  reply.map(parameters);
}

void reply_key_range(resp::Reply& reply, const KeyRange& range) {
  reply.map(range.notes.empty() ? 3 : 4);
  if (!range.notes.empty()) {
    reply.bulk("notes");
    reply.bulk(range.notes);
  }
  reply.bulk("flags");
  reply_flags(reply, range.access, key_access_names());
  reply_step(reply, "begin_search", "index", 1);
  reply_field(reply, "index", range.first);
  reply_step(reply, "find_keys", "range", 3);
  reply_field(reply, "lastkey", range.last < 0 ? range.last : range.last - range.first);
  reply_field(reply, "keystep", range.step);
  reply_field(reply, "limit", 0);
}

}  // namespace

void reply_flags(resp::Reply& reply, std::uint32_t flags, std::span<const FlagName> names,
                 std::string_view prefix) {
  const auto is_set = [&](const FlagName& name) { return (flags & name.flag) != 0; };
  reply.set(static_cast<std::size_t>(std::count_if(names.begin(), names.end(), is_set)));
  for (const FlagName& name : names) {
    if (is_set(name)) reply.simple(std::string(prefix) += name.name);
  }
}

void reply_info(resp::Reply& reply, const Row* row) {
  if (row == nullptr) return reply.null();
  const KeyRange keys = legacy_range(*row);
  reply.array(10);
  reply.bulk(row->full_name);
  reply.integer(row->arity);
  reply_flags(reply, row->flags, flag_names());
  reply.integer(keys.first);
  reply.integer(keys.last);
  reply.integer(keys.step);
  reply_flags(reply, row->categories, category_names(), "@");
  reply.set(row->tips.size());
  for (const std::string_view tip : row->tips) reply.bulk(tip);
  reply.set(row->keys.size());
  for (const KeyRange& range : row->keys) reply_key_range(reply, range);
  if (row->subcommands.empty()) return reply.set(0);
  reply.array(row->subcommands.size());
  for (const Row& subcommand : row->subcommands) reply_info(reply, &subcommand);
}

}  // namespace sideline::command
