#include "server/persist/left_out.h"

namespace sideline::persist {
namespace {

// More lines would tell nobody more, and a file may make millions of them.
constexpr std::uint64_t kNamed = 100;
constexpr std::size_t kShownOfKey = 128;

}  // namespace

void LeftOutLog::add(int database, std::string_view key, std::string_view why) {
  if (++count_ <= kNamed) {
    log_.warning({"Key '", key.substr(0, kShownOfKey), "' of database ", std::to_string(database),
                  " not loaded because ", why});
  }
  const auto found = by_reason_.find(why);
  if (found != by_reason_.end()) {
    ++found->second;
  } else {
    by_reason_.emplace(why, 1);
  }
}

bool LeftOutLog::summarize(std::uint64_t functions, std::uint64_t out_of_room,
                           std::uint64_t unreadable) {
  for (const auto& [reason, count] : by_reason_) {
    log_.warning({"Keys not loaded because ", reason, ": ", std::to_string(count)});
  }
  if (functions != 0) {
    log_.warning({"Functions and data of modules not loaded: ", std::to_string(functions)});
  }
  if (out_of_room != 0) {
    log_.warning({"Keys not loaded because there is no room, and the policy lets nobody go: ",
                  std::to_string(out_of_room)});
  }
  if (unreadable != 0) {
    log_.warning({"Bytes of the snapshot that could not be read: ", std::to_string(unreadable)});
  }
  return count_ + functions + out_of_room + unreadable != 0;
}

}  // namespace sideline::persist
