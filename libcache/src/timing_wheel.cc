#include "timing_wheel.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <limits>

namespace libcache {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

// Threads read the clock and then wait for the lock, and clocks are adjusted by milliseconds: such
// steps back are waited out, at the price of that much lag, because turning back refiles entries.
constexpr std::uint64_t kLongestWait = 1000;

// How many entries of one slot nearest() compares; each may cost a cache miss.
constexpr int kCompared = 8;

// a - b where a >= b. Unsigned: from before the epoch to the last time is more than an int64 holds.
std::uint64_t minus(std::int64_t a, std::int64_t b) {
  return static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b);
}

bool is_slot(Ref ref) { return ref >= kFirstReservedRef; }

}  // namespace

void TimingWheel::add(Ref item, std::int64_t deadline_ms) {
  nodes_[item].set_deadline(deadline_ms);
  link(item, slot_for(deadline_ms));
  ++size_;
}

void TimingWheel::remove(Ref item) {
  unlink(nodes_[item]);
  --size_;
}

void TimingWheel::moved([[maybe_unused]] Ref from, Ref to) {
  const WheelNode& node = nodes_[to];
  Ref& link = is_slot(node.prev) ? heads_[node.prev - kFirstReservedRef] : nodes_[node.prev].next;
  assert(link == from);
  link = to;
  if (node.next != kNullRef) nodes_[node.next].prev = to;
}

Ref TimingWheel::next_due(std::int64_t now_ms, std::size_t& budget) {
  if (now_ms < time_) follow_clock_back(now_ms);
  while (now_ms >= idle_until_ && size_ > 0 && budget > 0) {
    const Event event = next_slot();
    idle_until_ = event.time;
    if (now_ms < event.time) break;
    time_ = event.time;
    const Ref item = heads_[event.slot];
    const std::int64_t deadline = nodes_[item].deadline();
    // Not `time_`: what has long been due is not refiled first.
    if (deadline <= now_ms) return item;
    unlink(nodes_[item]);
    link(item, slot_for(deadline));
    --budget;
  }
  if (now_ms < idle_until_ || size_ == 0) time_ = std::max(time_, now_ms);
  return kNullRef;
}

Ref TimingWheel::nearest() const {
  if (heads_[kDueSlot] != kNullRef) return nearest_in(kDueSlot);
  Ref nearest = kNullRef;
  for (unsigned level = 0; level < kLevels; ++level) {
    // A wide slot may begin before a narrow one, and yet hold only what is due long after it.
    const Event event = next_of_level(level);
    if (event.time == kNever) continue;
    if (nearest != kNullRef && nodes_[nearest].deadline() <= event.time) continue;
    const Ref candidate = nearest_in(event.slot);
    if (nearest == kNullRef || nodes_[candidate].deadline() < nodes_[nearest].deadline()) {
      nearest = candidate;
    }
  }
  return nearest;
}

Ref TimingWheel::nearest_in(unsigned slot) const {
  Ref nearest = heads_[slot];
  Ref item = nearest;
  for (int i = 1; i < kCompared; ++i) {
    item = nodes_[item].next;
    if (item == kNullRef) break;
    if (nodes_[item].deadline() < nodes_[nearest].deadline()) nearest = item;
  }
  return nearest;
}

std::int64_t TimingWheel::next_event() const { return next_slot().time; }

// --- Slots --------------------------------------------------------------------------------------

unsigned TimingWheel::slot_for(std::int64_t deadline_ms) const {
  if (deadline_ms <= time_) return kDueSlot;
  for (unsigned level = 0; level < kLevels; ++level) {
    const std::int64_t tick = deadline_ms >> shift(level);
    if (minus(tick, time_ >> shift(level)) < kLevelSlots) return slot_at(level, tick);
  }
  return slot_at(kLevels - 1, (time_ >> shift(kLevels - 1)) + kLevelSlots - 1);
}

