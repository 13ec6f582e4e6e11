#include "tests/support/http_client.h"

#include <cstdlib>

#include "server/config/letter_case.h"

namespace sideline::test {

std::string HttpResponse::field(std::string_view name) const {
  const auto found = header.find(name);
  return found == header.end() ? "" : found->second;
}

HttpResponse read_response(WireClient& client, bool has_body) {
  HttpResponse response;
  const std::string first = client.read_line();
  if (first.size() < 12) return response;
  response.status = std::atoi(first.c_str() + 9);  // behind "HTTP/1.1 "
  for (std::string line = client.read_line(); line.size() > 2; line = client.read_line()) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos) break;
    response.header[config::lower_case(line.substr(0, colon))] =
        line.substr(colon + 2, line.size() - colon - 4);
  }
  if (has_body) {
    response.body =
        client.read(std::strtoul(response.field("content-length").c_str(), nullptr, 10));
  }
  return response;
}

HttpResponse http_get(int port, std::string_view target, std::string_view fields) {
  auto client = WireClient::connect(port);
  client.send("GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" +
              std::string(fields) + "\r\n");
  return read_response(client);
}

int admin_port(WireClient client) {
  const std::string info = client.ask("INFO sideline");
  const std::string name = "admin_port:";
  return std::atoi(info.c_str() + info.find(name) + name.size());
}

}  // namespace sideline::test
