#pragma once

#include <map>
#include <string>
#include <string_view>

#include "tests/support/wire_client.h"

namespace sideline::test {

/// A response of HTTP/1.x, taken apart.
struct HttpResponse {
  int status = 0;  ///< 0: the connection ended, and there was none
  std::map<std::string, std::string, std::less<>> header;  ///< names in lower case
  std::string body;

  /// The value of a field; empty if it is not there.
  [[nodiscard]] std::string field(std::string_view name) const;
};

/// Reads the next one from the connection; `has_body` false: it is the answer to HEAD.
[[nodiscard]] HttpResponse read_response(WireClient& client, bool has_body = true);

/// One GET on a connection of its own. `fields` are further lines of the header, each with its end.
[[nodiscard]] HttpResponse http_get(int port, std::string_view target,
                                    std::string_view fields = {});

/// The HTTP port of the server that `client` is connected to, as its INFO tells it; 0: it has none.
[[nodiscard]] int admin_port(WireClient client);

}  // namespace sideline::test
