#include "server/command/info/info.h"

#include <algorithm>
#include <array>

#include "server/command/core/context.h"
#include "server/command/info/families.h"
#include "server/config/letter_case.h"

namespace sideline::command {
namespace {

/// What a request asks for.
struct Selection {
  std::span<const std::string_view> names;
  bool by_default;
  bool everything;

  [[nodiscard]] bool has(const InfoSection& section) const {
    return everything || (by_default && section.by_default) || names_section(section.title);
  }
  [[nodiscard]] bool names_section(std::string_view title) const {
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
      return config::same_ignoring_case(name, title);
    });
  }
};

Selection selection_of(std::span<const std::string_view> names) {
  Selection selection{names, false, false};
  selection.by_default = names.empty() || selection.names_section("default");
  selection.everything = selection.names_section("all") || selection.names_section("everything");
  return selection;
}

void append(std::string& text, const InfoSection& section, const InfoFacts& facts) {
  if (!text.empty()) text += "\r\n";
  text.append("# ").append(section.title).append("\r\n");
  for (const InfoField& field : section.fields) {
    text.append(field.name).append(":").append(field.value(facts)).append("\r\n");
  }
  if (section.lines != nullptr) text += section.lines(facts);
}

void info(Context& ctx) { ctx.reply.verbatim("txt", info_text(ctx.server, ctx.args.subspan(1))); }

constexpr Argument kArguments[] = {
    {.name = "section", .type = "string", .flags = "optional multiple"}};

constexpr std::string_view kTips[] = {"nondeterministic_output", "request_policy:all_shards",
                                      "response_policy:special"};

constexpr Row kRows[] = {
    {.name = "info",
     .arity = -1,
     .flags = kLoading | kStale,
     .categories = kCatDangerous,
     .keys = {},
     .handler = info,
     .summary = "Tells the server's state and counters, by section.",
     .since = "1.0.0",
     .group = "server",
     .complexity = "O(N) for N clients",
     .tips = kTips,
     .arguments = kArguments},
};

}  // namespace

std::span<const InfoSection> info_sections() {
  static const std::array kSections = {
      InfoSection{"Server", true, server_fields(), listener_lines},
      InfoSection{"Clients", true, client_fields()},
      InfoSection{"Memory", true, memory_fields()},
      InfoSection{"Persistence", true, persistence_fields(), loading_lines},
      InfoSection{"Stats", true, stats_fields()},
      InfoSection{"Replication", true, replication_fields()},
      InfoSection{"CPU", true, cpu_fields()},
      InfoSection{"Modules", true, {}},
      InfoSection{"Commandstats", false, {}, command_lines},
      InfoSection{"Errorstats", true, {}, error_lines},
      InfoSection{"Latencystats", false, {}, latency_lines},
      InfoSection{"Cluster", true, cluster_fields()},
      InfoSection{"Keyspace", true, {}, keyspace_lines},
      InfoSection{"Sideline", true, sideline_fields(), certificate_lines},
      InfoSection{"Curve", true, {}, curve_lines},
  };
  return kSections;
}

std::string info_text(Server& server, std::span<const std::string_view> names) {
  const Selection selection = selection_of(names);
  const InfoFacts facts = info_facts(server);
  std::string text;
  for (const InfoSection& section : info_sections()) {
    if (selection.has(section)) append(text, section, facts);
  }
  return text;
}

std::span<const Row> info_rows() { return kRows; }

}  // namespace sideline::command
