#include "miniature_cache.h"

#include "random.h"

namespace libcache {

MiniatureCache::MiniatureCache(std::unique_ptr<EvictionPolicy> policy, std::size_t keys,
                               const std::vector<SampleWeight>& weights, std::uint64_t seed)
    : policy_(std::move(policy)), weights_(weights), place_(keys, kNowhere), random_(seed) {
  keys_.reserve(keys);
  marks_.reserve(keys);
}

void MiniatureCache::put(Place place, SampleId key, Mark mark) {
  keys_[place] = key;
  marks_[place] = mark;
  place_[key] = place;
}

/// At a random place, whose entry goes to the end.
void MiniatureCache::store(SampleId key, KeyHash hash) {
  const Mark mark = policy_->stored(hash, keys_.size());
  const auto end = static_cast<Place>(keys_.size());
  const auto place = static_cast<Place>(next_random(random_) % (keys_.size() + 1));
  keys_.push_back(key);
  marks_.push_back(mark);
  if (place != end) put(end, keys_[place], marks_[place]);
  put(place, key, mark);
  ++census_[mark];
  if (window_.entries != 0 && window_.has(mark)) ++window_.entries;
  used_ += weights_[key];
  renumber_if_wanted();
}

void MiniatureCache::use(SampleId key) {
  const Place place = place_[key];
  const Mark mark = policy_->used(marks_[place], keys_.size());
  if (mark == marks_[place]) return;
  set_mark(place, mark);
  renumber_if_wanted();
}

void MiniatureCache::erase(SampleId key) {
  const Place place = place_[key];
  const Mark mark = marks_[place];
  --census_[mark];
  if (window_.entries != 0 && window_.has(mark)) --window_.entries;
  used_ -= weights_[key];
  put(place, keys_.back(), marks_.back());
  keys_.pop_back();
  marks_.pop_back();
  place_[key] = kNowhere;
}

void MiniatureCache::set_mark(Place place, Mark mark) {
  const Mark before = marks_[place];
  --census_[before];
  ++census_[mark];
  if (window_.entries != 0) {
    window_.entries += std::uint64_t{window_.has(mark)} - std::uint64_t{window_.has(before)};
  }
  marks_[place] = mark;
}

SampleId MiniatureCache::next_victim() {
  constexpr std::size_t kWindowShare = 64;
  for (;; ++hand_) {
    if (hand_ >= keys_.size()) hand_ = 0;
    if (window_.entries == 0) window_ = policy_->window(census_, kWindowShare);
    if (!window_.has(marks_[hand_])) continue;
    const auto mark = policy_->spare(marks_[hand_]);
    if (!mark) return keys_[hand_];
    set_mark(hand_, *mark);
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
  for (Mark& mark : marks_) {
    mark = translation[mark];
    ++census_[mark];
  }
  window_ = {};
}

std::size_t MiniatureCache::bytes() const {
  return sizeof(*this) + place_.size() * sizeof(Place) +
         keys_.capacity() * (sizeof(SampleId) + sizeof(Mark));
}

std::string MiniatureCache::check_invariants() const {
  Census counted{};
  std::uint64_t used = 0;
  std::size_t here = 0;
  for (std::size_t place = 0; place != keys_.size(); ++place) {
    if (place_[keys_[place]] != place) return "miniature: a key does not know its place";
    ++counted[marks_[place]];
    used += weights_[keys_[place]];
  }
  for (const Place place : place_) here += place != kNowhere ? 1U : 0U;
  if (here != keys_.size()) return "miniature: a key is here and is not";
  if (counted != census_) return "miniature: the census is not what it holds";
  if (used != used_) return "miniature: bytes are miscounted";
  return {};
}

}  // namespace libcache
