#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <libcache/value.h>

namespace libcache {
namespace {

const std::vector<std::size_t> kSizes = {
    0, 1, Value::kInlineBytes - 1, Value::kInlineBytes, Value::kInlineBytes + 1, 10'000};

std::string bytes_of(std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(i);
  return bytes;
}

TEST(Value, IsACopyOfWhatItWasMadeOf) {
  for (const std::size_t size : kSizes) {
    std::string source = bytes_of(size);
    const Value value(source);
    source.assign(size, '!');
    EXPECT_EQ(value.bytes(), bytes_of(size));
    EXPECT_FALSE(value.pinned());
    EXPECT_EQ(value.pin(), nullptr);
  }
}

TEST(Value, OneThatIsPinnedHasTheBytesWhereTheyLie) {
  for (const std::size_t size : kSizes) {
    const auto source = std::make_shared<const std::string>(bytes_of(size));
    const Value value(*source, source);
    EXPECT_EQ(value.bytes().data(), source->data());
    EXPECT_EQ(value.bytes().size(), size);
    EXPECT_TRUE(value.pinned());
    EXPECT_EQ(value.pin(), source);
  }
}

TEST(Value, ACopyOutlivesTheOriginal) {
  for (const std::size_t size : kSizes) {
    auto original = std::make_unique<Value>(bytes_of(size));
    const Value copy = *original;  // NOLINT(performance-unnecessary-copy-initialization)
    original.reset();
    EXPECT_EQ(copy.bytes(), bytes_of(size));
  }
}

TEST(Value, CopiesShareWhatIsNotSmall) {
  const Value original(bytes_of(Value::kInlineBytes + 1));
  const Value copy = original;  // NOLINT(performance-unnecessary-copy-initialization)
  EXPECT_EQ(copy.bytes().data(), original.bytes().data());
}

TEST(Value, AMoveLeavesAnEmptyOne) {
  for (const std::size_t size : kSizes) {
    const auto source = std::make_shared<const std::string>(bytes_of(size));
    for (Value from : {Value(*source), Value(*source, source)}) {
      const bool pinned = from.pinned();
      Value to = std::move(from);
      EXPECT_EQ(to.bytes(), *source);
      EXPECT_EQ(to.pinned(), pinned);
      EXPECT_TRUE(from.bytes().empty());  // NOLINT(bugprone-use-after-move)
      EXPECT_FALSE(from.pinned());
      EXPECT_EQ(from.pin(), nullptr);
    }
  }
}

TEST(Value, AMoveToItselfChangesNothing) {
  for (const std::size_t size : kSizes) {
    Value value(bytes_of(size));
    Value& same = value;
    value = std::move(same);
    EXPECT_EQ(value.bytes(), bytes_of(size));
  }
}

TEST(Value, OneOfAnyKindIsReplacedByOneOfAnyOther) {
  const auto source = std::make_shared<const std::string>(bytes_of(500));
  const std::vector<Value> kinds = {Value(), Value("small"), Value(bytes_of(1000)),
                                    Value(*source, source)};
  const auto expect_same = [](const Value& value, const Value& other) {
    EXPECT_EQ(value.bytes(), other.bytes());
    EXPECT_EQ(value.pin(), other.pin());
  };
  for (const Value& before : kinds) {
    for (const Value& after : kinds) {
      Value assigned = before;
      assigned.assign(after.bytes(), after.pin());
      expect_same(assigned, after);
      Value copied = before;
      copied = after;
      expect_same(copied, after);
      Value moved = before;
      moved = Value(after);
      expect_same(moved, after);
    }
  }
}

}  // namespace
}  // namespace libcache
