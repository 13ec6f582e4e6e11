#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

#include "server/files/file_descriptor.h"

namespace sideline::test {

/// A client that sends and reads plain bytes, so that a test decides where they are cut.
class WireClient {
 public:
  /// Throws if the connection fails.
  static WireClient connect(int port, const std::string& host = "127.0.0.1");
  static WireClient connect_unix(const std::string& path);

  /// Sends all of it, waiting for room. False if the connection is gone.
  bool send(std::string_view bytes);
  /// Sends it again and again until the server takes no more (for a third of a second). Returns
  /// how many bytes that was.
  std::size_t send_until_blocked(std::string_view bytes);
  /// Says that nothing more will be sent.
  void end_sending();

  /// Whether there is something to read now, or the connection has ended.
  [[nodiscard]] bool can_read() const;
  /// The next `size` bytes; fewer if the connection ends or nothing comes for a minute.
  [[nodiscard]] std::string read(std::size_t size);
  /// All until the connection ends.
  [[nodiscard]] std::string read_to_end();
  /// Up to and with the end of the line.
  [[nodiscard]] std::string read_line();

  /// Sends a request (inline, or any bytes that make one) and reads a reply of one line, or of a
  /// bulk string: its bytes.
  [[nodiscard]] std::string ask(std::string_view request);

  /// Closes at once; what is unread makes the peer see an error.
  void close() { socket_ = {}; }

 private:
  explicit WireClient(FileDescriptor socket) : socket_(std::move(socket)) {}

  FileDescriptor socket_;
};

/// A request as clients send it.
[[nodiscard]] std::string request(std::initializer_list<std::string_view> arguments);

/// `text` this many times.
[[nodiscard]] std::string repeat(std::string_view text, std::size_t times);

}  // namespace sideline::test
