#pragma once

#include <span>
#include <string>
#include <string_view>

#include "server/command/info/info_facts.h"

namespace sideline::command {

/// One line of INFO, "name:value".
struct InfoField {
  std::string_view name;
  std::string (*value)(const InfoFacts&);
};

/// One part of INFO: its fields, then lines of which there is one for each of something.
struct InfoSection {
  std::string_view title;  ///< as in its first line; in lower case, what INFO takes
  bool by_default;         ///< shown if none is named
  std::span<const InfoField> fields;
  /// Null if there are none.
  std::string (*lines)(const InfoFacts&) = nullptr;
};

/// All of them, in the order in which they are shown.
[[nodiscard]] std::span<const InfoSection> info_sections();

/// What INFO replies. `names` are sections, or "default", "all", "everything", in any case; what is
/// unknown shows nothing. None: the default sections.
[[nodiscard]] std::string info_text(Server& server, std::span<const std::string_view> names);

// The fields. Each has the meaning that it has in Redis; one is here only if its value is true.
[[nodiscard]] std::span<const InfoField> server_fields();       // info_fields_server.cc
[[nodiscard]] std::span<const InfoField> client_fields();       // info_fields_server.cc
[[nodiscard]] std::span<const InfoField> cpu_fields();          // info_fields_server.cc
[[nodiscard]] std::span<const InfoField> memory_fields();       // info_fields_memory.cc
[[nodiscard]] std::span<const InfoField> sideline_fields();     // info_fields_memory.cc
[[nodiscard]] std::span<const InfoField> persistence_fields();  // info_fields_persistence.cc
[[nodiscard]] std::span<const InfoField> stats_fields();        // info_fields_stats.cc
[[nodiscard]] std::span<const InfoField> replication_fields();  // info_fields_stats.cc
[[nodiscard]] std::span<const InfoField> cluster_fields();      // info_fields_stats.cc

// Lines of which there is one for each of something.
[[nodiscard]] std::string listener_lines(const InfoFacts& facts);     // info_fields_server.cc
[[nodiscard]] std::string certificate_lines(const InfoFacts& facts);  // info_fields_server.cc
[[nodiscard]] std::string loading_lines(const InfoFacts& facts);      // info_fields_persistence.cc
[[nodiscard]] std::string command_lines(const InfoFacts& facts);      // info_lines.cc
[[nodiscard]] std::string error_lines(const InfoFacts& facts);        // info_lines.cc
[[nodiscard]] std::string latency_lines(const InfoFacts& facts);      // info_lines.cc
[[nodiscard]] std::string keyspace_lines(const InfoFacts& facts);     // info_lines.cc
[[nodiscard]] std::string curve_lines(const InfoFacts& facts);        // info_fields_curve.cc

}  // namespace sideline::command
