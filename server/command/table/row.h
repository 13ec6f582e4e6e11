#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sideline::command {

class Context;

/// Flags of a command, with Redis's names (COMMAND INFO).
enum Flag : std::uint32_t {
  kWrite = 1U << 0,
  kReadOnly = 1U << 1,
  kDenyOom = 1U << 2,
  kAdmin = 1U << 3,
  kPubSub = 1U << 4,
  kNoScript = 1U << 5,
  kBlocking = 1U << 6,
  kLoading = 1U << 7,
  kStale = 1U << 8,
  kSkipMonitor = 1U << 9,
  kSkipSlowlog = 1U << 10,
  kFast = 1U << 11,
  kNoAuth = 1U << 12,       ///< allowed before authentication
  kMovableKeys = 1U << 13,  ///< key positions depend on the arguments
  kAllowBusy = 1U << 14,
  kNoMulti = 1U << 15,
  kNoAsyncLoading = 1U << 21,  ///< not while a snapshot is loaded beside serving

  // Not shown.
  kProtected = 1U << 16,  ///< only as `enable-debug-command` says
  kSystem = 1U << 17,     ///< "syscmd" in COMMAND DOCS
  /// The handler takes its locks itself, through Server::cache, because it needs keys of another
  /// database or wants to hold them for a part of its work only. Context::keys() is not there.
  kLocksItself = 1U << 18,
  /// Changes what others see, though no data: counters, logs, clients. Who may only look may not.
  kAlters = 1U << 19,
  /// About the process: not for who shares the cache of another program.
  kProcess = 1U << 20,
};

/// ACL categories, with Redis's names, in Redis's bit order.
enum Category : std::uint32_t {
  kCatKeyspace = 1U << 0,
  kCatRead = 1U << 1,
  kCatWrite = 1U << 2,
  kCatSet = 1U << 3,
  kCatSortedSet = 1U << 4,
  kCatList = 1U << 5,
  kCatHash = 1U << 6,
  kCatString = 1U << 7,
  kCatBitmap = 1U << 8,
  kCatHyperLogLog = 1U << 9,
  kCatGeo = 1U << 10,
  kCatStream = 1U << 11,
  kCatPubSub = 1U << 12,
  kCatAdmin = 1U << 13,
  kCatFast = 1U << 14,
  kCatSlow = 1U << 15,
  kCatBlocking = 1U << 16,
  kCatDangerous = 1U << 17,
  kCatConnection = 1U << 18,
  kCatTransaction = 1U << 19,
  kCatScripting = 1U << 20,
};

/// What a command does with a key.
enum KeyAccess : std::uint32_t {
  kRO = 1U << 0,
  kRW = 1U << 1,
  kOW = 1U << 2,
  kRM = 1U << 3,
  kAccess = 1U << 4,
  kUpdate = 1U << 5,
  kInsert = 1U << 6,
  kDelete = 1U << 7,
  kVariableFlags = 1U << 8,
};

/// Which arguments are keys: from `first` to `last` (negative: counted from the end) by `step`. The
/// keys that a command locks, COMMAND GETKEYS and COMMAND INFO come from this.
struct KeyRange {
  int first = 0;
  int last = 0;
  int step = 0;
  std::uint32_t access = 0;  ///< KeyAccess bits, for COMMAND INFO's key specifications
  std::string_view notes = {};
};

/// One argument of a command as COMMAND DOCS tells it.
struct Argument {
  std::string_view name;
  /// key, string, integer, double, pattern, unix-time, pure-token, oneof, block
  std::string_view type;
  std::string_view token = {};
  std::string_view flags = {};  ///< "optional", "multiple", "optional multiple"
  std::string_view since = {};
  int key_spec = -1;
  std::span<const Argument> arguments = {};
  std::string_view display = {};  ///< if it is not the name
  std::string_view deprecated_since = {};
};

/// A command, or a subcommand of one. Everything known of it stands here; nothing is known
/// elsewhere.
struct Row {
  std::string_view name;  ///< lower case; a subcommand's own name ("get" of "config|get")
  int arity;              ///< with the name(s); negative: at least
  std::uint32_t flags = 0;
  /// Beyond those that flags imply (write, read, fast or slow, admin with dangerous, ...), which
  /// the table adds.
  std::uint32_t categories = 0;
  std::span<const KeyRange> keys = {};
  void (*handler)(Context&) = nullptr;  ///< null for a container whose subcommands do the work
  std::string_view summary = {};
  std::string_view since = {};  ///< the Redis version that introduced it
  std::string_view group = {};  ///< string, generic, connection, server
  std::string_view complexity = {};
  std::span<const std::string_view> tips = {};
  std::span<const Argument> arguments = {};
  std::span<const Row> subcommands = {};

  // Filled by the table.
  const Row* parent = nullptr;      ///< of a subcommand
  std::string_view full_name = {};  ///< "get", "config|get": as it appears in errors and statistics
  std::size_t index = 0;            ///< counts all rows, subcommands too, from 0
  /// Where the key is, if each request has exactly one, always there; 0 otherwise.
  std::size_t only_key = 0;

  std::string_view deprecated_since = {};
  std::string_view replaced_by = {};
};

}  // namespace sideline::command
