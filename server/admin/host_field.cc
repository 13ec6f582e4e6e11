#include "server/admin/host_field.h"

#include <string>

#include <boost/asio/ip/address.hpp>

#include "server/config/letter_case.h"

namespace sideline::admin {
namespace {

/// "127.0.0.1" of "127.0.0.1:80", "::1" of "[::1]:80".
std::string_view without_port(std::string_view host) {
  if (!host.starts_with('[')) return host.substr(0, host.find(':'));
  const std::size_t end = host.find(']');
  return end == host.npos ? std::string_view() : host.substr(1, end - 1);
}

}  // namespace

bool is_nobodys_name(std::string_view host) {
  if (host.empty()) return true;
  const std::string_view name = without_port(host);
  boost::system::error_code error;
  boost::asio::ip::make_address(std::string(name), error);
  return !error || config::same_ignoring_case(name, "localhost");
}

}  // namespace sideline::admin
