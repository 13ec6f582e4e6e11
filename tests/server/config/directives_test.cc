#include "server/config/directives.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sideline::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

/// A value that is taken, and the text in which it is shown then.
struct Taken {
  std::string_view text;
  std::string_view shown;
};

/// A value that is refused, and why.
struct Refused {
  std::string_view text;
  std::string_view reason;
};

struct Case {
  std::string_view directive;
  std::vector<Taken> taken;
  std::vector<Refused> refused;
};

constexpr std::string_view kNotInteger = "argument couldn't be parsed into an integer";
constexpr std::string_view kNotMemory = "argument must be a memory value";
constexpr std::string_view kNotYesNo = "argument must be 'yes' or 'no'";
constexpr std::string_view kIntRange = "argument must be between 0 and 2147483647 inclusive";
constexpr std::string_view kBytesRange =
    "argument must be between 1048576 and 9223372036854775807 inclusive";
constexpr std::string_view kInt64Range =
    "argument must be between 0 and 9223372036854775807 inclusive";
constexpr std::string_view kSaveRules = "Invalid save parameters";
constexpr std::string_view kOnlyNo = "this server supports only the value 'no'";

// Every directive has a row here: see EveryDirectiveHasACase.
const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"bind",
       {{"127.0.0.1", "127.0.0.1"},
        {"* -::*", "* -::*"},
        {" 10.0.0.1   ::1 ", "10.0.0.1 ::1"},
        {"", ""}},
       {{"\"127.0.0.1", "Unbalanced quotes"}}},
      {"port",
       {{"0", "0"}, {"65535", "65535"}},
       {{"65536", "argument must be between 0 and 65535 inclusive"},
        {"-1", "argument must be between 0 and 65535 inclusive"},
        {"six", kNotInteger},
        {"06", kNotInteger},
        {"", kNotInteger}}},
      {"port-file", {{"/run/port", "/run/port"}, {"", ""}}, {}},
      {"tls-port",
       {{"0", "0"}, {"6380", "6380"}},
       {{"65536", "argument must be between 0 and 65535 inclusive"}, {"", kNotInteger}}},
      {"tls-cert-file", {{"/run/c.pem", "/run/c.pem"}, {"", ""}}, {}},
      {"tls-key-file", {{"/run/k.pem", "/run/k.pem"}, {"", ""}}, {}},
      {"tls-key-file-pass", {{"secret", "(redacted)"}, {"", ""}}, {}},
      {"tls-key-file-pass-file", {{"/run/pass", "/run/pass"}, {"", ""}}, {}},
      {"tls-ca-cert-file", {{"/run/ca.pem", "/run/ca.pem"}, {"", ""}}, {}},
      {"tls-ca-cert-dir", {{"/etc/ssl/certs", "/etc/ssl/certs"}, {"", ""}}, {}},
      {"tls-auth-clients",
       {{"no", "no"}, {"YES", "yes"}, {"optional", "optional"}},
       {{"maybe", "argument(s) must be one of the following: no, yes, optional"}}},
      {"tls-protocols", {{"TLSv1.2 TLSv1.3", "TLSv1.2 TLSv1.3"}, {"", ""}}, {}},
      {"tls-ciphers", {{"HIGH:!aNULL", "HIGH:!aNULL"}, {"", ""}}, {}},
      {"tls-ciphersuites", {{"TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"}, {"", ""}}, {}},
      {"tls-prefer-server-ciphers", {{"yes", "yes"}, {"No", "no"}}, {{"1", kNotYesNo}}},
      {"tls-session-caching", {{"yes", "yes"}, {"no", "no"}}, {{"", kNotYesNo}}},
      {"tls-session-cache-size", {{"0", "0"}, {"5000", "5000"}}, {{"-1", kIntRange}}},
      {"tls-session-cache-timeout", {{"0", "0"}, {"60", "60"}}, {{"-1", kIntRange}}},
      {"unixsocket", {{"/run/s.sock", "/run/s.sock"}, {"", ""}}, {}},
      {"unixsocketperm",
       {{"770", "770"}, {"0", "0"}, {"777", "777"}},
       {{"1000", "argument must be between 0 and 777 inclusive"},
        {"8", "argument couldn't be parsed as an octal number"},
        {"-7", "argument couldn't be parsed as an octal number"},
        {"", "argument couldn't be parsed as an octal number"}}},
      {"tcp-backlog", {{"0", "0"}, {"128", "128"}}, {{"-1", kIntRange}, {"x", kNotInteger}}},
      {"tcp-keepalive", {{"0", "0"}, {"60", "60"}}, {{"-1", kIntRange}, {"1s", kNotInteger}}},
      {"timeout", {{"0", "0"}, {"300", "300"}}, {{"-1", kIntRange}, {"", kNotInteger}}},
      {"maxclients",
       {{"1", "1"}, {"50000", "50000"}},
       {{"0", "argument must be between 1 and 2147483647 inclusive"}, {"many", kNotInteger}}},
      {"io-threads",
       {{"0", "0"}, {"128", "128"}},
       {{"129", "argument must be between 0 and 128 inclusive"}, {"x", kNotInteger}}},
      {"admin-port",
       {{"-1", "-1"}, {"0", "0"}, {"9121", "9121"}},
       {{"-2", "argument must be between -1 and 65535 inclusive"}, {"no", kNotInteger}}},
      {"admin-bind", {{"* -::*", "* -::*"}, {"", ""}}, {}},
      {"admin-token", {{"secret", "(redacted)"}, {"", ""}}, {}},
      {"admin-token-file",
       {{"", ""}},
       {{"/nonexistent", "can't read '/nonexistent': No such file or directory"}}},
      {"metrics-prefix",
       {{"", ""}, {"user: session:", "user: session:"}},
       {{"user: x user:", "'user:' is there twice"},
        {"0 1 2 3 4 5 6 7 8 9 a b c d e f g h i j k l m n o p q r s t u v w x y z A B C D E F G H "
         "I J K L M N O P Q R S T U V W X Y Z _ - +",
         "there are 65"}}},
      {"metrics-miss-reasons", {{"yes", "yes"}, {"no", "no"}}, {{"all", kNotYesNo}}},
      {"requirepass", {{"secret", "(redacted)"}, {"", ""}}, {}},
      {"requirepass-file",
       {{"", ""}},
       {{"/nonexistent", "can't read '/nonexistent': No such file or directory"}}},
      {"password-required", {{"yes", "yes"}, {"no", "no"}}, {{"always", kNotYesNo}}},
      {"aclfile", {{"/etc/users.acl", "/etc/users.acl"}, {"", ""}}, {}},
      {"acllog-max-len", {{"0", "0"}, {"128", "128"}}, {{"-1", kInt64Range}, {"x", kNotInteger}}},
      {"acl-pubsub-default",
       {{"allchannels", "allchannels"}, {"ResetChannels", "resetchannels"}},
       {{"no", "argument(s) must be one of the following: allchannels, resetchannels"}}},
      {"protected-mode",
       {{"yes", "yes"}, {"no", "no"}, {"YES", "yes"}},
       {{"on", kNotYesNo}, {"1", kNotYesNo}, {"", kNotYesNo}}},
      {"maxmemory",
       {{"0", "0"}, {"1mb", "1048576"}, {"256MB", "268435456"}, {"1g", "1000000000"}},
       {{"lots", kNotMemory},
        {"-1", kNotMemory},
        {"", kNotMemory},
        {"100", "argument must be between 1048576 and 9223372036854775807 inclusive, or 0"}}},
      {"maxmemory-policy",
       {{"noeviction", "noeviction"},
        {"allkeys-lru", "allkeys-lru"},
        {"allkeys-lfu", "allkeys-lfu"},
        {"allkeys-random", "allkeys-random"},
        {"volatile-lru", "volatile-lru"},
        {"volatile-lfu", "volatile-lfu"},
        {"volatile-random", "volatile-random"},
        {"VOLATILE-TTL", "volatile-ttl"},
        {"allkeys-s3fifo", "allkeys-s3fifo"},
        {"volatile-s3fifo", "volatile-s3fifo"}},
       {{"lru",
         "argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, "
         "volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction, "
         "volatile-s3fifo, allkeys-s3fifo"}}},
      {"default-ttl", {{"0", "0"}, {"1800", "1800"}}, {{"-1", kIntRange}, {"30m", kNotInteger}}},
      {"miss-ratio-curve", {{"yes", "yes"}, {"no", "no"}}, {{"maybe", kNotYesNo}}},
      {"databases",
       {{"1", "1"}, {"16", "16"}},
       {{"0", "argument must be between 1 and 16 inclusive"},
        {"17", "argument must be between 1 and 16 inclusive"}}},
      {"save",
       {{"", ""}, {"3600 1", "3600 1"}, {"3600 1 60 0", "3600 1 60 0"}},
       {{"3600", kSaveRules},
        {"0 1", kSaveRules},
        {"60 -1", kSaveRules},
        {"60 x", kSaveRules},
        {"60 1 60", kSaveRules}}},
      {"dir",
       {{"/", "/"}, {"/usr/./bin/..", "/usr"}},
       {{"/nowhere", "No such file or directory"},
        {"/dev/null", "Not a directory"},
        {"", "No such file or directory"}}},
      {"dbfilename",
       {{"cache.rdb", "cache.rdb"}},
       {{"a/b.rdb", "dbfilename can't be a path, just a filename"},
        {"", "dbfilename can't be empty"}}},
      {"rdbcompression", {{"yes", "yes"}, {"no", "no"}}, {{"lzf", kNotYesNo}}},
      {"rdbchecksum", {{"yes", "yes"}, {"no", "no"}}, {{"64", kNotYesNo}}},
      {"stop-writes-on-bgsave-error", {{"yes", "yes"}, {"no", "no"}}, {{"", kNotYesNo}}},
      {"load-before-serving", {{"yes", "yes"}, {"no", "no"}}, {{"maybe", kNotYesNo}}},
      {"shutdown-delay",
       {{"0", "0"}, {"3600", "3600"}},
       {{"-1", "argument must be between 0 and 3600 inclusive"}, {"5s", kNotInteger}}},
      {"enable-protected-configs", {{"no", "no"}}, {{"local", kOnlyNo}}},
      {"loglevel",
       {{"debug", "debug"},
        {"verbose", "verbose"},
        {"notice", "notice"},
        {"Warning", "warning"},
        {"nothing", "nothing"}},
       {{"info",
         "argument(s) must be one of the following: debug, verbose, notice, warning, nothing"}}},
      {"logfile", {{"/var/log/s.log", "/var/log/s.log"}, {"", ""}}, {}},
      {"slowlog-log-slower-than",
       {{"-1", "-1"}, {"0", "0"}, {"10000", "10000"}},
       {{"-2", "argument must be between -1 and 9223372036854775807 inclusive"},
        {"9223372036854775808", kNotInteger}}},
      {"slowlog-max-len", {{"0", "0"}, {"1000", "1000"}}, {{"-1", kInt64Range}}},
      {"latency-monitor-threshold", {{"0", "0"}, {"100", "100"}}, {{"-1", kInt64Range}}},
      {"enable-debug-command",
       {{"no", "no"}, {"yes", "yes"}, {"local", "local"}},
       {{"maybe", "argument(s) must be one of the following: no, yes, local"}}},
      {"proto-max-bulk-len",
       {{"1mb", "1048576"}, {"1gb", "1073741824"}},
       {{"1mb1", kNotMemory}, {"1k", kBytesRange}, {"0", kBytesRange}}},
      {"client-query-buffer-limit",
       {{"1mb", "1048576"}, {"1gb", "1073741824"}},
       {{"big", kNotMemory}, {"1k", kBytesRange}}},
      {"client-output-buffer-limit",
       {{"normal 1mb 2kb 3", "normal 1048576 2048 3 slave 0 0 0 pubsub 0 0 0"},
        {"normal 0 0 0", "normal 0 0 0 slave 0 0 0 pubsub 0 0 0"},
        {"NORMAL 1 1 1 replica 0 0 0", "normal 1 1 1 slave 0 0 0 pubsub 0 0 0"},
        {"slave 0 0 0 pubsub 0 0 0 normal 2 2 2", "normal 2 2 2 slave 0 0 0 pubsub 0 0 0"}},
       {{"normal 1 1", "Wrong number of arguments in buffer limit configuration."},
        {"", "Wrong number of arguments in buffer limit configuration."},
        {"master 0 0 0", "Invalid client class specified in buffer limit configuration."},
        {"normal 1 x 1",
         "Error in hard, soft or soft_seconds setting in buffer limit configuration."},
        {"normal 1 1 -1",
         "Error in hard, soft or soft_seconds setting in buffer limit configuration."},
        {"pubsub 1mb 0 0",
         "this server has only clients of the class 'normal'; others must be '0 0 0'"}}},
      {"activerehashing",
       {{"yes", "yes"}, {"YES", "yes"}},
       {{"no", "this server supports only the value 'yes'"}}},
      {"always-show-logo", {{"no", "no"}}, {{"yes", kOnlyNo}}},
      {"appendonly", {{"no", "no"}}, {{"yes", kOnlyNo}}},
      {"cluster-enabled", {{"no", "no"}}, {{"yes", kOnlyNo}}},
      {"daemonize", {{"no", "no"}}, {{"yes", kOnlyNo}}},
      {"io-threads-do-reads",
       {{"yes", "yes"}},
       {{"no", "this server supports only the value 'yes'"}}},
      {"notify-keyspace-events", {{"", ""}}, {{"KEA", "this server supports only the value ''"}}},
      {"set-proc-title", {{"no", "no"}}, {{"yes", kOnlyNo}}},
      {"supervised",
       {{"no", "no"}, {"systemd", "systemd"}, {"AUTO", "auto"}},
       {{"upstart", "argument(s) must be one of the following: no, systemd, auto"}}},
      {"syslog-enabled", {{"no", "no"}}, {{"yes", kOnlyNo}}},
  };
  return all;
}

