#include "server/admin/host_field.h"

#include <gtest/gtest.h>

namespace sideline::admin {
namespace {

TEST(HostField, AddressesAndLocalhostAreNobodysName) {
  for (const std::string_view host :
       {"127.0.0.1", "127.0.0.1:9379", "10.1.2.3:80", "[::1]", "[::1]:9379", "localhost",
        "localhost:9379", "LocalHost", "[2001:db8::7]:1", ""}) {
    EXPECT_TRUE(is_nobodys_name(host)) << host;
  }
}

TEST(HostField, AnyOtherNameMayBeSomebodys) {
  for (const std::string_view host :
       {"evil.example", "evil.example:9379", "localhost.evil.example", "127.0.0.1.evil.example",
        "127.0.0.1.nip.io:9379", "localhost.", "x", ":9379", "[::1", "[", "[]", "[evil.example]",
        "127.0.0.1 evil.example", "evil.example@127.0.0.1", "1", "0x7f000001"}) {
    EXPECT_FALSE(is_nobodys_name(host)) << host;
  }
}

}  // namespace
}  // namespace sideline::admin
