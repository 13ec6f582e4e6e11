#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <hiredis/hiredis.h>

namespace prediction::sidecar {

/// Redis's protocol, by hiredis: what goes over the wire, without a socket.

using Command = std::vector<std::string>;

/// A reply of the server.
class Reply {
 public:
  /// Takes it over.
  explicit Reply(redisReply* reply) : reply_(reply, freeReplyObject) {}

  bool is_error() const { return reply_->type == REDIS_REPLY_ERROR; }
  bool is_ok() const { return reply_->type == REDIS_REPLY_STATUS && text() == "OK"; }
  /// The bytes of a string; nothing if there is none.
  std::optional<std::string> value() const;
  /// What an error or a status says.
  std::string_view text() const { return {reply_->str, static_cast<std::size_t>(reply_->len)}; }

 private:
  std::shared_ptr<redisReply> reply_;
};

/// Appends the command to what is to be sent.
void append(std::string& out, const Command& command);

/// Takes bytes as they come, and hands out replies.
class ReplyReader {
 public:
  ReplyReader() : reader_(redisReaderCreate(), redisReaderFree) {}

  /// Both throw std::runtime_error if it is not the protocol.
  void feed(std::string_view bytes);
  /// Nothing if the next one is not whole yet.
  std::optional<Reply> next();

 private:
  std::unique_ptr<redisReader, void (*)(redisReader*)> reader_;
};

}  // namespace prediction::sidecar
