#include "server/log/log.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <new>

namespace sideline::log {
namespace {

constexpr std::array<std::string_view, 5> kNames = {"debug", "verbose", "notice", "warning",
                                                    "nothing"};

void append_time(std::string& line, std::chrono::system_clock::time_point now) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  const time_t seconds = static_cast<time_t>(ms.count() / 1000);
  struct tm utc {};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  line.append(text.data(), size);
  std::snprintf(text.data(), text.size(), ".%03dZ", static_cast<int>(ms.count() % 1000));
  line.append(text.data());
}

void append_escaped(std::string& line, std::string_view piece) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (const char c : piece) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\') {
      line.append("\\\\");
    } else if (c >= ' ' && c <= '~') {
      line.push_back(c);
    } else {
      line.append({'\\', 'x', kHex[byte >> 4], kHex[byte & 15]});
    }
  }
}

}  // namespace

std::optional<Level> level_of(std::string_view name) {
  const auto* const found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Level>(found - kNames.begin());
}

Log::Log(std::string path, Level threshold)
    : path_(std::move(path)), threshold_(threshold), descriptor_(STDERR_FILENO) {}

Log::Log(Sink sink, Level threshold)
    : sink_(std::move(sink)), threshold_(threshold), descriptor_(STDERR_FILENO) {}

Log::~Log() {
  if (descriptor_ != STDERR_FILENO) ::close(descriptor_);
}

std::optional<std::string> Log::reopen() {
  if (path_.empty()) return std::nullopt;
  const int opened = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (opened < 0) return "can't open the log file '" + path_ + "': " + std::strerror(errno);
  const MutexLock lock(mutex_);
  if (descriptor_ != STDERR_FILENO) ::close(descriptor_);
  descriptor_ = opened;
  return std::nullopt;
}

void Log::write(Level level, Pieces pieces) try {
  if (!writes(level)) return;
  std::string event;
  for (const std::string_view piece : pieces) append_escaped(event, piece);
  if (sink_) {
    const MutexLock lock(mutex_);
    return sink_(event);
  }
  std::string line;
  append_time(line, std::chrono::system_clock::now());
  line.append(" ").append(kNames[static_cast<std::size_t>(level)]).append(" ");
  line.append(event).append("\n");
  const MutexLock lock(mutex_);
  write_line(line);
} catch (const std::bad_alloc&) {
  // The event is lost.
}

void Log::write_line(std::string_view line) {
  while (!line.empty()) {
    const ssize_t written = ::write(descriptor_, line.data(), line.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) line.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace sideline::log
