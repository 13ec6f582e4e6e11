#include <cstring>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <libcache/c.h>

#include "counted_new.h"

namespace libcache {
namespace {

const std::string kValue(64, 'v');

void tell_value(void*, const void*, std::size_t, libcache_loaded* loaded) {
  libcache_loaded_value(loaded, kValue.data(), kValue.size());
}

class CAllocation : public ::testing::Test {
 protected:
  CAllocation() {
    libcache_options options;
    libcache_options_init(&options, sizeof options);
    options.max_memory = 8 << 20;
    EXPECT_EQ(libcache_open(&options, &cache_, nullptr), LIBCACHE_OK);
  }
  ~CAllocation() override { libcache_close(cache_); }

  libcache_status set() {
    return libcache_set(cache_, "k", 1, kValue.data(), kValue.size(), LIBCACHE_TTL_DEFAULT);
  }
  /// What get says; frees the value.
  libcache_status get() {
    libcache_value value;
    const libcache_status status = libcache_get(cache_, "k", 1, &value);
    libcache_value_free(&value);
    return status;
  }
  libcache_status compute() {
    libcache_value value;
    const libcache_status status =
        libcache_get_or_compute(cache_, "k", 1, tell_value, nullptr, nullptr, &value);
    libcache_value_free(&value);
    return status;
  }

  libcache_cache* cache_ = nullptr;
};

TEST_F(CAllocation, AHitTakesOne) {
  ASSERT_EQ(set(), LIBCACHE_OK);
  EXPECT_EQ(allocations_of([&] { EXPECT_EQ(get(), LIBCACHE_OK); }), 1);
}

TEST_F(CAllocation, AHitIntoABufferTakesNone) {
  ASSERT_EQ(set(), LIBCACHE_OK);
  char buffer[64];
  std::size_t size = 0;
  EXPECT_EQ(allocations_of([&] {
              EXPECT_EQ(libcache_get_into(cache_, "k", 1, buffer, sizeof buffer, &size),
                        LIBCACHE_OK);
            }),
            0);
  EXPECT_EQ(std::string_view(buffer, size), kValue);
}

TEST_F(CAllocation, OneThatFailsIsAStatus) {
  ASSERT_EQ(set(), LIBCACHE_OK);
  fail_allocation(1);
  const libcache_status got = get();
  fail_allocation(0);
  EXPECT_EQ(got, LIBCACHE_OUT_OF_MEMORY);
}

TEST_F(CAllocation, OneThatFailsInALoadIsAStatusAndLeavesNoFlight) {
  bool has_failed = true;
  for (int failing = 1; has_failed; ++failing) {
    libcache_delete(cache_, "k", 1);
    libcache_status status = LIBCACHE_OK;
    fail_allocation(failing);
    has_failed = allocations_of([&] { status = compute(); }) >= failing;
    fail_allocation(0);
    if (has_failed) {
      EXPECT_TRUE(status == LIBCACHE_OUT_OF_MEMORY || status == LIBCACHE_FAILED) << status;
    }
    ASSERT_EQ(compute(), LIBCACHE_OK) << "allocation " << failing << " failed";
  }
}

}  // namespace
}  // namespace libcache
