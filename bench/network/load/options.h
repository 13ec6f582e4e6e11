#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace load {

enum class ProtocolName : std::uint8_t { kResp, kMemcached };
enum class Operation : std::uint8_t { kGet, kSet, kDel, kExists };
enum class Order : std::uint8_t { kUniform, kZipf, kSequential };
enum class Verify : std::uint8_t { kValue, kShape };

constexpr std::uint64_t kMaxKeySize = 250;  // memcached's

/// Both ends belong to it.
struct Range {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};

/// What to do, in the units of the flags (options.cc says what each is for).
struct Options {
  std::uint16_t port = 0;
  std::string socket;
  ProtocolName protocol = ProtocolName::kResp;
  std::uint64_t connections = 50;
  std::uint64_t pipeline = 1;

  std::string prefix = "key:";
  std::uint64_t first_key = 0;
  std::uint64_t keys = 1'000'000;
  std::uint64_t key_size = 16;
  Range value_size{64, 64};
  Range ttl_ms{0, 0};
  Order order = Order::kUniform;
  double zipf = 0.99;

  Operation operation = Operation::kGet;
  double set_share = 0;
  Verify verify = Verify::kValue;

  double seconds = 0;
  double warmup_seconds = 0;
  std::uint64_t requests = 0;
  double rate = 0;
  double drain_seconds = 10;
  std::uint64_t interval_ms = 0;
  pid_t server_pid = 0;
  std::uint64_t seed = 1;
};

/// Throws std::invalid_argument, with a text for the user.
[[nodiscard]] Options parse_options(std::span<const char* const> arguments);

[[nodiscard]] std::string usage();

}  // namespace load
