#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <hiredis/hiredis.h>

namespace sideline::test {

/// A reply as hiredis gives it; null once the connection is gone.
using HiredisReply = std::unique_ptr<redisReply, decltype(&freeReplyObject)>;

/// The bytes of a string reply; nothing for any other reply, and for none.
inline std::optional<std::string_view> text_of(const HiredisReply& reply) {
  if (!reply || reply->str == nullptr) return std::nullopt;
  return std::string_view(reply->str, reply->len);
}

/// A connection of hiredis, the C client of Redis.
class HiredisClient {
 public:
  /// Throws if the connection fails.
  explicit HiredisClient(int port) : context_(redisConnect("127.0.0.1", port), redisFree) {
    if (!context_ || context_->err != 0) throw std::runtime_error("hiredis cannot connect");
  }

  /// Adds a request to the pipeline; it goes out with the next read().
  void append(const std::vector<std::string>& arguments) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const std::string& argument : arguments) {
      texts.push_back(argument.data());
      sizes.push_back(argument.size());
    }
    redisAppendCommandArgv(context_.get(), static_cast<int>(texts.size()), texts.data(),
                           sizes.data());
  }

  /// The next reply. Null if the connection is gone.
  [[nodiscard]] HiredisReply read() {
    void* reply = nullptr;
    if (redisGetReply(context_.get(), &reply) != REDIS_OK) reply = nullptr;
    return {static_cast<redisReply*>(reply), freeReplyObject};
  }

  HiredisReply run(const std::vector<std::string>& arguments) {
    append(arguments);
    return read();
  }

 private:
  std::unique_ptr<redisContext, decltype(&redisFree)> context_;
};

}  // namespace sideline::test
