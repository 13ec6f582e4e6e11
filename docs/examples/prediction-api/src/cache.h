#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <boost/asio/awaitable.hpp>

namespace prediction {

/// How a request was answered.
enum class Source : std::uint8_t {
  kHit,
  kMiss,    ///< loaded, or waited for who loaded it
  kBypass,  ///< loaded without the cache, which is down
};

struct Answer {
  std::string value;
  Source source;
};

/// Keeps what is expensive to load. Used by one thread, that of its executor.
class Cache {
 public:
  /// Runs on a thread for work that takes a while; throws if there is no value.
  using Load = std::function<std::string()>;

  virtual ~Cache() = default;

  /// The value of the key, which is loaded if it is not there: once for all who ask meanwhile.
  /// Throws what the load throws.
  virtual boost::asio::awaitable<Answer> get_or_load(std::string key, Load load) = 0;

  /// Replaces the value. A load that is under way will not overwrite it.
  virtual boost::asio::awaitable<void> put(std::string key, std::string value) = 0;

  virtual bool is_up() const = 0;

  /// Lets all that is under way in the background come to an end.
  virtual void stop() = 0;
};

}  // namespace prediction
