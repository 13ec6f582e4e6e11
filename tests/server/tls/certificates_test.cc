#include "server/tls/certificates.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/certificates.h"
#include "tests/support/temporary_folder.h"

namespace sideline::tls {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

/// Certificates that are in use, from files that a test may change.
class CertificatesTest : public ::testing::Test {
 protected:
  CertificatesTest() {
    settings.tls_auth_clients = "no";
    settings.tls_cert_file = folder.path("server.pem");
    settings.tls_key_file = folder.path("server.key");
    write(authority.issue());
    certificates.use(certificates.read(settings).value());
    events.clear();
  }

  /// As another program would: at once for who looks.
  void write(const test::Certificate& pair) {
    folder.write("server.pem", pair.text());
    folder.write("server.key", pair.key_text());
  }

  test::TemporaryFolder folder;
  test::Authority authority;
  config::Settings settings;
  std::vector<std::string> events;
  log::Log log{[this](std::string_view event) { events.emplace_back(event); }, log::Level::kNotice};
  Certificates certificates{log};
};

TEST_F(CertificatesTest, FilesThatHaveNotChangedAreNotRead) {
  const Context before = certificates.context();
  EXPECT_FALSE(certificates.look());
  EXPECT_EQ(certificates.context(), before);
  EXPECT_THAT(events, IsEmpty());
}

TEST_F(CertificatesTest, ANewPairTakesThePlaceOfTheOld) {
  const Context before = certificates.context();
  write(authority.issue(60));
  EXPECT_TRUE(certificates.look());
  EXPECT_NE(certificates.context(), before);
  EXPECT_EQ(certificates.expiry_ms(), expiry_ms(certificates.context()));
  EXPECT_THAT(events, ElementsAre(StartsWith("TLS: using the certificate '")));
  EXPECT_FALSE(certificates.look()) << "there is nothing new any more";
}

TEST_F(CertificatesTest, AFileThatIsReplacedBySomethingOfTheSameSizeIsSeen) {
  const Context before = certificates.context();
  folder.write("new", folder.read("server.pem"));
  std::filesystem::rename(folder.path("new"), folder.path("server.pem"));
  EXPECT_TRUE(certificates.look());
  EXPECT_NE(certificates.context(), before);
}

TEST_F(CertificatesTest, GarbageInAnyFileLeavesTheOldOneAndIsToldOnce) {
  settings.tls_ca_cert_file = folder.write("ca.pem", authority.text());
  certificates.use(certificates.read(settings).value());
  for (const std::string name : {"server.pem", "server.key", "ca.pem"}) {
    SCOPED_TRACE(name);
    events.clear();
    const Context before = certificates.context();
    const std::string right = folder.read(name);
    folder.write(name, "garbage");
    EXPECT_FALSE(certificates.look());
    EXPECT_FALSE(certificates.look());
    EXPECT_EQ(certificates.context(), before);
    EXPECT_THAT(events, ElementsAre(AllOf(StartsWith("TLS: can't use the "), HasSubstr(name),
                                          EndsWith("; the certificate that is in use stays"))));
    folder.write(name, right);
    EXPECT_TRUE(certificates.look());
  }
}

TEST_F(CertificatesTest, ACertificateWaitsForItsKey) {
  const Context before = certificates.context();
  const test::Certificate pair = authority.issue();
  folder.write("server.pem", pair.text());
  EXPECT_FALSE(certificates.look());
  EXPECT_EQ(certificates.context(), before);
  folder.write("server.key", pair.key_text());
  EXPECT_TRUE(certificates.look());
}

TEST_F(CertificatesTest, AKeyWaitsForItsPassword) {
  settings.tls_key_file_pass_file = folder.write("password", "old");
  certificates.use(certificates.read(settings).value());
  const test::Certificate pair = authority.issue();
  folder.write("server.pem", pair.text());
  folder.write("server.key", pair.key_text("new"));
  EXPECT_FALSE(certificates.look());
  folder.write("password", "new");
  EXPECT_TRUE(certificates.look());
}

TEST_F(CertificatesTest, AFileThatIsGoneLeavesTheOldOne) {
  std::filesystem::remove(folder.path("server.key"));
  EXPECT_FALSE(certificates.look());
  EXPECT_NE(certificates.context(), nullptr);
}

TEST_F(CertificatesTest, OneThatHasExpiredIsUsedAndToldOf) {
  write(authority.issue(-1));
  EXPECT_TRUE(certificates.look());
  EXPECT_THAT(events, ElementsAre(HasSubstr("has expired: ")));
}

TEST_F(CertificatesTest, WithoutTlsNothingIsLookedAt) {
  certificates.drop();
  folder.write("server.pem", "garbage");
  EXPECT_FALSE(certificates.look());
  EXPECT_THAT(events, IsEmpty());
}

TEST_F(CertificatesTest, KnowsWhichChangesConcernThem) {
  config::Settings now = settings;
  EXPECT_FALSE(Certificates::is_concerned(settings, now));
  now.maxmemory = 1;
  now.tls_port = 6380;
  EXPECT_FALSE(Certificates::is_concerned(settings, now));
  now.tls_ciphers = "HIGH";
  EXPECT_TRUE(Certificates::is_concerned(settings, now));
  now = settings;
  now.tls_key_file_pass_file = "other";
  EXPECT_TRUE(Certificates::is_concerned(settings, now));
}

}  // namespace
}  // namespace sideline::tls
