#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <libcache/key.h>
#include <libcache/operations.h>

#include "server/persist/byte_reader.h"

namespace sideline::persist {

/// Which entries of a snapshot are read. Others are passed over, and their values not decoded.
struct WantedEntries {
  std::function<bool(libcache::Key key)> key = {};  ///< none: all
  std::uint64_t largest_value = libcache::kMaxBytes;
};

/// Takes a snapshot apart. No bytes make it read outside of them; what is wrong with them the
/// reader tells then.
class RdbParser {
 public:
  enum class Values : std::uint8_t {
    kRead,   ///< of a MemoryReader: what is plain stays where it lies, and is not copied
    kCheck,  ///< value() is empty: only whether it could be read is looked at
  };
  /// Begins in that database; there are `databases`. What is `wanted` is for Values::kRead.
  RdbParser(ByteReader& reader, Values values, int databases, int database = 0,
            WantedEntries wanted = {});

  /// What a snapshot begins with; returns its version, 0 after a failure.
  [[nodiscard]] int read_header();

  enum class Found : std::uint8_t {
    kEntry,       ///< a string: key() and the functions behind it tell
    kOtherValue,  ///< a value of another type was passed over: key(), database() and type() tell
    kFunction,    ///< a function or data of a module was passed over
    kNothing,     ///< something that stores nothing, or an entry that is not wanted
    kEnd,         ///< the end; a checksum may follow
    kFailure,     ///< see the reader
  };
  [[nodiscard]] Found next();

  /// Until the next call.
  [[nodiscard]] std::string_view key() const { return key_; }
  [[nodiscard]] std::string_view value() const { return value_; }
  [[nodiscard]] std::uint64_t value_size() const { return value_size_; }
  [[nodiscard]] std::int64_t deadline_ms() const { return deadline_ms_; }
  [[nodiscard]] int database() const { return database_; }
  [[nodiscard]] std::string_view type() const { return type_; }
  /// How many entries the snapshot says that database() has; 0: it has not said so yet.
  [[nodiscard]] std::uint64_t announced() const { return announced_; }

 private:
  [[nodiscard]] bool read_prefix(std::uint8_t code);
  [[nodiscard]] Found read_operation(std::uint8_t code);
  [[nodiscard]] Found pass_other_value(std::uint8_t type);
  [[nodiscard]] Found read_entry();
  void read_key();
  void select();

  ByteReader& reader_;
  const Values values_;
  const int databases_;
  const WantedEntries wanted_;
  int database_;
  std::uint64_t announced_ = 0;
  std::int64_t deadline_ms_;
  std::string_view key_;
  std::string_view value_;
  std::uint64_t value_size_ = 0;
  std::string_view type_;
  // For what is decoded.
  std::string key_room_;
  std::string value_room_;
};

}  // namespace sideline::persist
