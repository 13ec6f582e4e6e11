#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>

namespace libcache {

template <class Signature>
class FunctionRef;

/// A callable that a function is passed and seldom keeps: a function, or a lambda with any
/// captures, without the allocation that std::function may make of it. Refers to the callable; who
/// does keep it copies it. (C++26 has it as std::function_ref, without copy().)
template <class Result, class... Arguments>
class FunctionRef<Result(Arguments...)> {
 public:
  template <class Callable>
  requires(!std::same_as<std::remove_cvref_t<Callable>, FunctionRef> &&
           std::is_invocable_r_v<Result, Callable&, Arguments...>)
      FunctionRef(
          Callable&& callable)  // NOLINT(google-explicit-constructor): stands for the callable
      : callable_(const_cast<void*>(reinterpret_cast<const void*>(std::addressof(callable)))),
        call_([](void* to, Arguments... arguments) -> Result {
          return std::invoke(*reinterpret_cast<std::remove_reference_t<Callable>*>(to),
                             static_cast<Arguments&&>(arguments)...);
        }),
        copy_([](void* from) -> std::function<Result(Arguments...)> {
          if constexpr (std::copy_constructible<std::decay_t<Callable>>) {
            return *reinterpret_cast<std::remove_reference_t<Callable>*>(from);
          } else {
            return nullptr;
          }
        }) {}

  Result operator()(Arguments... arguments) const {
    return call_(callable_, static_cast<Arguments&&>(arguments)...);
  }

  /// A copy of the callable; empty if it cannot be copied.
  [[nodiscard]] std::function<Result(Arguments...)> copy() const { return copy_(callable_); }

 private:
  void* callable_;
  Result (*call_)(void*, Arguments...);
  std::function<Result(Arguments...)> (*copy_)(void*);
};

}  // namespace libcache
