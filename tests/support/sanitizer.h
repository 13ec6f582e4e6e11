#pragma once

namespace sideline::test {

/// Whether a sanitizer watches this build, and so the server: its own memory and time are most of
/// what one could measure.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif

}  // namespace sideline::test