TEST(Directives, EveryDirectiveHasACase) {
  std::set<std::string_view> tested;
  for (const Case& each : cases()) tested.insert(each.directive);
  for (const Directive& directive : directives())
    EXPECT_TRUE(tested.contains(directive.name)) << directive.name;
  EXPECT_EQ(tested.size(), directives().size());
}

TEST(Directives, ShowWhatTheyTook) {
  for (const auto& [name, taken, refused] : cases()) {
    for (const auto& [text, shown] : taken) {
      SCOPED_TRACE(std::string(name) + " '" + std::string(text) + "'");
      const Directive& directive = *find_directive(name);
      Settings settings;
      EXPECT_EQ(assign(directive, std::vector{text}, settings), std::nullopt);
      EXPECT_EQ(format(directive, settings), shown);
    }
  }
}

TEST(Directives, TakeWhatTheyShow) {
  for (const auto& [name, taken, refused] : cases()) {
    for (const auto& [text, shown] : taken) {
      SCOPED_TRACE(std::string(name) + " '" + std::string(text) + "'");
      Settings settings;
      EXPECT_EQ(assign(*find_directive(name), std::vector{shown}, settings), std::nullopt);
      EXPECT_EQ(format(*find_directive(name), settings), shown);
    }
  }
}

TEST(Directives, SayWhyTheyRefuse) {
  for (const auto& [name, taken, refused] : cases()) {
    for (const auto& [text, reason] : refused) {
      SCOPED_TRACE(std::string(name) + " '" + std::string(text) + "'");
      Settings settings;
      EXPECT_THAT(assign(*find_directive(name), std::vector{text}, settings), Optional(reason));
      EXPECT_EQ(settings, Settings()) << "what is refused must change nothing";
    }
  }
}

