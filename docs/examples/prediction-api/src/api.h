#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "http/message.h"
#include "metrics.h"
#include "predictions.h"

namespace prediction {

/// The routes under /api, and who may use them. Used by one thread.
class Api {
 public:
  struct Access {
    std::string jwt_secret;
    std::string analyst_password;  ///< "": no tokens are given out
  };
  using Arguments = std::vector<std::string_view>;

  Api(Predictions& predictions, Metrics& metrics, Access access)
      : predictions_(predictions), metrics_(metrics), access_(std::move(access)) {}

  // The arguments are what the path has in place of a route's {names}. All throw http::Error and
  // StoreError.

  /// GET /api/predictions/{category}/{game}
  boost::asio::awaitable<http::Response> predict(const http::Request& request,
                                                 const Arguments& arguments);
  /// POST /api/predictions/batch: {"predictions": [{"category": "spread", "game": 17}, ...]}
  boost::asio::awaitable<http::Response> predict_many(const http::Request& request,
                                                      const Arguments& arguments);
  /// PUT /api/predictions/{category}/{game}, with a token: {"value": -3.5}
  boost::asio::awaitable<http::Response> correct(const http::Request& request,
                                                 const Arguments& arguments);
  /// POST /api/auth/token: {"user": "ann", "password": "..."}
  boost::asio::awaitable<http::Response> give_token(const http::Request& request,
                                                    const Arguments& arguments);

 private:
  boost::asio::awaitable<Answer> predict_one(const Category& category, GameId game);
  std::string authenticate(const http::Request& request) const;

  Predictions& predictions_;
  Metrics& metrics_;
  const Access access_;
};

}  // namespace prediction
