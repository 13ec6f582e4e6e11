#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <libcache/cache.h>

#include "server/config/settings.h"
#include "server/persist/check.h"
#include "server/persist/crc64.h"
#include "server/persist/load.h"
#include "server/persist/save.h"
#include "tests/support/temporary_folder.h"

namespace sideline::persist {
namespace {

using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::Lt;

using std::string_literals::operator""s;
using libcache::kNoDeadline;

class SaveLoadTest : public testing::Test {
 protected:
  libcache::Options options(std::size_t max_memory = std::size_t{64} << 20) {
    return {
        .max_memory = max_memory, .maintenance = libcache::Maintenance::kManual, .clock = &clock_};
  }

  void save(libcache::Cache& cache, bool compress = true) {
    SaveProgress progress;
    const auto failure = persist::save(cache,
                                       {.folder = folder_.path(""),
                                        .name = "dump.rdb",
                                        .format = {.compress = compress, .checksum = true},
                                        .in_background = false},
                                       progress);
    EXPECT_EQ(failure, std::nullopt);
  }
  LoadResult load(libcache::Cache& cache, int databases = 16, bool checksum = true,
                  unsigned threads = 1) {
    return persist::load(
        cache,
        {.path = folder_.path("dump.rdb"),
         .databases = databases,
         .checksum = checksum,
         .threads = threads},
        [this](int database, std::string_view key, std::string_view why) {
          left_out_.push_back(std::to_string(database) + "/" + std::string(key) + ": " +
                              std::string(why));
        },
        progress_);
  }
  /// Why what is in the file is refused; and nothing of it may be loaded.
  std::string refusal(int databases = 16) {
    libcache::Cache cache(options());
    const LoadResult result = load(cache, databases);
    EXPECT_EQ(cache.size(), 0);
    return result.failure ? result.failure->reason : "";
  }

  static std::string text(libcache::Cache& cache, libcache::Key key) {
    const auto value = cache.get(key);
    return value ? std::string(value->bytes()) : "(none)";
  }
  /// A snapshot with these bytes between its header and its checksum.
  void write_snapshot(const std::string& content) {
    std::string bytes = "REDIS0010" + content + "\xFF";
    const std::uint64_t crc = crc64(0, bytes);
    bytes.append(reinterpret_cast<const char*>(&crc), sizeof crc);
    folder_.write("dump.rdb", bytes);
  }

