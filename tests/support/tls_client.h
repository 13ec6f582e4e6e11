#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "server/files/file_descriptor.h"
#include "tests/support/certificates.h"

struct ssl_st;  // OpenSSL's SSL

namespace sideline::test {

/// A client that speaks TLS and decides what is sent when. It trusts everybody. Its functions throw
/// std::runtime_error if what they wait for does not come within a minute.
class TlsClient {
 public:
  /// Throws std::runtime_error, with OpenSSL's reason, if there is no connection or no handshake.
  /// `own` is a certificate to show; `version` one of OpenSSL's (0: any).
  static TlsClient connect(int port, const Certificate* own = nullptr, int version = 0);
  /// Calls `before_last` when only its own last message of the handshake is missing (TLS 1.3).
  static TlsClient connect(int port, const std::function<void()>& before_last);
  /// Sends all of it. False if the connection is gone.
  bool send(std::string_view bytes);
  /// The next `size` bytes; fewer if the connection ends.
  [[nodiscard]] std::string read(std::size_t size);
  [[nodiscard]] std::string read_to_end();
  [[nodiscard]] std::string read_line();
  /// Sends a request, and reads a reply of one line.
  [[nodiscard]] std::string ask(std::string_view request);

  /// Tells the server that nothing more will be sent.
  void end_sending();
  /// Both, in one segment of TCP.
  void send_last(std::string_view bytes);

  /// The version in use ("TLSv1.3"), and the server's certificate (PEM).
  [[nodiscard]] std::string version() const;
  [[nodiscard]] std::string server_certificate() const;

 private:
  TlsClient(FileDescriptor socket, const Certificate* own, int version);

  struct Free {
    void operator()(ssl_st* ssl) const;
  };

  FileDescriptor socket_;
  std::unique_ptr<ssl_st, Free> ssl_;
};

}  // namespace sideline::test