TEST(Directives, NeedAValue) {
  for (const Directive& directive : directives()) {
    Settings settings;
    EXPECT_THAT(assign(directive, {}, settings), Optional(std::string("wrong number of arguments")))
        << directive.name;
  }
}

TEST(Directives, TakeOneWordUnlessTheyAreLists) {
  Settings settings;
  const std::vector<std::string_view> two = {"1", "2"};
  EXPECT_THAT(assign(*find_directive("port"), two, settings),
              Optional(std::string("wrong number of arguments")));
  EXPECT_EQ(assign(*find_directive("bind"), two, settings), std::nullopt);
  EXPECT_THAT(settings.bind, ElementsAre("1", "2"));
}

TEST(Directives, TellWhatTheyTake) {
  const auto text = [](std::string_view name) { return takes(*find_directive(name)); };
  EXPECT_EQ(text("port"), "a number from 0 to 65535");
  EXPECT_EQ(text("timeout"), "a number of seconds from 0 to 2147483647");
  EXPECT_EQ(text("proto-max-bulk-len"),
            "a number of bytes, at least 1mb (kb, mb, gb: powers of 1024; k, m, g: of 1000)");
  EXPECT_EQ(text("slowlog-log-slower-than"), "a number of microseconds, at least -1");
  EXPECT_EQ(text("unixsocketperm"), "an octal number from 0 to 777");
  EXPECT_EQ(text("protected-mode"), "yes or no");
  EXPECT_EQ(text("loglevel"), "one of debug, verbose, notice, warning, nothing");
  EXPECT_EQ(text("logfile"), "a text, in quotes if it has spaces");
  EXPECT_EQ(text("bind"), "any number of words");
  EXPECT_EQ(text("tls-key-file"), "a path");
  EXPECT_EQ(text("appendonly"), "only no");
  EXPECT_EQ(text("metrics-prefix"), "at most 64 words, no two the same");
  EXPECT_EQ(text("notify-keyspace-events"), "only \"\"");
}

