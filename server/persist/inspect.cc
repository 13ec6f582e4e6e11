#include "server/persist/inspect.h"

#include <algorithm>
#include <string>
#include <utility>

#include <libcache/operations.h>

#include "server/persist/file_reader.h"
#include "server/persist/rdb_format.h"
#include "server/persist/rdb_parser.h"

namespace sideline::persist {
namespace {

/// Divides a snapshot into segments, from one entry to another.
class Segments {
 public:
  /// `longest`: of the strings since the last one was added, decoded.
  void add(std::uint64_t begin, std::uint64_t end, int database, std::uint64_t longest) {
    constexpr std::uint64_t kLarge = std::uint64_t{2} << 20;
    // What lies between two entries, and is not loaded, belongs to none if it is much.
    if (all_.empty() || begin - all_.back().begin >= kPieceBytes) {
      all_.push_back({begin, begin, database});
    }
    Segment& last = all_.back();
    last.end = end;
    last.large = last.large || std::max(end - last.begin, longest) >= kLarge;
  }
  [[nodiscard]] std::vector<Segment> take() { return std::move(all_); }

 private:
  std::vector<Segment> all_;
};

void check_end(FileReader& reader, int version, bool checksum) {
  if (version >= rdb::kFirstVersionWithChecksum) {
    const std::uint64_t computed = reader.checksum();
    const std::uint64_t written = reader.little_endian<std::uint64_t>();
    // Whoever writes none writes 0.
    if (checksum && written != 0 && written != computed) reader.fail("its checksum is wrong");
  }
  if (reader.ok() && reader.left() != 0) reader.fail("there is something behind its end");
}

}  // namespace

std::uint64_t largest_value(std::uint64_t max_memory) {
  return max_memory == 0 ? libcache::kMaxBytes : std::min(libcache::kMaxBytes, max_memory / 4 * 3);
}

std::variant<Contents, Failure> inspect(const SnapshotInput& input, const Inspection& inspection,
                                        const LeftOut& left_out) {
  FileReader reader(input.file.get(), input.size);
  RdbParser parser(reader, RdbParser::Values::kCheck, inspection.databases);
  const int version = parser.read_header();
  Contents contents;
  Segments segments;
  std::uint64_t longest = 0;
  using Found = RdbParser::Found;
  for (bool done = false; !done && reader.ok() && !inspection.cancelled;) {
    const std::uint64_t begin = reader.offset();
    const Found found = parser.next();
    longest = std::max<std::uint64_t>(longest, parser.key().size());
    switch (found) {
      case Found::kEntry:
        if (parser.value_size() > inspection.largest_value) {
          left_out(parser.database(), parser.key(), "it is too large");
          break;
        }
        segments.add(begin, reader.offset(), parser.database(),
                     std::max(longest, parser.value_size()));
        longest = 0;
        ++contents.entries[static_cast<std::size_t>(parser.database())];
        break;
      case Found::kOtherValue:
        left_out(parser.database(), parser.key(),
                 "the type '" + std::string(parser.type()) + "' is not supported");
        break;
      case Found::kFunction:
        ++contents.functions;
        break;
      case Found::kEnd:
        check_end(reader, version, inspection.checksum);
        done = true;
        break;
      case Found::kNothing:
      case Found::kFailure:
        break;
    }
  }
  if (!reader.ok()) return *reader.failure();
  contents.segments = segments.take();
  return contents;
}

}  // namespace sideline::persist
