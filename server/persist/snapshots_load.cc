// What Snapshots does when it loads.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <new>
#include <system_error>
#include <thread>

#include "server/persist/left_out.h"
#include "server/persist/obstacle.h"
#include "server/persist/snapshots.h"

namespace sideline::persist {
namespace {

/// While nobody is served. More than a few only wait for memory and for one another.
unsigned loading_threads() { return std::clamp(std::thread::hardware_concurrency(), 1U, 4U); }

}  // namespace

void Snapshots::begin_load() {
  const config::Settings settings = environment_.config.settings();
  std::error_code ignored;  // of what cannot be looked at, loading tells more
  const auto status = std::filesystem::status(path_of(settings), ignored);
  if (status.type() == std::filesystem::file_type::not_found) return;
  environment_.obstacles.fetch_or(settings.load_before_serving ? kLoadingFirst : kLoadingBeside);
  static_cast<void>(begin(Work::kLoad));
}

Snapshots::Outcome Snapshots::reload() {
  if (const Outcome saved = save(); saved != Outcome::kDone) return saved;
  environment_.cache.clear();
  return read() ? Outcome::kDone : Outcome::kFailed;
}

/// False if not all of it was read.
bool Snapshots::read() {
  is_to_be_kept_ = true;
  for (auto* const counter : {&loading_.all_bytes, &loading_.bytes, &loading_.loaded,
                              &loading_.expired, &loading_.out_of_room}) {
    *counter = 0;
  }
  try {
    const config::Settings settings = environment_.config.settings();
    return load_file(settings, path_of(settings));
  } catch (const std::bad_alloc&) {
    environment_.log.warning(
        {"Snapshot not loaded, or in part: not enough memory. The next save keeps it"});
    return false;
  }
}

/// False if it is refused, or not all of it was read.
bool Snapshots::load_file(const config::Settings& settings, const std::string& path) {
  const auto begun = std::chrono::steady_clock::now();
  LeftOutLog left_out(environment_.log);
  const LoadResult result = persist::load(
      environment_.cache,
      {.path = path,
       .databases = settings.databases,
       .checksum = settings.rdbchecksum,
       .threads = (environment_.obstacles & kLoadingFirst) != 0 ? loading_threads() : 1},
      [&](int database, std::string_view key, std::string_view why) {
        left_out.add(database, key, why);
      },
      loading_);
  if (result.failure) {
    refuse(path, *result.failure);
    return false;
  }
  const bool lacks_something =
      left_out.summarize(result.functions, loading_.out_of_room, result.unreadable);
  if (loading_.cancelled) return false;
  if (lacks_something) keep_a_link(path);
  is_to_be_kept_ = false;
  environment_.log.notice({"Snapshot loaded from '", path, "': ", std::to_string(loading_.loaded),
                           " keys in ", elapsed_since(begun), "; ",
                           std::to_string(loading_.expired), " had expired"});
  return true;
}

/// The next save, which takes its place, will not have what was left out.
void Snapshots::keep_a_link(const std::string& path) {
  const std::string kept = path + ".before";
  std::error_code failure;
  std::filesystem::remove(kept, failure);
  std::filesystem::create_hard_link(path, kept, failure);
  is_to_be_kept_ = false;
  environment_.log.warning({"What was not loaded will not be in the next snapshot; ",
                            failure ? "and '" + kept + "' cannot be made: " + failure.message()
                                    : "the present one stays as '" + kept + "'"});
}

/// It is moved out of the way of the next save, so that nothing is lost that somebody can repair.
void Snapshots::refuse(const std::string& path, const Failure& failure) {
  const std::string aside = path + ".refused";
  const bool moved = std::rename(path.c_str(), aside.c_str()) == 0;
  is_to_be_kept_ = false;
  environment_.log.warning({"Snapshot '", path, "' refused at byte ",
                            std::to_string(failure.offset), ": ", failure.reason,
                            ". Nothing of it was loaded; ",
                            moved ? "it is now '" + aside + "'" : "the next save replaces it"});
}

}  // namespace sideline::persist
