#include "sidecar/reply.h"

#include <cstdlib>
#include <new>
#include <stdexcept>

namespace prediction::sidecar {

std::optional<std::string> Reply::value() const {
  if (reply_->type != REDIS_REPLY_STRING) return std::nullopt;
  return std::string(text());
}

void append(std::string& out, const Command& command) {
  std::vector<const char*> words;
  std::vector<std::size_t> sizes;
  for (const std::string& word : command) {
    words.push_back(word.data());
    sizes.push_back(word.size());
  }
  char* bytes = nullptr;
  const int size =
      redisFormatCommandArgv(&bytes, static_cast<int>(words.size()), words.data(), sizes.data());
  if (size < 0) throw std::bad_alloc();
  const std::unique_ptr<char, void (*)(char*)> owned(bytes,
                                                     [](char* made) { redisFreeCommand(made); });
  out.append(bytes, static_cast<std::size_t>(size));
}

void ReplyReader::feed(std::string_view bytes) {
  if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK) {
    throw std::runtime_error(reader_->errstr);
  }
}

std::optional<Reply> ReplyReader::next() {
  void* reply = nullptr;
  if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK) {
    throw std::runtime_error(reader_->errstr);
  }
  if (reply == nullptr) return std::nullopt;
  return Reply(static_cast<redisReply*>(reply));
}

}  // namespace prediction::sidecar
