#pragma once

#include <stdexcept>
#include <string>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>

namespace prediction::http {

using Request = boost::beast::http::request<boost::beast::http::string_body>;
using Response = boost::beast::http::response<boost::beast::http::string_body>;
using Status = boost::beast::http::status;

/// What a handler throws if it has no other answer: {"error": "<what>"} with this status.
class Error : public std::runtime_error {
 public:
  Error(Status status, const std::string& what) : std::runtime_error(what), status_(status) {}
  Status status() const { return status_; }

 private:
  Status status_;
};

/// Without a version or whether the connection stays open, which the session knows.
Response make_response(Status status, const std::string& type, std::string body);
Response json_response(Status status, std::string json);
Response error_response(Status status, const std::string& what);

}  // namespace prediction::http
