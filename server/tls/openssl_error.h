#pragma once

#include <string>

namespace sideline::tls {

/// Why the last call of OpenSSL on this thread failed, in its words ("wrong version number");
/// forgets it, and what else is in the thread's queue of errors.
[[nodiscard]] std::string take_error();

}  // namespace sideline::tls
