#include "server/persist/rdb_parser.h"

#include <charconv>
#include <utility>

#include "server/persist/rdb_format.h"
#include "server/persist/rdb_strings.h"
#include "server/persist/rdb_values.h"

namespace sideline::persist {

RdbParser::RdbParser(ByteReader& reader, Values values, int databases, int database,
                     WantedEntries wanted)
    : reader_(reader),
      values_(values),
      databases_(databases),
      wanted_(std::move(wanted)),
      database_(database),
      deadline_ms_(libcache::kNoDeadline) {}

int RdbParser::read_header() {
  if (reader_.take(rdb::kMagic.size()) != rdb::kMagic) reader_.fail("it is no snapshot of Redis");
  const std::string_view digits = reader_.take(rdb::kVersionDigits);
  const char* const last = digits.data() + digits.size();
  int version = 0;
  const auto [end, error] = std::from_chars(digits.data(), last, version);
  if (error != std::errc() || end != last || version < 1 || version > rdb::kNewestVersion) {
    reader_.fail("its version '" + std::string(digits) + "' is not one from 1 to " +
                 std::to_string(rdb::kNewestVersion));
  }
  return reader_.ok() ? version : 0;
}

void RdbParser::read_key() {
  key_ = rdb::read_string(reader_, key_room_);
  if (values_ == Values::kRead || key_.data() == key_room_.data()) return;
  // The bytes that it lies in will be gone when its value is passed over.
  key_room_ = key_;
  key_ = key_room_;
}

void RdbParser::select() {
  const std::uint64_t number = rdb::read_length(reader_);
  if (number >= static_cast<std::uint64_t>(databases_)) {
    return reader_.fail("it has a database " + std::to_string(number) + ", and there are " +
                        std::to_string(databases_));
  }
  database_ = static_cast<int>(number);
  announced_ = 0;
}

RdbParser::Found RdbParser::next() {
  deadline_ms_ = libcache::kNoDeadline;
  std::uint8_t code = reader_.byte();
  // Nearly all are strings without anything before.
  while (code != rdb::kStringType && reader_.ok() && read_prefix(code)) code = reader_.byte();
  const Found found = code == rdb::kStringType ? read_entry() : read_operation(code);
  return reader_.ok() ? found : Found::kFailure;
}

/// What stands before the type of a value that it belongs to. False, and nothing is read, if `code`
/// is something else.
bool RdbParser::read_prefix(std::uint8_t code) {
  constexpr std::int64_t kMsPerSecond = 1000;
  switch (code) {
    case rdb::kExpiryMs:
      deadline_ms_ = reader_.little_endian<std::int64_t>();
      return true;
    case rdb::kExpirySeconds:
      deadline_ms_ = reader_.little_endian<std::int32_t>() * kMsPerSecond;
      return true;
    case rdb::kIdleTime:
      static_cast<void>(rdb::read_length(reader_));
      return true;
    case rdb::kFrequency:
      static_cast<void>(reader_.byte());
      return true;
    default:
      return false;
  }
}

RdbParser::Found RdbParser::read_operation(std::uint8_t code) {
  switch (code) {
    case rdb::kSelect:
      select();
      return Found::kNothing;
    case rdb::kResize:
      announced_ = rdb::read_length(reader_);
      static_cast<void>(rdb::read_length(reader_));
      return Found::kNothing;
    case rdb::kAuxiliary:
      rdb::pass_string(reader_);
      rdb::pass_string(reader_);
      return Found::kNothing;
    case rdb::kFunction:
      rdb::pass_string(reader_);
      return Found::kFunction;
    case rdb::kModuleData:
      rdb::pass_module_data(reader_);
      return Found::kFunction;
    case rdb::kEnd:
      return Found::kEnd;
    default:
      return pass_other_value(code);
  }
}

RdbParser::Found RdbParser::read_entry() {
  read_key();
  value_ = {};
  if (values_ == Values::kCheck) {
    value_size_ = rdb::check_string(reader_);
    return Found::kEntry;
  }
  if (wanted_.key && !wanted_.key({key_, database_})) {
    rdb::pass_string(reader_);
    return Found::kNothing;
  }
  const auto value = rdb::read_string_up_to(wanted_.largest_value, reader_, value_room_);
  if (!value) return Found::kNothing;
  value_ = *value;
  value_size_ = value_.size();
  return Found::kEntry;
}

RdbParser::Found RdbParser::pass_other_value(std::uint8_t type) {
  const rdb::OtherType* const other = rdb::find_other_type(type);
  if (other == nullptr) {
    reader_.fail("unknown type or operation " + std::to_string(type));
    return Found::kFailure;
  }
  read_key();
  other->pass(reader_);
  type_ = other->name;
  return Found::kOtherValue;
}

}  // namespace sideline::persist
