#include "miniature_cache.h"

#include <utility>

namespace libcache {

MiniatureCache::MiniatureCache(std::unique_ptr<EvictionPolicy> policy,
                               const std::vector<SampleWeight>& weights)
    : policy_(std::move(policy)), weights_(weights), marks_(weights.size(), kAbsent) {}

void MiniatureCache::store(SampleId key, KeyHash hash) {
  const Mark mark = policy_->stored(hash, size_);
  marks_[key] = mark;
  ++census_[mark];
  if (window_.entries != 0 && window_.has(mark)) ++window_.entries;
  used_ += weights_[key];
  ++size_;
  renumber_if_wanted();
}

void MiniatureCache::use(SampleId key) {
  const Mark mark = policy_->used(this->mark(key), size_);
  if (mark == marks_[key]) return;
  set_mark(key, mark);
  renumber_if_wanted();
}

void MiniatureCache::erase(SampleId key) {
  --census_[mark(key)];
  if (window_.entries != 0 && window_.has(mark(key))) --window_.entries;
  marks_[key] = kAbsent;
  used_ -= weights_[key];
  --size_;
}

void MiniatureCache::set_mark(SampleId key, Mark mark) {
  const Mark before = this->mark(key);
  --census_[before];
  ++census_[mark];
  if (window_.entries != 0) {
    window_.entries += std::uint64_t{window_.has(mark)} - std::uint64_t{window_.has(before)};
  }
  marks_[key] = mark;
}

SampleId MiniatureCache::next_victim() {
  constexpr std::size_t kWindowShare = 64;
  for (;;) {
    if (window_.entries == 0) window_ = policy_->window(census_, kWindowShare);
    while (marks_[hand_] < window_.first || marks_[hand_] > window_.last) {
      if (++hand_ == marks_.size()) hand_ = 0;
    }
    const auto key = static_cast<SampleId>(hand_);
    const auto spared = policy_->spare(mark(key));
    if (!spared) return key;
    set_mark(key, *spared);
  }
}

void MiniatureCache::tick(std::int64_t now_ms) {
  policy_->tick(now_ms);
  renumber_if_wanted();
}

void MiniatureCache::renumber_if_wanted() {
  if (!policy_->wants_renumbering()) return;
  std::array<Mark, 256> translation{};
  policy_->renumber(census_, translation);
  census_ = {};
  for (std::uint16_t& mark : marks_) {
    if (mark == kAbsent) continue;
    mark = translation[mark];
    ++census_[mark];
  }
  window_ = {};
}

std::size_t MiniatureCache::bytes() const {
  return sizeof(*this) + marks_.size() * sizeof(marks_[0]);
}

std::string MiniatureCache::check_invariants() const {
  Census counted{};
  std::uint64_t used = 0;
  std::size_t here = 0;
  for (std::size_t id = 0; id != marks_.size(); ++id) {
    const auto key = static_cast<SampleId>(id);
    if (!has(key)) continue;
    ++here;
    ++counted[mark(key)];
    used += weights_[key];
  }
  if (here != size_) return "miniature: keys are miscounted";
  if (counted != census_) return "miniature: the census is not what it holds";
  if (used != used_) return "miniature: bytes are miscounted";
  return {};
}

}  // namespace libcache
