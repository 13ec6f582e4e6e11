#include "server/config/password_hash.h"

#include <array>

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace sideline::config {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

}  // namespace

std::string password_hash(std::string_view password) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  ::SHA256(reinterpret_cast<const unsigned char*>(password.data()), password.size(), hash.data());
  std::string text;
  text.reserve(2 * hash.size());
  for (const unsigned char byte : hash) {
    text.push_back(kDigits[byte >> 4U]);
    text.push_back(kDigits[byte & 0xfU]);
  }
  return text;
}

bool is_password_hash(std::string_view text) {
  return text.size() == 2 * SHA256_DIGEST_LENGTH &&
         text.find_first_not_of(kDigits) == std::string_view::npos;
}

bool same_password_hash(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace sideline::config