TEST(Directives, HonourWhatThisServerHas) {
  using Words = std::vector<std::string_view>;
  const auto part = [](std::string_view name, const Words& words) {
    return honoured(*find_directive(name), words);
  };
  EXPECT_THAT(part("bind", {"a", "b"}), ElementsAre("a", "b"));
  EXPECT_THAT(part("appendonly", {"No"}), ElementsAre("No"));
  EXPECT_THAT(part("appendonly", {"yes"}), IsEmpty());
  EXPECT_THAT(part("cluster-enabled", {"no", "way"}), IsEmpty());
  EXPECT_THAT(part("supervised", {"Upstart"}), IsEmpty());
  EXPECT_THAT(part("supervised", {"systemd"}), ElementsAre("systemd"));
  EXPECT_THAT(part("supervised", {"anything"}), ElementsAre("anything"));
  EXPECT_THAT(part("client-output-buffer-limit",
                   {"Replica", "1", "1", "1", "normal", "2", "2", "2", "pubsub", "0", "0", "0"}),
              ElementsAre("normal", "2", "2", "2", "pubsub", "0", "0", "0"));
  EXPECT_THAT(part("client-output-buffer-limit", {"pubsub", "1", "1"}),
              ElementsAre("pubsub", "1", "1"))
      << "is for assign() to refuse";
}

