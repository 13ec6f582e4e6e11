#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "tests/support/certificates.h"
#include "tests/support/reserved_port.h"
#include "tests/support/server_process.h"
#include "tests/support/temporary_folder.h"

namespace sideline::test {

/// The files that a server for TLS needs, in a folder: an authority's ca.pem, and a pair that it
/// has issued, server.pem and server.key.
class TlsFiles {
 public:
  TlsFiles() {
    folder.write("ca.pem", authority.text());
    write(authority.issue());
  }

  /// Puts another pair there.
  void write(const Certificate& pair) const {
    folder.write("server.pem", pair.text());
    folder.write("server.key", pair.key_text());
  }

  TemporaryFolder folder;
  Authority authority;
};

/// A server with a port for TLS, and no other. Clients need no certificate unless `options` say so.
class TlsServer {
 public:
  explicit TlsServer(const std::vector<std::string>& options = {})
      : port(reserved.number()), process(arguments(options)) {}

  const TlsFiles files;
  const ReservedPort reserved;
  const int port;

 private:
  [[nodiscard]] std::vector<std::string> arguments(const std::vector<std::string>& options) const {
    std::vector<std::string> all = {"--tls-port",         std::to_string(port),
                                    "--tls-cert-file",    files.folder.path("server.pem"),
                                    "--tls-key-file",     files.folder.path("server.key"),
                                    "--tls-ca-cert-file", files.folder.path("ca.pem"),
                                    "--tls-auth-clients", "no"};
    all.insert(all.end(), options.begin(), options.end());
    return all;
  }

 public:
  ServerProcess process;
};

}  // namespace sideline::test
