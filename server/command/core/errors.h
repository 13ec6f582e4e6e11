#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

/// Every error text that commands send. Clients match these words, so they are Redis's to the
/// byte. Each text starts with its code, as Reply::error() takes it.
namespace sideline::command::errors {

// --- Any command ---------------------------------------------------------------------------------

inline constexpr std::string_view kSyntax = "ERR syntax error";
inline constexpr std::string_view kNoSuchKey = "ERR no such key";
inline constexpr std::string_view kNotInteger = "ERR value is not an integer or out of range";
inline constexpr std::string_view kNotPositive = "ERR value is out of range, must be positive";
inline constexpr std::string_view kNotFloat = "ERR value is not a valid float";
inline constexpr std::string_view kOom = "OOM command not allowed when used memory > 'maxmemory'.";
inline constexpr std::string_view kValueTooLarge = "OOM value is larger than 'maxmemory' can hold.";
inline constexpr std::string_view kNoKeyPermission = "NOPERM No permissions to access a key";
inline constexpr std::string_view kNoAuth = "NOAUTH Authentication required.";
inline constexpr std::string_view kLoading = "LOADING Redis is loading the dataset in memory";
inline constexpr std::string_view kCannotSave =
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to "
    "disk. Commands that may modify the data set are disabled, because this instance is configured "
    "to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error "
    "option). Please check the Redis logs for details about the RDB error.";
/// For what a handler did not foresee: a defect of this server.
inline constexpr std::string_view kUnexpected = "ERR the server failed to carry out the command";

/// Redis's monitors count as replicas.
inline constexpr std::string_view kMonitorKeyspace = "ERR Replica can't interact with the keyspace";

// --- Strings -------------------------------------------------------------------------------------

inline constexpr std::string_view kStringTooLong =
    "ERR string exceeds maximum allowed size (proto-max-bulk-len)";
inline constexpr std::string_view kOffsetOutOfRange = "ERR offset is out of range";
inline constexpr std::string_view kIncrementOverflow = "ERR increment or decrement would overflow";
inline constexpr std::string_view kDecrementOverflow = "ERR decrement would overflow";
inline constexpr std::string_view kIncrementNotFinite =
    "ERR increment would produce NaN or Infinity";
inline constexpr std::string_view kLcsLengthAndIndexes =
    "ERR If you want both the length and indexes, please just use IDX.";
inline constexpr std::string_view kLcsMemoryOverLimit =
    "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len";

// --- Keys and databases --------------------------------------------------------------------------

inline constexpr std::string_view kDatabaseOutOfRange = "ERR DB index is out of range";
inline constexpr std::string_view kSameObject = "ERR source and destination objects are the same";
inline constexpr std::string_view kExpireNxWithOthers =
    "ERR NX and XX, GT or LT options at the same time are not compatible";
inline constexpr std::string_view kExpireGtWithLt =
    "ERR GT and LT options at the same time are not compatible";
inline constexpr std::string_view kInvalidCursor = "ERR invalid cursor";
inline constexpr std::string_view kIdleTimeUnderLfu =
    "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when "
    "switching between policies at runtime LRU and LFU data will take some time to adjust.";
inline constexpr std::string_view kFrequencyWithoutLfu =
    "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that "
    "when switching between policies at runtime LRU and LFU data will take some time to adjust.";
inline constexpr std::string_view kSwapInvalidFirst = "ERR invalid first DB index";
inline constexpr std::string_view kSwapInvalidSecond = "ERR invalid second DB index";

// --- Connection ----------------------------------------------------------------------------------

inline constexpr std::string_view kWrongPass =
    "WRONGPASS invalid username-password pair or user is disabled.";
inline constexpr std::string_view kNoPasswordConfigured =
    "ERR AUTH <password> called without any password configured for the default user. Are you sure "
    "your configuration is correct?";
inline constexpr std::string_view kHelloNotAuthenticated =
    "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO "
    "<proto> "
    "AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol "
    "version at the same time";
inline constexpr std::string_view kNoProto = "NOPROTO unsupported protocol version";
inline constexpr std::string_view kProtocolNotInteger =
    "ERR Protocol version is not an integer or out of range";
inline constexpr std::string_view kMaxClients = "ERR max number of clients reached";
inline constexpr std::string_view kProtectedMode =
    "DENIED Redis is running in protected mode because protected mode is enabled and no password "
    "is set for the default user. In this mode connections are only accepted from the loopback "
    "interface. If you want to connect from external computers to Redis you may adopt one of the "
    "following solutions: 1) Just disable protected mode sending the command 'CONFIG SET "
    "protected-mode no' from the loopback interface by connecting to Redis from the same host the "
    "server is running, however MAKE SURE Redis is not publicly accessible from internet if you do "
    "so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just disable "
    "the protected mode by editing the Redis configuration file, and setting the protected mode "
    "option to 'no', and then restarting the server. 3) If you started the server manually just "
    "for testing, restart it with the '--protected-mode no' option. 4) Set up an authentication "
    "password for the default user. NOTE: You only need to do one of the above things in order for "
    "the server to start accepting connections from the outside.";

// --- CLIENT --------------------------------------------------------------------------------------

inline constexpr std::string_view kNoSuchClient = "ERR No such client";
inline constexpr std::string_view kInvalidClientId = "ERR Invalid client ID";
inline constexpr std::string_view kClientIdNotPositive = "ERR client-id should be greater than 0";
inline constexpr std::string_view kClientNameInvalid =
    "ERR Client names cannot contain spaces, newlines or special characters.";
inline constexpr std::string_view kTimeoutNotInteger =
    "ERR timeout is not an integer or out of range";
inline constexpr std::string_view kTimeoutNegative = "ERR timeout is negative";
inline constexpr std::string_view kTimeoutOutOfRange = "ERR timeout is out of range";
inline constexpr std::string_view kPauseMode = "ERR CLIENT PAUSE mode must be WRITE or ALL";

// --- ACL -----------------------------------------------------------------------------------------

inline constexpr std::string_view kUserNameBlank =
    "ERR Usernames can't contain spaces or null characters";
inline constexpr std::string_view kDefaultUserStays = "ERR The 'default' user cannot be removed";
inline constexpr std::string_view kNoAclFile =
    "ERR This Redis instance is not configured to use an ACL file. You may want to specify users "
    "via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis "
    "configuration file set) in order to store users in the Redis configuration.";
inline constexpr std::string_view kNoRandomness = "ERR the system gives no random numbers";
inline constexpr std::string_view kPasswordBits =
    "ERR ACL GENPASS argument must be the number of bits for the output password, a positive "
    "number up to 4096";

// --- COMMAND -------------------------------------------------------------------------------------

inline constexpr std::string_view kInvalidCommand = "ERR Invalid command specified";
inline constexpr std::string_view kNoKeyArguments = "ERR The command has no key arguments";
inline constexpr std::string_view kInvalidArgumentCount =
    "ERR Invalid number of arguments specified for command";

// --- Server --------------------------------------------------------------------------------------

inline constexpr std::string_view kSaveInProgress = "ERR Background save already in progress";
/// All that Redis says of a save that failed: the log says why.
inline constexpr std::string_view kNotSaved = "ERR";
inline constexpr std::string_view kNoShutdownInProgress = "ERR No shutdown in progress.";
inline constexpr std::string_view kShutdownFailed = "ERR Errors trying to SHUTDOWN. Check logs.";
inline constexpr std::string_view kDebugNotAllowed =
    "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you "
    "can "
    "run it from a local connection, otherwise you need to set this option in the configuration "
    "file, and then restart the server.";
inline constexpr std::string_view kSlowlogCount = "ERR count should be greater than or equal to -1";

// --- Texts with a part of the request in them ----------------------------------------------------
// Redis prints these with C string functions: such a part ends at its first NUL byte.

/// Bytes of a request that an error repeats at most, where Redis cuts.
inline constexpr std::size_t kEchoBytes = 128;

/// What a C string function would print of `bytes`: up to the first NUL byte, at most `max`.
[[nodiscard]] inline std::string_view printed(std::string_view bytes,
                                              std::size_t max = std::string_view::npos) {
  return bytes.substr(0, std::min(bytes.find('\0'), max));
}

[[nodiscard]] inline std::string join(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text += part;
  return text;
}

[[nodiscard]] inline std::string upper_case(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

/// `args` is the whole request.
[[nodiscard]] inline std::string unknown_command(std::span<const std::string_view> args) {
  std::string shown;
  for (const std::string_view arg : args.subspan(1)) {
    if (shown.size() >= kEchoBytes) break;
    shown += join({"'", printed(arg, kEchoBytes - shown.size()), "' "});
  }
  return join({"ERR unknown command '", printed(args[0], kEchoBytes),
               "', with args beginning with: ", shown});
}

/// `command` as the client wrote it, `subcommand` what is unknown of it.
[[nodiscard]] inline std::string unknown_subcommand(std::string_view command,
                                                    std::string_view subcommand) {
  return join({"ERR unknown subcommand '", printed(subcommand, kEchoBytes), "'. Try ",
               upper_case(printed(command)), " HELP."});
}

/// For what a subcommand finds wrong itself, beyond its arity.
[[nodiscard]] inline std::string subcommand_syntax(std::string_view command,
                                                   std::string_view subcommand) {
  return join({"ERR unknown subcommand or wrong number of arguments for '",
               printed(subcommand, kEchoBytes), "'. Try ", upper_case(printed(command)), " HELP."});
}

/// `name` is the command's full name in lower case, "config|get" for a subcommand (Row::full_name).
[[nodiscard]] inline std::string wrong_arity(std::string_view name) {
  return join({"ERR wrong number of arguments for '", name, "' command"});
}

/// What ACL DRYRUN says of a command; not an error there. `name` as for wrong_arity().
[[nodiscard]] inline std::string no_command_permission(std::string_view user,
                                                       std::string_view name) {
  return join({"User ", user, " has no permissions to run the '", name, "' command"});
}

/// What a user may not run.
[[nodiscard]] inline std::string no_permission(std::string_view user, std::string_view name) {
  return join({"NOPERM ", no_command_permission(user, name)});
}

[[nodiscard]] inline std::string invalid_expire(std::string_view name) {
  return join({"ERR invalid expire time in '", name, "' command"});
}

[[nodiscard]] inline std::string unsupported_option(std::string_view option) {
  return join({"ERR Unsupported option ", printed(option)});
}

[[nodiscard]] inline std::string out_of_range(std::int64_t min, std::int64_t max) {
  return join({"ERR value is out of range, value must between ", std::to_string(min), " and ",
               std::to_string(max)});
}

[[nodiscard]] inline std::string unknown_client_type(std::string_view type) {
  return join({"ERR Unknown client type '", printed(type), "'"});
}

[[nodiscard]] inline std::string no_such_user(std::string_view user) {
  return join({"ERR No such user '", printed(user), "'"});
}

[[nodiscard]] inline std::string unrecognized_option(std::string_view option) {
  return join({"ERR Unrecognized option '", printed(option), "'"});
}

[[nodiscard]] inline std::string client_info_invalid(std::string_view option) {
  return join({"ERR ", printed(option), " cannot contain spaces, newlines or special characters."});
}

[[nodiscard]] inline std::string hello_syntax(std::string_view option) {
  return join({"ERR Syntax error in HELLO option '", printed(option), "'"});
}

[[nodiscard]] inline std::string no_latency_samples(std::string_view event) {
  return join({"ERR No samples available for event '", printed(event), "'"});
}

/// What ACL DRYRUN says of a key; not an error there.
[[nodiscard]] inline std::string no_key_permission(std::string_view user, std::string_view key) {
  return join({"User ", user, " has no permissions to access the '", key, "' key"});
}

[[nodiscard]] inline std::string unknown_user(std::string_view user) {
  return join({"ERR User '", printed(user), "' not found"});
}

[[nodiscard]] inline std::string command_not_found(std::string_view command) {
  return join({"ERR Command '", printed(command), "' not found"});
}

[[nodiscard]] inline std::string unknown_category(std::string_view category) {
  return join({"ERR Unknown category '", printed(category, kEchoBytes), "'"});
}

/// `reason` is what Acl says of rules or a file that it refuses.
[[nodiscard]] inline std::string acl(std::string_view reason) { return join({"ERR ", reason}); }

/// `reason` is the system's.
[[nodiscard]] inline std::string acl_save(std::string_view reason) {
  return join({"ERR There was an error trying to save the ACLs: ", reason});
}

/// `reason` is what config::Config says of a refused CONFIG SET or CONFIG REWRITE.
[[nodiscard]] inline std::string config(std::string_view reason) { return join({"ERR ", reason}); }

}  // namespace sideline::command::errors
