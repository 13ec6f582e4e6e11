#include "token.h"

#include <jwt.h>

#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace prediction {
namespace {

struct Free {
  void operator()(jwt_t* token) const { jwt_free(token); }
  void operator()(char* text) const { std::free(text); }
};
using Token = std::unique_ptr<jwt_t, Free>;

const unsigned char* bytes(const std::string& secret) {
  return reinterpret_cast<const unsigned char*>(secret.data());
}

}  // namespace

std::string sign_token(const std::string& secret, const std::string& subject,
                       std::int64_t expires_at) {
  jwt_t* made = nullptr;
  int failed = jwt_new(&made);
  const Token token(made);
  failed = failed != 0 || jwt_add_grant(made, "sub", subject.c_str()) != 0 ||
           jwt_add_grant_int(made, "exp", expires_at) != 0 ||
           jwt_set_alg(made, JWT_ALG_HS256, bytes(secret), static_cast<int>(secret.size())) != 0;
  const std::unique_ptr<char, Free> text(failed != 0 ? nullptr : jwt_encode_str(made));
  if (!text) throw std::runtime_error("a token cannot be made");
  return text.get();
}

std::optional<std::string> verify_token(const std::string& secret, const std::string& token,
                                        std::int64_t now) {
  jwt_t* decoded = nullptr;
  if (jwt_decode(&decoded, token.c_str(), bytes(secret), static_cast<int>(secret.size())) != 0) {
    return std::nullopt;
  }
  const Token owned(decoded);
  // Without this a token might choose the algorithm by which it is verified.
  if (jwt_get_alg(decoded) != JWT_ALG_HS256) return std::nullopt;
  if (jwt_get_grant_int(decoded, "exp") <= now) return std::nullopt;  // 0 if it has none
  const char* const subject = jwt_get_grant(decoded, "sub");
  if (subject == nullptr) return std::nullopt;
  return subject;
}

}  // namespace prediction
