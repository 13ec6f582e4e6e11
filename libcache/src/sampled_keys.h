#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <libcache/operations.h>

#include "hash.h"
#include "stack_distances.h"

namespace libcache {

/// The keys that an estimate follows: what it remembers of each, found by hash and database. A key
/// has a SampleId from 0 up, at random among those that are free, as an index into tables of
/// others.
///
/// Two keys with the same 64 bits would be taken for one: among 8192, once in 10^11.
///
/// The table of ids is one of open addressing with linear probing, twice as large as there are keys
/// at most; what is removed leaves no mark, as those behind it move up (Knuth, TAOCP 3, 6.4 R).
class SampledKeys {
 public:
  struct Key {
    std::uint64_t hash = 0;
    std::int64_t deadline_ms = kNoDeadline;
    std::uint8_t database = 0;
    std::uint8_t holders = 0;  ///< how many simulations have it
    bool missed = false;       ///< the last read did: the next store is what that brought
    bool used = false;         ///< the id stands for a key
  };

  SampledKeys(std::size_t most, std::uint64_t seed);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool full() const { return size_ == keys_.size(); }
  [[nodiscard]] std::size_t most() const { return keys_.size(); }

  /// kNoSample if it is not there.
  [[nodiscard]] SampleId find(KeyHash hash, int database) const;
  /// Precondition: it is not there, and there is room.
  SampleId add(KeyHash hash, int database);
  void remove(SampleId id);
  /// Gives a key another database, in which there is none with its hash.
  void move(SampleId id, int database);

  [[nodiscard]] bool is_used(SampleId id) const { return keys_[id].used; }
  [[nodiscard]] Key& operator[](SampleId id) { return keys_[id]; }
  [[nodiscard]] const Key& operator[](SampleId id) const { return keys_[id]; }

  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] std::string check_invariants() const;

 private:
  [[nodiscard]] std::size_t home(std::uint64_t hash, int database) const;
  void insert(SampleId id);
  void erase(SampleId id);

  std::vector<Key> keys_;
  std::vector<SampleId> free_;
  std::vector<SampleId> table_;  // a power of two
  std::size_t size_ = 0;
  std::uint64_t random_;
};

}  // namespace libcache