  libcache::ManualClock clock_;
  test::TemporaryFolder folder_;
  LoadProgress progress_;
  std::vector<std::string> left_out_;
};

TEST_F(SaveLoadTest, WhatIsSavedIsLoaded) {
  libcache::Cache saved(options());
  const std::string large(3 << 20, 'x');
  const std::string all_bytes = "\0\r\n\xFF\x80"s;
  for (int i = 0; i < 20'000; ++i) saved.set("key" + std::to_string(i), std::to_string(i));
  saved.set({"large", 5}, large);
  saved.set({all_bytes, 15}, all_bytes);
  const std::string large_key(100'000, 'k');
  saved.set(large_key, "small");
  saved.set(large_key + "!", "");
  saved.set("", "");
  saved.set("timed", std::string(100, 'y'), {.deadline_ms = clock_.now_ms() + 1});
  for (const bool compress : {false, true}) {
    save(saved, compress);
    libcache::Cache loaded(options());
    EXPECT_EQ(load(loaded).failure, std::nullopt);
    EXPECT_EQ(loaded.size(), saved.size());
    for (int i = 0; i < 20'000; ++i) {
      EXPECT_EQ(text(loaded, "key" + std::to_string(i)), std::to_string(i));
    }
    EXPECT_EQ(text(loaded, {"large", 5}), large);
    EXPECT_EQ(text(loaded, {all_bytes, 15}), all_bytes);
    EXPECT_EQ(text(loaded, large_key), "small");
    EXPECT_EQ(text(loaded, large_key + "!"), "");
    EXPECT_EQ(text(loaded, ""), "");
    EXPECT_EQ(text(loaded, "timed"), std::string(100, 'y'));
    EXPECT_EQ(loaded.deadline("timed"), clock_.now_ms() + 1);
    EXPECT_EQ(loaded.deadline(""), kNoDeadline);
    EXPECT_EQ(loaded.check_invariants(), "");
  }
}

TEST_F(SaveLoadTest, CompressedEntriesOfAnySizeAreLoaded) {
  // Decoded they fill the room of a batch, 64 KiB, with and without a byte to spare.
  libcache::Cache saved(options());
  std::vector<std::pair<std::string, std::string>> entries;
  for (const std::size_t key_size : {20U, 21U, 40'000U}) {
    for (const std::size_t size :
         {20U, 1000U, 25'536U, 32'768U, 65'515U, 65'516U, 65'517U, 70'000U}) {
      for (const char byte : {'a', 'b', 'c'}) {
        entries.emplace_back(std::to_string(size) + std::string(key_size, byte),
                             std::string(size, byte));
        saved.set(entries.back().first, entries.back().second);
      }
    }
  }
  save(saved);
  libcache::Cache loaded(options());
  EXPECT_EQ(load(loaded).failure, std::nullopt);
  EXPECT_EQ(loaded.size(), entries.size());
  for (const auto& [key, value] : entries) EXPECT_EQ(text(loaded, key), value);
}

TEST_F(SaveLoadTest, ACheckTellsWhatWouldBeLoaded) {
  libcache::Cache cache(options());
  for (int i = 0; i < 1000; ++i) cache.set({"key" + std::to_string(i), i % 16}, "value");
  cache.set("large", std::string(1 << 20, 'x'));
  save(cache);
  const std::string path = folder_.path("dump.rdb");
  config::Settings settings;
  const CheckResult all = check(path, settings);
  EXPECT_EQ(all.failure, std::nullopt);
  EXPECT_EQ(all.keys, 1001);
  EXPECT_EQ(all.left_out, 0);
  settings.maxmemory = std::size_t{1} << 20;
  EXPECT_EQ(check(path, settings).keys, 1000);
  EXPECT_EQ(check(path, settings).left_out, 1);
  settings.databases = 4;
  EXPECT_THAT(check(path, settings).failure->reason, HasSubstr("database"));
}

TEST_F(SaveLoadTest, ACheckTellsWhereASnapshotIsWrong) {
  const CheckResult none = check(folder_.path("dump.rdb"), {});
  EXPECT_EQ(none.failure->reason, "No such file or directory");
  folder_.write("dump.rdb", "REDIS0010\x16");
  const CheckResult wrong = check(folder_.path("dump.rdb"), {});
  EXPECT_EQ(wrong.failure->offset, 10);
  EXPECT_EQ(wrong.failure->reason, "unknown type or operation 22");
  EXPECT_EQ(wrong.keys, 0);
}

TEST_F(SaveLoadTest, AnEmptyCacheIsASnapshotToo) {
  libcache::Cache cache(options());
  save(cache);
  EXPECT_EQ(load(cache).failure, std::nullopt);
}

TEST_F(SaveLoadTest, AFileThatIsNotThereIsAFailure) {
  EXPECT_EQ(refusal(), "No such file or directory");
}

TEST_F(SaveLoadTest, WhatIsNoFileIsAFailure) {
  std::filesystem::create_directory(folder_.path("dump.rdb"));
  EXPECT_NE(refusal(), "");
}

TEST_F(SaveLoadTest, ASnapshotThatEndsTooEarlyLoadsNothingWhereverThatIs) {
  libcache::Cache saved(options());
  for (int i = 0; i < 20; ++i) saved.set("key" + std::to_string(i), std::string(30, 'x'));
  save(saved);
  const std::string whole = folder_.read("dump.rdb");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    folder_.write("dump.rdb", whole.substr(0, size));
    EXPECT_NE(refusal(), "") << size;
  }
}

TEST_F(SaveLoadTest, ASnapshotWithAWrongByteLoadsNothingWhereverThatIs) {
  libcache::Cache saved(options());
  for (int i = 0; i < 20; ++i) saved.set("key" + std::to_string(i), std::string(30, 'x'));
  save(saved);
  const std::string whole = folder_.read("dump.rdb");
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string wrong = whole;
    wrong[at] = static_cast<char>(wrong[at] ^ 0x10);
    folder_.write("dump.rdb", wrong);
    EXPECT_NE(refusal(), "") << at;
  }
}

TEST_F(SaveLoadTest, AChecksumIsNotComparedIfNobodyWantsThat) {
  folder_.write("dump.rdb", "REDIS0010\0\1k\1v\xFF"s + "checksum");
  EXPECT_THAT(refusal(), HasSubstr("checksum"));
  libcache::Cache cache(options());
  EXPECT_EQ(load(cache, 16, /*checksum=*/false).failure, std::nullopt);
  EXPECT_EQ(text(cache, "k"), "v");
}

TEST_F(SaveLoadTest, VersionsBeforeChecksumsHaveNone) {
  folder_.write("dump.rdb", "REDIS0004\0\1k\1v\xFF"s);
  libcache::Cache cache(options());
  EXPECT_EQ(load(cache).failure, std::nullopt);
  EXPECT_EQ(text(cache, "k"), "v");
}

TEST_F(SaveLoadTest, NothingMayBeBehindTheEnd) {
  libcache::Cache cache(options());
  save(cache);
  folder_.write("dump.rdb", folder_.read("dump.rdb") + "x");
  EXPECT_THAT(refusal(), HasSubstr("behind its end"));
}

TEST_F(SaveLoadTest, ADatabaseThatThereIsNotIsAFailure) {
  write_snapshot("\xFE\4\0\1k\1v"s);
  EXPECT_THAT(refusal(4), HasSubstr("database 4"));
  EXPECT_EQ(left_out_.size(), 0);
}

TEST_F(SaveLoadTest, ValuesOfOtherTypesAreNamed) {
  write_snapshot("\0\1a\1v\1\1l\1\1x\xFE\2\4\1h\1\1f\1v\0\1b\1v"s);
  libcache::Cache cache(options());
  EXPECT_EQ(load(cache).failure, std::nullopt);
  EXPECT_EQ(text(cache, "a"), "v");
  EXPECT_EQ(text(cache, {"b", 2}), "v");
  EXPECT_EQ(cache.size(), 2);
  EXPECT_THAT(left_out_, ElementsAre("0/l: the type 'list' is not supported",
                                     "2/h: the type 'hash' is not supported"));
}

TEST_F(SaveLoadTest, StringsBetweenOtherThingsAreLoaded) {
  constexpr int kCount = 2000;
  std::string content;
  for (int i = 0; i < kCount; ++i) {
    const std::string name = std::to_string(10'000 + i);
    content += "\xFE"s + static_cast<char>(i % 3);  // SELECT
    content += "\1\5"s + name + "\1\1x";            // a list of one element
    content += "\0\5"s + name + "\5" + name;
  }
  write_snapshot(content);
  libcache::Cache cache(options());
  EXPECT_EQ(load(cache).failure, std::nullopt);
  EXPECT_EQ(cache.size(), kCount);
  for (int i = 0; i < kCount; ++i) {
    const std::string name = std::to_string(10'000 + i);
    ASSERT_EQ(text(cache, {name, i % 3}), name);
  }
}

/// How many threads load, what is compressed or not, into so many shards.
class SeveralThreadsTest : public SaveLoadTest,
                           public testing::WithParamInterface<std::tuple<unsigned, bool, int>> {};

TEST_P(SeveralThreadsTest, EachEntryIsDealtWithOnce) {
  constexpr int kCount = 30'000;  // some thirteen segments if they are not compressed
  const auto [threads, compressed, shards] = GetParam();
  const auto value = [](int i) { return std::string(100, static_cast<char>('a' + i % 26)); };
  const auto expires = [](int i) { return i % 3 == 0; };
  libcache::Cache saved(options());
  for (int i = 0; i < kCount; ++i) {
    const std::int64_t deadline_ms = expires(i) ? clock_.now_ms() + 1000 : libcache::kNoDeadline;
    saved.set(std::to_string(i), value(i), {.deadline_ms = deadline_ms});
  }
  save(saved, compressed);
  clock_.advance_ms(1000);
  libcache::Options of_loaded = options();
  of_loaded.shards = shards;
  libcache::Cache loaded(of_loaded);
  const LoadResult result = load(loaded, 16, true, threads);
  EXPECT_EQ(result.failure, std::nullopt);
  EXPECT_EQ(progress_.loaded, kCount / 3 * 2);
  EXPECT_EQ(progress_.expired, kCount / 3);
  EXPECT_EQ(progress_.out_of_room, 0);
  EXPECT_EQ(result.unreadable, 0);
  for (int i = 0; i < kCount; ++i) {
    ASSERT_EQ(text(loaded, std::to_string(i)), expires(i) ? "(none)" : value(i));
  }
  EXPECT_EQ(loaded.check_invariants(), "");
}

INSTANTIATE_TEST_SUITE_P(All, SeveralThreadsTest,
                         testing::Combine(testing::Values(1U, 2U, 3U), testing::Bool(),
                                          testing::Values(1, 8)));

/// How many threads load.
class LargeEntriesTest : public SaveLoadTest, public testing::WithParamInterface<unsigned> {
 protected:
  static std::string big_endian(std::size_t number) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xFF);
    return bytes;
  }
  /// So many times that character, compressed: one of them, then 264 and 264 more.
  static std::string compressed(char character, std::size_t count) {
    std::string bytes = "\0"s + character;
    for (std::size_t made = 1; made != count; made += 264) bytes += "\xE0\xFF\0"s;
    return "\xC3\x80" + big_endian(bytes.size()) + "\x80" + big_endian(count) + bytes;
  }
  static std::string plain(const std::string& text) {
    return "\x80" + big_endian(text.size()) + text;
  }
};

TEST_P(LargeEntriesTest, AreLoadedWithThoseAroundThem) {
  constexpr std::size_t kCount = 1 + 264 * 10'000;
  constexpr int kSmall = 1000;
  const std::string large(std::size_t{3} << 20, 'p');
  std::string content;
  const auto add_small = [&content](char name) {
    for (int i = 0; i < kSmall; ++i) {
      content += "\0"s + plain(name + std::to_string(i)) + plain("v");
    }
  };
  add_small('a');
  content += "\0"s + plain("plain") + plain(large);
  add_small('b');
  content += "\0"s + plain("compressed") + compressed('c', kCount);
  content += "\0"s + compressed('k', kCount) + plain("of a compressed key");
  add_small('d');
  write_snapshot(content);
  libcache::Options in_eight_shards = options();
  in_eight_shards.shards = 8;
  libcache::Cache cache(in_eight_shards);
  const LoadResult result = load(cache, 16, true, GetParam());
  EXPECT_EQ(result.failure, std::nullopt);
  EXPECT_EQ(progress_.loaded, 3 * kSmall + 3);
  EXPECT_EQ(progress_.bytes, content.size());
  EXPECT_EQ(text(cache, "plain"), large);
  EXPECT_EQ(text(cache, "compressed"), std::string(kCount, 'c'));
  EXPECT_EQ(text(cache, std::string(kCount, 'k')), "of a compressed key");
  for (const std::string name : {"a", "b", "d"}) {
    for (int i = 0; i < kSmall; ++i) ASSERT_EQ(text(cache, name + std::to_string(i)), "v");
  }
}

INSTANTIATE_TEST_SUITE_P(All, LargeEntriesTest, testing::Values(1U, 2U, 3U));

TEST_F(SaveLoadTest, WhatIsNotLoadedTakesNoMemory) {
  // A string, a list with an element of 3 MiB, and a string: the two are in different segments.
  const std::string element(std::size_t{3} << 20, 'e');
  write_snapshot("\0\1a\1v"s + "\1\1l\1\x80\x00\x30\x00\x00"s + element + "\0\1b\1v"s);
  libcache::Cache cache(options());
  EXPECT_EQ(load(cache).failure, std::nullopt);
  EXPECT_THAT(left_out_, ElementsAre("0/l: the type 'list' is not supported"));
  EXPECT_EQ(cache.size(), 2);
  EXPECT_LT(progress_.bytes, 100);
}

TEST_F(SaveLoadTest, HowManyEntriesASnapshotAnnouncesNeedNotBeTrue) {
  // Length 32 bits: 4 billion; 6 bits: one. Two entries come.
  const std::string entries = "\0\1a\1A\0\1b\1B"s;
  for (const std::string& announced : {"\x80\xFF\xFF\xFF\xFF\0"s, "\1\0"s, "\0\0"s}) {
    write_snapshot("\xFE\3\xFB"s + announced + entries);
    libcache::Cache cache(options());
    const std::size_t empty = cache.memory();
    EXPECT_EQ(load(cache, 16, true, /*threads=*/2).failure, std::nullopt);
    EXPECT_EQ(text(cache, {"b", 3}), "B");
    EXPECT_LT(cache.stats().peak_memory, empty + (std::size_t{1} << 20));
    EXPECT_EQ(cache.check_invariants(), "");
  }
}

TEST_F(SaveLoadTest, WhatWasReservedForARefusedSnapshotIsGivenBack) {
  const std::string filler = std::string(1, '\0') + "\1k" + "\x80\x00\x10\x00\x00"s +
                             std::string(std::size_t{1} << 20, 'x');
  write_snapshot("\xFB\x80\xFF\xFF\xFF\xFF\0"s + filler + "\xF0");
  libcache::Cache cache(options());
  const std::size_t empty = cache.memory();
  EXPECT_NE(load(cache, 16, true, /*threads=*/2).failure, std::nullopt);
  EXPECT_EQ(cache.size(), 0);
  EXPECT_LT(cache.memory(), empty + (std::size_t{1} << 20));
}

TEST_F(SaveLoadTest, WhatSomebodyOverwritesAfterTheInspectionIsCounted) {
  write_snapshot("\0\1a\1v\0\1b\1v\1\1l\1\1x"s);
  libcache::Cache cache(options());
  const LoadResult result = persist::load(
      cache, {.path = folder_.path("dump.rdb"), .databases = 16, .checksum = true},
      [this](int, std::string_view, std::string_view) {  // of the list, the last of all
        std::fstream file(folder_.path("dump.rdb"));
        file.seekp(9 + 5);
        file.put('\x77');  // no type has that number
      },
      progress_);
  EXPECT_EQ(result.failure, std::nullopt);
  EXPECT_EQ(result.unreadable, 4) << "of b's five bytes, those behind the type";
  EXPECT_EQ(text(cache, "a"), "v");
  EXPECT_EQ(cache.size(), 1);
}

TEST_F(SaveLoadTest, ALoadThatIsCancelledIsNoRefusal) {
  libcache::Cache saved(options());
  saved.set("k", "v");
  save(saved);
  progress_.cancelled = true;
  libcache::Cache cache(options());
  EXPECT_EQ(load(cache).failure, std::nullopt);
  EXPECT_EQ(cache.size(), 0);
}

TEST_F(SaveLoadTest, WhatHasExpiredIsNotLoaded) {
  libcache::Cache saved(options());
  saved.set("soon", "v", {.deadline_ms = clock_.now_ms() + 10});
  saved.set("later", "v", {.deadline_ms = clock_.now_ms() + 1000});
  save(saved);
  clock_.advance_ms(10);
  libcache::Cache cache(options());
  EXPECT_EQ(load(cache).failure, std::nullopt);
  EXPECT_EQ(cache.size(), 1);
  EXPECT_EQ(text(cache, "later"), "v");
  EXPECT_EQ(progress_.expired, 1);
  EXPECT_EQ(progress_.loaded, 1);
}

TEST_F(SaveLoadTest, WhatIsThereAlreadyStays) {
  libcache::Cache cache(options());
  cache.set("k", "old");
  save(cache);
  cache.set("k", "new");
  EXPECT_EQ(load(cache).failure, std::nullopt);
  EXPECT_EQ(text(cache, "k"), "new");
}

TEST_F(SaveLoadTest, MoreThanThereIsRoomForIsForThePolicy) {
  libcache::Cache saved(options());
  for (int i = 0; i < 10'000; ++i) saved.set("key" + std::to_string(i), std::string(1000, 'x'));
  save(saved, false);
  libcache::Options small = options(std::size_t{2} << 20);
  libcache::Cache evicting(small);
  EXPECT_EQ(load(evicting).failure, std::nullopt);
  EXPECT_THAT(evicting.size(), Gt(1000));
  EXPECT_THAT(evicting.memory(), Lt(std::size_t{2} << 20));
  EXPECT_EQ(progress_.loaded, 10'000);

  small.policy = libcache::Policy::kNoEviction;
  libcache::Cache keeping(small);
  progress_.loaded = 0;
  EXPECT_EQ(load(keeping).failure, std::nullopt);
  EXPECT_EQ(keeping.size(), progress_.loaded);
  EXPECT_EQ(progress_.loaded + progress_.out_of_room, 10'000);
}

TEST_F(SaveLoadTest, AValueThatCanNeverFitIsNamed) {
  libcache::Cache saved(options());
  saved.set("large", std::string(3 << 20, 'x'));
  saved.set("small", "v");
  save(saved);
  libcache::Cache cache(options(std::size_t{2} << 20));
  EXPECT_EQ(load(cache).failure, std::nullopt);
  EXPECT_EQ(cache.size(), 1);
  EXPECT_THAT(left_out_, ElementsAre("0/large: it is too large"));
}

TEST_F(SaveLoadTest, ASaveThatIsCancelledLeavesNothing) {
  libcache::Cache cache(options());
  cache.set("k", "v");
  SaveProgress progress;
  progress.cancelled = true;
  EXPECT_NE(persist::save(cache,
                          {.folder = folder_.path(""),
                           .name = "dump.rdb",
                           .format = {.compress = true, .checksum = true},
                           .in_background = true},
                          progress),
            std::nullopt);
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path("")));
}

}  // namespace
}  // namespace sideline::persist
