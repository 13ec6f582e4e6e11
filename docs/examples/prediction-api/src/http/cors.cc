#include "http/cors.h"

#include <algorithm>

#include <boost/beast/http/field.hpp>

namespace prediction::http {

using boost::beast::http::field;

bool is_preflight(const Request& request) {
  return request.method() == boost::beast::http::verb::options &&
         request.count(field::access_control_request_method) != 0;
}

Response preflight_response() {
  Response response(Status::no_content, 11);
  response.set(field::access_control_allow_methods, "GET, POST, PUT");
  response.set(field::access_control_allow_headers, "Authorization, Content-Type");
  response.set(field::access_control_max_age, "600");
  return response;
}

void allow(const std::vector<std::string>& origins, const Request& request, Response& response) {
  if (origins.empty()) return;
  response.set(field::vary, "Origin");  // a cache between must not give it to another origin
  const std::string origin(request[field::origin]);
  const auto allows = [&](const std::string& allowed) {
    return allowed == "*" || allowed == origin;
  };
  if (!origin.empty() && std::ranges::any_of(origins, allows)) {
    response.set(field::access_control_allow_origin, origin);
  }
}

}  // namespace prediction::http
