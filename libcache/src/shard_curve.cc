// What a shard tells the estimator of the miss-ratio curve: of the keys that take part, all but the
// hits that make no difference.

#include "shard.h"

namespace libcache {

void Shard::sample_read(Key key, KeyHash hash, Slot found) {
  if (!found) {
    told_hits_.told_of_other(hash, key.database());
  } else if (!told_hits_.should_tell(hash, key.database())) {
    return;
  }
  CurveEstimator& curve = *environment_.curve;
  std::optional<CurveEstimator::Entry> entry;
  if (found) {
    const Item at = item(found.ref());
    entry = {at.key_size() + at.value_size(), at.deadline_or_none()};
  }
  curve.read(hash, key.database(), entry);
  sampled_below_ = curve.threshold();
}

void Shard::sample_write(Key key, KeyHash hash, const Write& write) {
  if (write.negative) return;  // for a reader nothing is there
  told_hits_.told_of_other(hash, key.database());
  CurveEstimator& curve = *environment_.curve;
  curve.stored(hash, key.database(), {key.bytes().size() + write.value_size, write.deadline_ms});
  sampled_below_ = curve.threshold();
}

void Shard::sample_erasure(int database, KeyHash hash) {
  told_hits_.told_of_other(hash, database);
  CurveEstimator& curve = *environment_.curve;
  curve.erased(hash, database);
  sampled_below_ = curve.threshold();
}

}  // namespace libcache
