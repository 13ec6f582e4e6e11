#include "http/message.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace prediction::http {

Response make_response(Status status, const std::string& type, std::string body) {
  Response response(status, 11);
  response.set(boost::beast::http::field::content_type, type);
  response.body() = std::move(body);
  response.prepare_payload();
  return response;
}

Response json_response(Status status, std::string json) {
  return make_response(status, "application/json", std::move(json) + '\n');
}

Response error_response(Status status, const std::string& what) {
  return json_response(status, nlohmann::json{{"error", what}}.dump());
}

}  // namespace prediction::http
