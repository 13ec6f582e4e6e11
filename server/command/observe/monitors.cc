#include "server/command/observe/monitors.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "server/command/observe/quoted.h"

namespace sideline::command {

void Monitors::add(const Client& client) {
  const MutexLock lock(mutex_);
  watchers_.push_back({client.id, client.link});
  count_.store(watchers_.size(), std::memory_order_relaxed);
}

void Monitors::remove(const Client& client) {
  const MutexLock lock(mutex_);
  std::erase_if(watchers_, [&](const Watcher& watcher) { return watcher.id == client.id; });
  count_.store(watchers_.size(), std::memory_order_relaxed);
}

void Monitors::feed(const Client& client, int database, std::span<const std::string_view> args,
                    std::int64_t now_us) {
  const std::string line = monitor_line(client, database, args, now_us);
  const MutexLock lock(mutex_);
  std::erase_if(watchers_, [&](const Watcher& watcher) {
    const auto link = watcher.link.lock();
    if (link) link->push(line);
    return link == nullptr;
  });
  count_.store(watchers_.size(), std::memory_order_relaxed);
}

std::string monitor_line(const Client& client, int database, std::span<const std::string_view> args,
                         std::int64_t now_us) {
  constexpr std::int64_t kSecond = 1'000'000;
  std::array<char, 48> prefix;
  const int size = std::snprintf(prefix.data(), prefix.size(), "+%lld.%06lld [%d ",
                                 static_cast<long long>(now_us / kSecond),
                                 static_cast<long long>(now_us % kSecond), database);
  std::string line(prefix.data(), static_cast<std::size_t>(size));
  if (client.kind == Client::Kind::kUnix) {
    line += "unix:";
    line += std::string_view(client.address).substr(0, client.address.rfind(':'));
  } else {
    line += client.address;
  }
  line += ']';
  for (const std::string_view arg : args) {
    line += ' ';
    append_quoted(line, arg);
  }
  line += "\r\n";
  return line;
}

}  // namespace sideline::command
