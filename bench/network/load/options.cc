#include "bench/network/load/options.h"

#include <array>
#include <charconv>
#include <stdexcept>

namespace load {
namespace {

[[noreturn]] void refuse(std::string_view value, std::string_view expected) {
  throw std::invalid_argument("'" + std::string(value) + "': expected " + std::string(expected));
}

template <typename Number>
Number number(std::string_view text) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || at != end) refuse(text, "a number");
  if (value < 0) refuse(text, "a number that is not negative");
  return value;
}

std::uint64_t positive(std::string_view text) {
  const auto value = number<std::uint64_t>(text);
  if (value == 0) refuse(text, "a number above 0");
  return value;
}

double share(std::string_view text) {
  const auto value = number<double>(text);
  if (value > 1) refuse(text, "a number from 0 to 1");
  return value;
}

/// "64" or "32:1024".
Range range(std::string_view text) {
  const std::size_t colon = text.find(':');
  const auto least = number<std::uint64_t>(text.substr(0, colon));
  if (colon == std::string_view::npos) return {least, least};
  const Range range{least, number<std::uint64_t>(text.substr(colon + 1))};
  if (range.most < range.least) refuse(text, "a range LEAST:MOST");
  return range;
}

template <typename Value>
struct Word {
  std::string_view text;
  Value value;
};

template <typename Value, std::size_t kCount>
Value one_of(std::string_view text, const Word<Value> (&words)[kCount]) {
  std::string expected;
  for (const auto& word : words) {
    if (word.text == text) return word.value;
    expected.append(expected.empty() ? "" : ", ").append(word.text);
  }
  refuse(text, "one of " + expected);
}

void set_order(Options& options, std::string_view text) {
  constexpr std::string_view kZipf = "zipf:";
  if (text.starts_with(kZipf)) {
    options.zipf = number<double>(text.substr(kZipf.size()));
    text = "zipf";
  }
  options.order = one_of<Order>(
      text,
      {{"uniform", Order::kUniform}, {"zipf", Order::kZipf}, {"sequential", Order::kSequential}});
}

void set_protocol(Options& options, std::string_view text) {
  options.protocol = one_of<ProtocolName>(
      text, {{"resp", ProtocolName::kResp}, {"memcached", ProtocolName::kMemcached}});
}

void set_operation(Options& options, std::string_view text) {
  options.operation = one_of<Operation>(text, {{"get", Operation::kGet},
                                               {"set", Operation::kSet},
                                               {"del", Operation::kDel},
                                               {"exists", Operation::kExists}});
}

void set_verify(Options& options, std::string_view text) {
  options.verify = one_of<Verify>(text, {{"value", Verify::kValue}, {"shape", Verify::kShape}});
}

using Text = std::string_view;

struct Flag {
  Text name;
  Text value;
  Text help;
  void (*set)(Options&, Text);
};

constexpr std::array kFlags = {
    Flag{"--port", "N", "the server's port on 127.0.0.1",
         [](Options& o, Text t) { o.port = number<std::uint16_t>(t); }},
    Flag{"--socket", "PATH", "a UNIX socket instead", [](Options& o, Text t) { o.socket = t; }},
    Flag{"--protocol", "resp|memcached", "memcached: its text protocol", set_protocol},
    Flag{"--connections", "N", "", [](Options& o, Text t) { o.connections = positive(t); }},
    Flag{"--pipeline", "N", "requests in one write",
         [](Options& o, Text t) { o.pipeline = positive(t); }},
    Flag{"--prefix", "TEXT", "what each key starts with", [](Options& o, Text t) { o.prefix = t; }},
    Flag{"--first-key", "N", "the number of the first key",
         [](Options& o, Text t) { o.first_key = number<std::uint64_t>(t); }},
    Flag{"--keys", "N", "how many keys there are",
         [](Options& o, Text t) { o.keys = positive(t); }},
    Flag{"--key-size", "BYTES", "", [](Options& o, Text t) { o.key_size = positive(t); }},
    Flag{"--value-size", "BYTES[:BYTES]", "a range: each key has its own size, log-uniform",
         [](Options& o, Text t) { o.value_size = range(t); }},
    Flag{"--ttl-ms", "N[:N]", "of each SET, random in a range; 0: none",
         [](Options& o, Text t) { o.ttl_ms = range(t); }},
    Flag{"--order", "uniform|zipf[:EXPONENT]|sequential", "which key is next", set_order},
    Flag{"--operation", "get|set|del|exists", "", set_operation},
    Flag{"--set-share", "SHARE", "the share of the requests that are SET instead",
         [](Options& o, Text t) { o.set_share = share(t); }},
    Flag{"--verify", "value|shape", "shape: values may be any bytes", set_verify},
    Flag{"--seconds", "N", "how long is measured; 0: until --requests are answered",
         [](Options& o, Text t) { o.seconds = number<double>(t); }},
    Flag{"--warmup-seconds", "N", "the same load before that",
         [](Options& o, Text t) { o.warmup_seconds = number<double>(t); }},
    Flag{"--requests", "N", "instead of --seconds",
         [](Options& o, Text t) { o.requests = number<std::uint64_t>(t); }},
    Flag{"--rate", "N", "open loop: so many requests are due each second; 0: closed loop",
         [](Options& o, Text t) { o.rate = number<double>(t); }},
    Flag{"--drain-seconds", "N", "how long to wait for replies at the end",
         [](Options& o, Text t) { o.drain_seconds = number<double>(t); }},
    Flag{"--interval-ms", "N", "also tell the longest latency of each such interval",
         [](Options& o, Text t) { o.interval_ms = number<std::uint64_t>(t); }},
    Flag{"--server-pid", "PID", "also tell the CPU time of this process",
         [](Options& o, Text t) { o.server_pid = number<pid_t>(t); }},
    Flag{"--seed", "N", "of the random numbers",
         [](Options& o, Text t) { o.seed = number<std::uint64_t>(t); }},
};

const Flag& find_flag(Text name) {
  for (const Flag& flag : kFlags) {
    if (flag.name == name) return flag;
  }
  throw std::invalid_argument(std::string(name) + ": no such option");
}

void check(const Options& options) {
  const auto require = [](bool holds, const char* text) {
    if (!holds) throw std::invalid_argument(text);
  };
  require((options.port != 0) != !options.socket.empty(), "one of --port and --socket is needed");
  require((options.seconds > 0) != (options.requests > 0),
          "one of --seconds and --requests is needed");
  require(options.warmup_seconds == 0 || options.requests == 0,
          "--warmup-seconds goes with --seconds");
  require(options.keys <= 0xffffffffU, "--keys: at most 4,294,967,295");
  require(options.key_size > options.prefix.size() && options.key_size <= kMaxKeySize,
          "--key-size: more than the prefix, and at most 250");
}

}  // namespace

Options parse_options(std::span<const char* const> arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    const Flag& flag = find_flag(arguments[i]);
    if (i + 1 == arguments.size()) {
      throw std::invalid_argument(std::string(flag.name) + ": a value is missing");
    }
    try {
      flag.set(options, arguments[i + 1]);
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument(std::string(flag.name) + ": " + error.what());
    }
  }
  check(options);
  return options;
}

std::string usage() {
  std::string text = "Loads a cache server and writes what it measured to standard output.\n";
  for (const Flag& flag : kFlags) {
    text.append("  ").append(flag.name).append(" ").append(flag.value);
    if (!flag.help.empty()) text.append("  ").append(flag.help);
    text += '\n';
  }
  return text;
}

}  // namespace load
