#pragma once

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "server/command/core/server.h"

namespace sideline::admin {

using Request = boost::beast::http::request<boost::beast::http::empty_body>;
using Response = boost::beast::http::response<boost::beast::http::string_body>;

/// What the admin port answers, without sockets:
///
///     /                        the page that shows them to people (page.h)
///     /health, /health/ready   200 if the server is ready, else 503; JSON says why (health.h)
///     /health/live             200, as somebody answers
///     /metrics                 all metrics (metric.h), as what the request accepts (exposition.h)
///     /api/stats               what a live page needs (stats_json.h)
///
/// Health checks are for everybody, as orchestrators send no token, and so is the page, which has
/// no figures in it: a browser sends the token only when the page asks for them. For everything
/// else the token is asked for; if there is none, protected mode serves it to this machine only,
/// under a name that nobody else can have pointed here (host_field.h). The query of a target makes
/// no difference.
///
/// `loopback`: the request comes from this machine. The response to HEAD has the body that GET
/// gets: whoever sends it leaves it out. What fails for want of memory is a 500.
[[nodiscard]] Response respond(command::Server& server, const Request& request, bool loopback);

/// An answer to what is no request, or none that is answered: `text` says what is wrong, in one
/// line. The connection is to be closed after it.
[[nodiscard]] Response refusal(boost::beast::http::status status, std::string_view text);

}  // namespace sideline::admin
