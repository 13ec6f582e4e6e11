#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace bench {

/// Something large that is made when it is first asked for (many benchmarks are filtered out) and
/// then kept, as repetitions come in any order. Thread-safe.
template <class T>
class Lazy {
 public:
  explicit Lazy(std::function<std::unique_ptr<T>()> make) : make_(std::move(make)) {}

  T& get() {
    std::call_once(once_, [this] { value_ = make_(); });
    return *value_;
  }

 private:
  std::function<std::unique_ptr<T>()> make_;
  std::once_flag once_;
  std::unique_ptr<T> value_;
};

}  // namespace bench
