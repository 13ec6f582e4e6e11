#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bench/network/load/options.h"
#include "bench/network/load/zipf.h"

namespace load {

struct Request {
  Operation operation;
  std::uint64_t key;     ///< its number
  std::uint64_t ttl_ms;  ///< of a SET; 0 for none
};

/// What a key's number stands for. Equal numbers give equal bytes, so any reply can be checked.
class KeySpace {
 public:
  explicit KeySpace(const Options& options);

  /// The prefix and the number with leading zeros: for 16 bytes the keys of `redis-benchmark -r`.
  void append_key(std::string& out, std::uint64_t key) const;
  /// The key, cut or repeated to the value's size.
  void append_value(std::string& out, std::uint64_t key) const;

  [[nodiscard]] std::size_t key_size() const { return key_size_; }
  [[nodiscard]] std::size_t value_size(std::uint64_t key) const;
  [[nodiscard]] bool is_value_of(std::string_view value, std::uint64_t key) const;

 private:
  void write_key(char* out, std::uint64_t key) const;

  std::string prefix_;
  std::size_t key_size_;
  Range value_size_;
};

/// The sequence of requests.
class Workload {
 public:
  explicit Workload(const Options& options);

  [[nodiscard]] Request next();

 private:
  [[nodiscard]] std::uint64_t next_key();

  const Options& options_;
  Random random_;
  std::optional<Zipf> zipf_;
  std::uint64_t sequential_ = 0;
};

}  // namespace load
