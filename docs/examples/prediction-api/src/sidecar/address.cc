#include "sidecar/address.h"

#include <regex>

namespace prediction::sidecar {

std::optional<Address> parse_address(const std::string& url) {
  static const std::regex kUnix(R"(unix://(/.+))");
  static const std::regex kTcp(R"((rediss?)://(?:\[([0-9a-fA-F:.]+)\]|([^:/@\[\]]+)):(\d{1,5}))");
  std::smatch parts;
  if (std::regex_match(url, parts, kUnix)) return Address{.path = parts[1]};
  if (!std::regex_match(url, parts, kTcp)) return std::nullopt;
  return Address{.host = parts[2].matched ? parts[2] : parts[3],
                 .port = parts[4],
                 .is_tls = parts[1] == "rediss",
                 .path = ""};
}

}  // namespace prediction::sidecar
