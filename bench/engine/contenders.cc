#include "bench/engine/contenders.h"

#include <cstring>

namespace bench {

// ---------------------------------------------------------------------------------------------
// MutexLru

bool MutexLru::get(std::string_view key, std::string& out) {
  const std::lock_guard lock(mutex_);
  const auto found = table_.find(key);
  if (found == table_.end()) return false;
  entries_.splice(entries_.begin(), entries_, found->second);
  out.assign(found->second->value);
  return true;
}

void MutexLru::set(std::string_view key, std::string_view value) {
  const std::lock_guard lock(mutex_);
  const auto found = table_.find(key);
  if (found != table_.end()) {
    charged_ += value.size();
    charged_ -= found->second->value.size();
    found->second->value.assign(value);
    entries_.splice(entries_.begin(), entries_, found->second);
  } else {
    const auto added = table_.emplace(key, Entries::iterator()).first;
    entries_.push_front({&added->first, std::string(value)});
    added->second = entries_.begin();
    charged_ += charge(key, value);
  }
  while (charged_ > limit_) evict_last();
}

std::size_t MutexLru::size() {
  const std::lock_guard lock(mutex_);
  return table_.size();
}

std::size_t MutexLru::charge(std::string_view key, std::string_view value) {
  constexpr std::size_t kMalloc = 8;
  constexpr std::size_t kListNode = 2 * sizeof(void*) + sizeof(Entry) + kMalloc;
  constexpr std::size_t kTableNode =  // next, the pair, the hash, and a bucket's pointer
      2 * sizeof(void*) + sizeof(std::string) + sizeof(Entries::iterator) + kMalloc + sizeof(void*);
  return kListNode + kTableNode + key.size() + 1 + kMalloc + value.size() + 1 + kMalloc;
}

void MutexLru::evict_last() {
  const Entry& last = entries_.back();
  charged_ -= charge(*last.key, last.value);
  table_.erase(table_.find(*last.key));
  entries_.pop_back();
}

// ---------------------------------------------------------------------------------------------
// RocksdbLru

namespace {

/// One allocation: the size, then the bytes.
struct Blob {
  std::size_t size;
  [[nodiscard]] char* bytes() { return reinterpret_cast<char*>(this + 1); }
};

void* new_blob(std::string_view value) {
  Blob* const blob = new (::operator new(sizeof(Blob) + value.size())) Blob{value.size()};
  std::memcpy(blob->bytes(), value.data(), value.size());
  return blob;
}

void delete_blob(const rocksdb::Slice& /*key*/, void* blob) { ::operator delete(blob); }

rocksdb::Slice to_slice(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

bool RocksdbLru::get(std::string_view key, std::string& out) {
  rocksdb::Cache::Handle* const handle = cache_->Lookup(to_slice(key));
  if (handle == nullptr) return false;
  Blob& blob = *static_cast<Blob*>(cache_->Value(handle));
  out.assign(blob.bytes(), blob.size);
  cache_->Release(handle);
  return true;
}

void RocksdbLru::set(std::string_view key, std::string_view value) {
  const std::size_t charge = sizeof(Blob) + value.size();
  cache_->Insert(to_slice(key), new_blob(value), charge, &delete_blob).PermitUncheckedError();
}

std::size_t RocksdbLru::size() const {
  std::size_t count = 0;  // GetOccupancyCount() of this version returns 0
  cache_->ApplyToAllEntries(
      [&count](const rocksdb::Slice&, void*, std::size_t, rocksdb::Cache::DeleterFn) { ++count; },
      {});
  return count;
}

// ---------------------------------------------------------------------------------------------
// TbbMap

bool TbbMap::get(std::string_view key, std::string& out) {
  Map::const_accessor found;
  if (!map_.find(found, key)) return false;
  out.assign(found->second);
  return true;
}

void TbbMap::set(std::string_view key, std::string_view value) {
  Map::accessor found;
  if (!map_.find(found, key)) map_.insert(found, std::string(key));
  found->second.assign(value);
}

}  // namespace bench
