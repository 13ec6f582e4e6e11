#include "tag_epochs.h"

#include <algorithm>
#include <array>
#include <bit>
#include <stdexcept>

#include "hash.h"

namespace libcache {
namespace {

std::uint32_t id_of(std::string_view tag) {
  return static_cast<std::uint32_t>(hash_key(tag, /*seed=*/0).bits);
}

std::array<std::size_t, 2> cells_of(std::uint32_t id, std::size_t mask) {
  return {id & mask, id >> 16U & mask};
}

}  // namespace

Tags::Tags(std::initializer_list<std::string_view> names) : Tags(std::span(names)) {}

Tags::Tags(std::span<const std::string_view> names) {
  if (names.size() > kMost) throw std::length_error("an entry has at most 8 tags");
  for (const std::string_view name : names) ids_[count_++] = id_of(name);
}

std::size_t TagEpochs::bytes() const {
  return cells_.load(std::memory_order_acquire) == nullptr ? 0 : (mask_ + 1) * sizeof(Cell);
}

void TagEpochs::make_cells() {
  constexpr std::size_t kMostCells = std::size_t{1} << 16;
  constexpr std::size_t kShare = 512;
  const std::size_t limit = budget_.limit();
  const std::size_t wanted =
      limit == 0 ? kMostCells : std::min(kMostCells, limit / kShare / sizeof(Cell));
  const std::size_t count = std::bit_floor(wanted);
  memory_ = std::make_unique<Cell[]>(count);
  budget_.charge(count * sizeof(Cell));
  mask_ = count - 1;
  cells_.store(memory_.get(), std::memory_order_release);
}

void TagEpochs::invalidate(std::string_view tag) {
  const MutexLock lock(mutex_);
  if (memory_ == nullptr) make_cells();
  const Epoch epoch = now_.load(std::memory_order_relaxed) + 1;
  for (const std::size_t cell : cells_of(id_of(tag), mask_)) {
    memory_[cell].store(epoch, std::memory_order_release);
  }
  now_.store(epoch, std::memory_order_release);
}

bool TagEpochs::any_ended(const Tagging& tagging) const {
  const Cell* const cells = cells_.load(std::memory_order_acquire);
  if (cells == nullptr) return false;
  const auto& ids = tagging.tags.ids_;
  return std::any_of(ids.begin(), ids.begin() + tagging.tags.count_, [&](std::uint32_t id) {
    const auto [first, second] = cells_of(id, mask_);
    return cells[first].load(std::memory_order_acquire) > tagging.born &&
           cells[second].load(std::memory_order_acquire) > tagging.born;
  });
}

}  // namespace libcache
