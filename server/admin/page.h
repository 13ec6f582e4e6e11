#pragma once

#include <string_view>

namespace sideline::admin {

/// What a browser shows at `/`, in one piece: the files in page/, which assemble.cmake puts
/// together when the server is built. It holds no figures, but asks /api/stats for them.
extern const std::string_view kPage;

/// The Content-Security-Policy under which kPage works, and nothing else in it would: the scripts
/// and the style are named by their hashes, and may talk to this server only.
extern const std::string_view kPagePolicy;

}  // namespace sideline::admin
