#include "api.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include <boost/beast/http/field.hpp>
#include <nlohmann/json.hpp>
#include <openssl/crypto.h>

#include "all.h"
#include "token.h"

namespace prediction {
namespace {

namespace asio = boost::asio;
using http::Request;
using http::Response;
using http::Status;

constexpr std::size_t kMaxBatch = 100;
constexpr GameId kMaxGame = 999'999'999;
constexpr std::int64_t kTokenSeconds = 15 * 60;
constexpr const char* kCacheField = "X-Cache";

std::int64_t now() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(since_epoch).count();
}

const Category& category_of(std::string_view name) {
  if (const Category* const category = find_category(name)) return *category;
  throw http::Error(Status::not_found, "there is no such category");
}

GameId checked(GameId game) {
  if (game >= 1 && game <= kMaxGame) return game;
  throw http::Error(Status::bad_request, "a game is a number from 1 to 999999999");
}

GameId game_of(std::string_view text) {
  GameId game = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), game);
  return checked(error == std::errc() && end == text.data() + text.size() ? game : 0);
}

nlohmann::json json_of(const Request& request) {
  auto json = nlohmann::json::parse(request.body(), nullptr, false);
  if (!json.is_object()) throw http::Error(Status::bad_request, "the body is not a JSON object");
  return json;
}

/// A member of this type.
template <class Type>
Type member(const nlohmann::json& object, const char* name) {
  try {
    return object.at(name).get<Type>();
  } catch (const nlohmann::json::exception&) {
    throw http::Error(Status::bad_request,
                      std::string("'") + name + "' is missing or of a wrong type");
  }
}

bool is_same_secret(const std::string& a, const std::string& b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

asio::awaitable<Response> Api::predict(const Request&, const Arguments& arguments) {
  const Answer answer =
      co_await predict_one(category_of(arguments.at(0)), game_of(arguments.at(1)));
  Response response = http::json_response(Status::ok, answer.value);
  response.set(kCacheField, name_of(answer.source));
  co_return response;
}

asio::awaitable<Answer> Api::predict_one(const Category& category, GameId game) {
  Answer answer = co_await predictions_.get(category, game);
  metrics_.count_answer(answer.source);
  co_return answer;
}

asio::awaitable<Response> Api::predict_many(const Request& request, const Arguments&) {
  const auto wanted = member<std::vector<nlohmann::json>>(json_of(request), "predictions");
  if (wanted.empty() || wanted.size() > kMaxBatch) {
    throw http::Error(Status::bad_request, "a batch has 1 to 100 predictions");
  }
  std::vector<asio::awaitable<Answer>> under_way;
  for (const nlohmann::json& one : wanted) {
    under_way.push_back(predict_one(category_of(member<std::string>(one, "category")),
                                    checked(member<GameId>(one, "game"))));
  }
  const std::vector<Answer> answers = co_await all(std::move(under_way));

  std::string json = R"({"predictions":[)";
  for (const Answer& answer : answers) json += answer.value + ',';
  json.back() = ']';
  Response response = http::json_response(Status::ok, json + '}');
  // What the cache did for the one for which it did least.
  response.set(kCacheField,
               name_of(std::ranges::max_element(answers, {}, &Answer::source)->source));
  co_return response;
}

asio::awaitable<Response> Api::correct(const Request& request, const Arguments& arguments) {
  const std::string analyst = authenticate(request);
  const Category& category = category_of(arguments.at(0));
  const GameId game = game_of(arguments.at(1));
  const auto value = member<double>(json_of(request), "value");
  if (value < category.low || value > category.high) {
    throw http::Error(Status::bad_request, "the value is not one of this category");
  }
  const Correction correction{.value = value, .analyst = analyst, .corrected_at = now()};
  std::string json = co_await predictions_.correct(category, game, correction);
  co_return http::json_response(Status::ok, std::move(json));
}

asio::awaitable<Response> Api::give_token(const Request& request, const Arguments&) {
  if (access_.analyst_password.empty()) {
    throw http::Error(Status::not_found, "tokens are not given out here");
  }
  const nlohmann::json json = json_of(request);
  const auto user = member<std::string>(json, "user");
  if (user.empty() ||
      !is_same_secret(member<std::string>(json, "password"), access_.analyst_password)) {
    throw http::Error(Status::unauthorized, "the user or the password is wrong");
  }
  const nlohmann::json token = {
      {"token", sign_token(access_.jwt_secret, user, now() + kTokenSeconds)},
      {"expires_in", kTokenSeconds}};
  co_return http::json_response(Status::ok, token.dump());
}

/// Who sent the request; throws if it has no token that is valid.
std::string Api::authenticate(const Request& request) const {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view given = request[boost::beast::http::field::authorization];
  if (given.starts_with(kScheme)) {
    const std::string token(given.substr(kScheme.size()));
    if (auto subject = verify_token(access_.jwt_secret, token, now())) return *std::move(subject);
  }
  throw http::Error(Status::unauthorized, "a valid bearer token is needed");
}

}  // namespace prediction
