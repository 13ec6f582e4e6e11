#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// Redis's snapshot format, RDB, as far as both sides of it need it:
//
//     "REDIS" version(4 digits)  { opcode ... | type key value }*  0xFF  checksum(8, little endian)
//
// Lengths are 1, 2, 5 or 9 bytes by the first two bits; a string is a length and its bytes, or by
// the bits 11 an integer of 1, 2 or 4 bytes, or compressed by LZF.
namespace sideline::persist::rdb {

inline constexpr std::string_view kMagic = "REDIS";
inline constexpr std::size_t kVersionDigits = 4;
/// What is written: Redis 7.0 reads and writes it.
inline constexpr int kWrittenVersion = 10;
/// What is read: Redis 7.2 writes 11.
inline constexpr int kNewestVersion = 11;
inline constexpr int kFirstVersionWithChecksum = 5;

enum Opcode : std::uint8_t {
  kFunction = 245,
  kModuleData = 247,
  kIdleTime = 248,
  kFrequency = 249,
  kAuxiliary = 250,
  kResize = 251,
  kExpiryMs = 252,
  kExpirySeconds = 253,
  kSelect = 254,
  kEnd = 255,
};

inline constexpr std::uint8_t kStringType = 0;

// The first two bits of a length.
inline constexpr std::uint8_t kLength6 = 0;
inline constexpr std::uint8_t kLength14 = 1;
inline constexpr std::uint8_t kEncoded = 3;
// The whole first byte of the longer ones.
inline constexpr std::uint8_t kLength32 = 0x80;
inline constexpr std::uint8_t kLength64 = 0x81;

/// What the other six bits say after kEncoded.
enum StringEncoding : std::uint8_t { kInt8, kInt16, kInt32, kLzf };

}  // namespace sideline::persist::rdb
