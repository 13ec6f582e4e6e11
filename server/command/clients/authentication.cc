#include "server/command/clients/authentication.h"

#include <algorithm>
#include <cstddef>

namespace sideline::command {
namespace {

/// Reads as many bytes whatever they are, so that time tells an attacker no more than the length of
/// what he sent himself or of the password, whichever is longer.
bool equal_in_constant_time(std::string_view a, std::string_view b) {
  const auto byte_at = [](std::string_view text, std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  std::size_t difference = a.size() ^ b.size();
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    difference |= byte_at(a, i) ^ byte_at(b, i);
  }
  return difference == 0;
}

}  // namespace

void Authentication::set_password(std::string_view password) {
  const MutexLock lock(mutex_);
  password_ = password;
  open_.store(password.empty(), std::memory_order_relaxed);
}

bool Authentication::check(std::string_view user, std::string_view password) const {
  if (user != kUser) return false;
  if (open()) return true;
  const MutexLock lock(mutex_);
  return equal_in_constant_time(password, password_);
}

}  // namespace sideline::command