TEST(Directives, APasswordIsASecret) {
  EXPECT_TRUE(is_secret(*find_directive("requirepass")));
  EXPECT_TRUE(is_secret(*find_directive("tls-key-file-pass")));
  EXPECT_TRUE(is_secret(*find_directive("admin-token")));
  EXPECT_FALSE(is_secret(*find_directive("logfile")));
  EXPECT_FALSE(is_secret(*find_directive("port")));
}

TEST(Directives, APassphraseIsWrittenThoughNotShown) {
  const Directive& directive = *find_directive("tls-key-file-pass");
  Settings settings;
  settings.tls_key_file_pass = "a secret";
  EXPECT_EQ(format_line(directive, settings), "tls-key-file-pass \"a secret\"");
  Settings other = settings;
  EXPECT_TRUE(same_value(directive, settings, other));
  other.tls_key_file_pass = "another";
  EXPECT_FALSE(same_value(directive, settings, other)) << "though both show the same";
}

TEST(Directives, AFileThatIsReadIsReadAgainWhenItIsSetToTheSameName) {
  const Directive& directive = *find_directive("tls-cert-file");
  Settings before;
  ASSERT_EQ(assign(directive, std::vector<std::string_view>{"c.pem"}, before), std::nullopt);
  Settings now = before;
  ASSERT_EQ(assign(directive, std::vector<std::string_view>{"c.pem"}, now), std::nullopt);
  EXPECT_NE(now, before);
  EXPECT_TRUE(same_value(directive, before, now));
}

TEST(Directives, AreFoundInAnyCase) {
  EXPECT_EQ(find_directive("MaxMemory"), find_directive("maxmemory"));
  EXPECT_EQ(find_directive("max"), nullptr);
  EXPECT_EQ(find_directive(""), nullptr);
}

TEST(Directives, HaveDefaultsThatTheyWouldTake) {
  for (const Directive& directive : directives()) {
    const Settings defaults;
    Settings settings;
    EXPECT_EQ(
        assign(directive, std::vector<std::string_view>{format(directive, defaults)}, settings),
        std::nullopt)
        << directive.name;
    EXPECT_EQ(format(directive, settings), format(directive, defaults)) << directive.name;
  }
}

TEST(Directives, AnEmptyBindListensNowhere) {
  Settings settings;
  EXPECT_EQ(assign(*find_directive("bind"), std::vector<std::string_view>{""}, settings),
            std::nullopt);
  EXPECT_THAT(settings.bind, IsEmpty());
}

}  // namespace
}  // namespace sideline::config