void TimingWheel::link(Ref item, unsigned slot) {
  WheelNode& node = nodes_[item];
  Ref& head = heads_[slot];
  node.prev = kFirstReservedRef + slot;
  node.next = head;
  if (head != kNullRef) nodes_[head].prev = item;
  head = item;
  idle_until_ = std::min(idle_until_, begin_of(slot));
  occupied_[slot / 64] |= std::uint64_t{1} << slot % 64;
}

void TimingWheel::unlink(const WheelNode& node) {
  if (node.next != kNullRef) nodes_[node.next].prev = node.prev;
  if (!is_slot(node.prev)) {
    nodes_[node.prev].next = node.next;
    return;
  }
  const unsigned slot = node.prev - kFirstReservedRef;
  heads_[slot] = node.next;
  if (node.next == kNullRef) occupied_[slot / 64] &= ~(std::uint64_t{1} << slot % 64);
}

// When the slot begins next; `time_` if it is current. Where the slot has entries this cannot
// overflow: it is not after their deadlines.
std::int64_t TimingWheel::begin_of(unsigned slot) const {
  if (slot == kDueSlot) return time_;
  const unsigned level = slot / kLevelSlots;
  const std::int64_t tick = time_ >> shift(level);
  const unsigned distance = (slot - slot_at(level, tick)) & (kLevelSlots - 1);
  return distance == 0 ? time_ : (tick + distance) * (std::int64_t{1} << shift(level));
}

TimingWheel::Event TimingWheel::next_of_level(unsigned level) const {
  const unsigned current = slot_at(level, time_ >> shift(level));
  // The current word twice: first what lies from the current slot on, last what has wrapped round.
  for (unsigned i = 0; i <= kLevelWords; ++i) {
    const unsigned word = level * kLevelWords + (current / 64 + i) % kLevelWords;
    std::uint64_t bits = occupied_[word];
    if (i == 0) bits &= ~std::uint64_t{0} << current % 64;
    if (bits == 0) continue;
    const unsigned slot = word * 64 + static_cast<unsigned>(std::countr_zero(bits));
    return {begin_of(slot), slot};
  }
  return {kNever, 0};
}

// Of slots that begin at the same time the finest: its entries are due, others' may have to be
// refiled.
TimingWheel::Event TimingWheel::next_slot() const {
  if (heads_[kDueSlot] != kNullRef) return {time_, kDueSlot};
  Event next = next_of_level(0);
  for (unsigned level = 1; level < kLevels; ++level) {
    const Event event = next_of_level(level);
    if (event.time < next.time) next = event;
  }
  return next;
}

void TimingWheel::follow_clock_back(std::int64_t now_ms) {
  if (minus(time_, now_ms) > kLongestWait) time_ = idle_until_ = now_ms;
}

// --- Checking -----------------------------------------------------------------------------------

std::string TimingWheel::check_invariants() const {
  if (size_ > 0 && next_slot().time < idle_until_) return "wheel: it would sleep too long";
  std::size_t entries = 0;
  for (unsigned slot = 0; slot < kSlots; ++slot) {
    if (const char* error = check_slot(slot, entries)) {
      return "wheel: " + std::string(error) + ", slot " + std::to_string(slot);
    }
  }
  return entries == size_ ? "" : "wheel: the count of entries is wrong";
}

const char* TimingWheel::check_slot(unsigned slot, std::size_t& entries) const {
  const bool occupied = (occupied_[slot / 64] >> slot % 64 & 1) != 0;
  if (occupied != (heads_[slot] != kNullRef)) return "the bit is wrong";
  if (!occupied) return nullptr;
  const std::int64_t begin = begin_of(slot);
  Ref prev = kFirstReservedRef + slot;
  for (Ref item = heads_[slot]; item != kNullRef; item = nodes_[item].next) {
    if (nodes_[item].prev != prev) return "a broken link";
    if (begin > time_ && nodes_[item].deadline() < begin) return "an entry would be late";
    prev = item;
    ++entries;
  }
  return nullptr;
}

}  // namespace libcache
