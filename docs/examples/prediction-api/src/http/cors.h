#pragma once

#include <string>
#include <vector>

#include "http/message.h"

namespace prediction::http {

/// Whether it is a browser's question if it may send another request.
bool is_preflight(const Request& request);

/// The answer to that, to who is allowed (allow() says so) and who is not alike.
Response preflight_response();

/// Lets a page of the request's origin read the response, if `origins` has it or "*".
void allow(const std::vector<std::string>& origins, const Request& request, Response& response);

}  // namespace prediction::http
