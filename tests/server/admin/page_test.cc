#include "server/admin/page.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <openssl/evp.h>

namespace sideline::admin {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

/// What stands in each `<name>` of the page.
std::vector<std::string_view> elements(const std::string& name) {
  const std::string begin = "<" + name + ">";
  std::vector<std::string_view> found;
  for (std::size_t at = kPage.find(begin); at != kPage.npos; at = kPage.find(begin, at)) {
    at += begin.size();
    found.push_back(kPage.substr(at, kPage.find("</" + name + ">", at) - at));
  }
  return found;
}

/// As Content-Security-Policy names a script or a style.
std::string source_hash(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::array<unsigned char, 65> base64{};
  const int length = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(size));
  std::string hash = "'sha256-";
  std::copy_n(base64.begin(), length, std::back_inserter(hash));
  return hash + "'";
}

/// The policy's part for `directive`.
std::string sources(const std::string& directive) {
  const std::size_t begin = kPagePolicy.find(directive + " ");
  return std::string(kPagePolicy.substr(begin, kPagePolicy.find(';', begin) - begin));
}

TEST(Page, ThePolicyNamesEachScriptAndTheStyleAndNothingElse) {
  std::string scripts = "script-src";
  for (const std::string_view script : elements("script")) scripts += " " + source_hash(script);
  EXPECT_EQ(sources("script-src"), scripts);
  ASSERT_THAT(elements("style"), SizeIs(1));
  EXPECT_EQ(sources("style-src"), "style-src " + source_hash(elements("style")[0]));
  EXPECT_THAT(std::string(kPagePolicy), HasSubstr("default-src 'none';"));
}

TEST(Page, IsInOnePiece) {
  const std::string page(kPage);
  EXPECT_TRUE(page.starts_with("<!DOCTYPE html>"));
  EXPECT_TRUE(page.ends_with("</html>\n"));
  for (const char* reference : {" src=", "stylesheet", "@import", "url(", "http-equiv"}) {
    EXPECT_THAT(page, Not(HasSubstr(reference)));
  }
  EXPECT_LT(page.size(), 64 * 1024);
}

TEST(Page, PutsDataInAsTextOnly) {
  for (const char* way : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                          "new Function", "srcdoc", "javascript:"}) {
    EXPECT_THAT(elements("script"), Each(Not(HasSubstr(way))));
  }
}

}  // namespace
}  // namespace sideline::admin
