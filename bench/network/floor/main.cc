// The floor of the comparison: a bare epoll loop that reads, counts requests and writes as many
// constant replies. What a server needs above this is its own; the rest is the kernel's.
//
// A request is counted by its '*', so neither keys nor values may contain one. A connection whose
// first request has two arguments gets the reply of a GET that hits, any other "+OK".
//
// Usage: floor PORT|PATH VALUE_SIZE

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>

namespace {

constexpr std::size_t kMostReplies = 8192;  // in one write; more than one read can ask for
constexpr std::size_t kReadSize = 65536;
constexpr int kEvents = 128;
constexpr int kBacklog = 511;

int check(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

template <typename Address>
int listen_on(const Address& address, int family) {
  const int listener = check(::socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  check(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  check(::listen(listener, kBacklog), "listen");
  return listener;
}

int listen_at(const std::string& place) {
  if (place.find('/') != std::string::npos) {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    place.copy(address.sun_path, sizeof address.sun_path - 1);
    return listen_on(address, AF_UNIX);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(place)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return listen_on(address, AF_INET);
}

/// One kind of reply, many times over.
class Replies {
 public:
  explicit Replies(const std::string& one) : size_(one.size()) {
    for (std::size_t i = 0; i < kMostReplies; ++i) text_ += one;
  }
  [[nodiscard]] std::string_view many(std::size_t count) const {
    return std::string_view(text_).substr(0, count * size_);
  }

 private:
  std::size_t size_;
  std::string text_;
};

class Floor {
 public:
  Floor(const std::string& place, std::size_t value_size)
      : get_replies_("$" + std::to_string(value_size) + "\r\n" + std::string(value_size, 'x') +
                     "\r\n"),
        epoll_(check(::epoll_create1(0), "epoll_create1")),
        listener_(listen_at(place)) {
    watch(listener_);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, kEvents> events;
    while (true) {
      const int count = ::epoll_wait(epoll_, events.data(), kEvents, -1);
      for (int i = 0; i < count; ++i) {
        const int socket = events[static_cast<std::size_t>(i)].data.fd;
        socket == listener_ ? accept() : answer(socket);
      }
    }
  }

 private:
  void watch(int socket) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = socket}};
    check(::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event), "epoll_ctl");
  }

  void accept() {
    const int socket = ::accept4(listener_, nullptr, nullptr, 0);
    if (socket < 0) return;
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    replies_.erase(socket);
    watch(socket);
  }

  void answer(int socket) {
    const ssize_t count = ::recv(socket, input_.data(), input_.size(), MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) {
      ::close(socket);
      return;
    }
    const std::string_view input(input_.data(), static_cast<std::size_t>(count));
    const auto [at, is_new] = replies_.try_emplace(socket, &set_replies_);
    if (is_new && input.starts_with("*2\r\n")) at->second = &get_replies_;
    send(socket,
         at->second->many(static_cast<std::size_t>(std::count(input.begin(), input.end(), '*'))));
  }

  // Blocks when the peer does not read: the load generator always does.
  static void send(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count < 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  Replies get_replies_;
  Replies set_replies_{"+OK\r\n"};
  int epoll_;
  int listener_;
  std::unordered_map<int, const Replies*> replies_;
  std::array<char, kReadSize> input_{};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: floor PORT|PATH VALUE_SIZE\n";
    return 2;
  }
  try {
    Floor(argv[1], std::strtoul(argv[2], nullptr, 10)).run();
  } catch (const std::exception& error) {
    std::cerr << "floor: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
