#pragma once

#include <atomic>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <libcache/detail/kept.h>
#include <libcache/loading_cache.h>
#include <libcache/typed_loading_cache.h>

namespace libcache {

// Loading for services that are written with Boost.Asio (1.81 or later), also as coroutines. Only
// this header needs Boost. In CMake: find_package(libcache COMPONENTS asio), link libcache::asio.
//
//     libcache::LoadResult result = co_await libcache::async_get_or_compute(
//         predictions, "game:1", [] { return compute(1); }, pool.get_executor(), options,
//         boost::asio::use_awaitable);

/// Runs tasks on an Asio executor: each is posted, and keeps its context busy until it has run.
///
///     libcache::LoadingCache cached(cache, {.refresh_on =
///     libcache::post_to(pool.get_executor())});
inline Executor post_to(boost::asio::any_io_executor executor) {
  return [executor = std::move(executor)](std::function<void()> task) {
    boost::asio::post(executor, std::move(task));
  };
}

namespace detail {

/// A call that waits for its result. Whoever claims the handler first, the result or a
/// cancellation, posts it; whatever comes later finds nothing. Nobody else touches the handler, so
/// the two may come from different threads at the same time.
///
/// A flight may hold it long after a cancellation. That is why its memory does not come from the
/// handler's allocator, and why nothing of the handler or its executor stays here once it is
/// claimed.
template <class Result, class Handler>
class AsyncWait {
 public:
  AsyncWait(Handler handler, const boost::asio::any_io_executor& otherwise)
      : call_(
            {boost::asio::make_work_guard(boost::asio::get_associated_executor(handler, otherwise)),
             std::move(handler)}) {}

  void complete(Result result) {
    if (claimed_.exchange(true)) return;
    Call call = *std::move(call_);
    call_.reset();
    boost::asio::post(call.work.get_executor(),
                      boost::asio::append(std::move(call.handler), std::move(result)));
  }

 private:
  using HandlerExecutor = boost::asio::associated_executor_t<Handler, boost::asio::any_io_executor>;
  // The executor goes last: it keeps the context busy until nothing else refers to that.
  struct Call {
    boost::asio::executor_work_guard<HandlerExecutor> work;
    Handler handler;
  };

  std::atomic<bool> claimed_ = false;
  std::optional<Call> call_;
};

/// What both forms of async_get_or_compute() start, now or later: some tokens keep it, and copies
/// of the key and the loader.
template <class Result, class Source>
class AsyncLoad {
 public:
  AsyncLoad(Source loading, boost::asio::any_io_executor load_on, const LoadOptions& options)
      : loading_(std::move(loading)), load_on_(std::move(load_on)), options_(options) {}

  template <class Handler, class KeptKey, class Loader>
  void operator()(Handler handler, const KeptKey& key, Loader loader) {
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    const auto wait = std::make_shared<AsyncWait<Result, Handler>>(std::move(handler), load_on_);
    if (slot.is_connected()) {
      // Weak, as the slot may lie in what the handler owns, e.g. in a coroutine.
      slot.assign([waiting = std::weak_ptr(wait)](boost::asio::cancellation_type type) {
        if (type == boost::asio::cancellation_type::none) return;
        if (const auto still = waiting.lock()) still->complete(Result{LoadStatus::kStopped});
      });
    }
    loading_.get_or_compute_async(
        *key, std::move(loader), post_to(load_on_),
        [wait](Result result) { wait->complete(std::move(result)); }, options_,
        [](const std::function<void()>& task) { task(); });  // brief: it posts the handler
  }

 private:
  Source loading_;
  boost::asio::any_io_executor load_on_;
  LoadOptions options_;
};

}  // namespace detail

/// LoadingCache::get_or_compute_async() as an asynchronous operation of Asio, for any completion
/// token; its signature is void(LoadResult).
///
/// The loader is posted to `load_on`, if it has to run; it may be move-only. The handler is always
/// posted to its associated executor, or to `load_on` if it has none: it never runs inside of this
/// function, and does not queue up behind loaders. Its executor's context is kept busy until then,
/// and must not be destroyed before. Nothing that is passed in needs to live on, nor the
/// LoadingCache; but the Cache, and what the loader refers to.
///
/// Cancellation, of any type, ends the wait and not the load, as WaitOptions do: the handler gets
/// kStopped, at once, and what is loaded is stored. Asio asks whoever emits a signal to do so on
/// the handler's executor, one thing at a time (a strand, if it has several threads); then this may
/// happen at any moment of the load.
template <class Loader, boost::asio::completion_token_for<void(LoadResult)> CompletionToken>
requires std::is_invocable_r_v<Loaded, Loader&>
auto async_get_or_compute(const LoadingCache& loading, Key key, Loader loader,
                          boost::asio::any_io_executor load_on, const LoadOptions& options,
                          CompletionToken&& token) {
  return boost::asio::async_initiate<CompletionToken, void(LoadResult)>(
      detail::AsyncLoad<LoadResult, LoadingCache>(loading, std::move(load_on), options), token,
      detail::Kept<Key>(key),
      [kept = std::make_shared<Loader>(std::move(loader))]() -> Loaded { return (*kept)(); });
}

/// The same for a typed cache: the loader is called as Outcome(KeyArgument), and the signature is
/// void(Result), with the TypedLoadingCache's types.
template <class KeyType, class ValueType, class Codec, class Loader, class CompletionToken>
requires std::is_invocable_r_v<TypedLoaded<ValueType>, Loader&, KeyArgumentOf<KeyType>> auto
async_get_or_compute(const TypedLoadingCache<KeyType, ValueType, Codec>& loading,
                     KeyArgumentOf<KeyType> key, Loader loader,
                     boost::asio::any_io_executor load_on, const LoadOptions& options,
                     CompletionToken&& token) {
  using Typed = TypedLoadingCache<KeyType, ValueType, Codec>;
  using Result = typename Typed::Result;
  return boost::asio::async_initiate<CompletionToken, void(Result)>(
      detail::AsyncLoad<Result, Typed>(loading, std::move(load_on), options), token,
      detail::Kept<std::remove_cvref_t<KeyArgumentOf<KeyType>>>(key),
      [kept = std::make_shared<Loader>(std::move(loader))](KeyArgumentOf<KeyType> its_key) ->
      typename Typed::Outcome { return (*kept)(its_key); });
}

}  // namespace libcache
