#pragma once

#include <string_view>

namespace sideline::admin {

/// Whether what a request's Host field says is no name that somebody could have bought: an IP
/// address or `localhost`, with a port or without, or nothing at all, as browsers always send it.
///
/// A web page of elsewhere may point its own name at this machine (DNS rebinding). To the browser
/// what is here then belongs to that page; but the name is in the request.
[[nodiscard]] bool is_nobodys_name(std::string_view host);

}  // namespace sideline::admin
