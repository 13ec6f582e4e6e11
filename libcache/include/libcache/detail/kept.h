#pragma once

#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <libcache/key.h>

namespace libcache::detail {

/// What a loader refers to. The call that makes it only refers to it too; who keeps the loader
/// copies this, and has a copy of the object with it.
template <class T>
class Kept {
 public:
  explicit Kept(const T& original) : object_(&original) {}
  Kept(const Kept& other) requires std::copy_constructible<T> : copy_(*other.object_),
                                                                object_(&*copy_) {}
  Kept& operator=(const Kept&) = delete;

  [[nodiscard]] const T& operator*() const { return *object_; }

 private:
  std::optional<T> copy_;
  const T* object_;
};

template <>
class Kept<Key> {
 public:
  explicit Kept(Key original) : key_(original) {}
  Kept(const Kept& other) : bytes_(other.key_.bytes()), key_(bytes_, other.key_.database()) {}
  Kept& operator=(const Kept&) = delete;

  [[nodiscard]] Key operator*() const { return key_; }

 private:
  std::string bytes_;
  Key key_;
};

template <std::copy_constructible T>
class Kept<std::span<const T>> {
 public:
  explicit Kept(std::span<const T> original) : span_(original) {}
  Kept(const Kept& other) : copy_(other.span_.begin(), other.span_.end()), span_(copy_) {}
  Kept& operator=(const Kept&) = delete;

  [[nodiscard]] std::span<const T> operator*() const { return span_; }

 private:
  std::vector<T> copy_;
  std::span<const T> span_;
};

}  // namespace libcache::detail
