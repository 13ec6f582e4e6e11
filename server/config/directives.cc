#include "server/config/directives.h"

#include <algorithm>
#include <array>
#include <limits>

#include "server/config/letter_case.h"

namespace sideline::config {
namespace {

constexpr std::int64_t kMaxInt = std::numeric_limits<int>::max();
constexpr std::int64_t kMaxInt64 = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kMaxBytes = static_cast<std::size_t>(kMaxInt64);
constexpr std::size_t kMiB = 1024 * 1024;

constexpr std::array<std::string_view, 5> kLogLevels = {"debug", "verbose", "notice", "warning",
                                                        "nothing"};
constexpr std::array<std::string_view, 2> kPubSubDefaults = {"allchannels", "resetchannels"};
constexpr std::array<std::string_view, 3> kTlsAuthClients = {"no", "yes", "optional"};
constexpr std::array<std::string_view, 3> kSupervised = {"no", "systemd", "auto"};
constexpr std::array<std::string_view, 3> kDebugCommand = {"no", "yes", "local"};

// None of Redis's second names (those with "slave" or "ziplist") belongs to a directive that is
// here, so rows have one name.
constexpr std::array kDirectives = {
    Directive{"bind", Change::kAtRunTime, Words{&Settings::bind},
              "addresses to listen on; \"*\" is all, a leading '-' makes one optional, none is no "
              "TCP"},
    Directive{"port", Change::kAtRunTime, Integer{&Settings::port, 0, 65535},
              "TCP port; 0 chooses a free one, or is none beside 'tls-port'"},
    Directive{"port-file", Change::kAtStart, Text{&Settings::port_file},
              "file to write the TCP port to"},
    Directive{"tls-port", Change::kAtRunTime, Integer{&Settings::tls_port, 0, 65535},
              "TCP port for TLS; 0: none"},
    Directive{"tls-cert-file", Change::kAtRunTime,
              ReadPath{&Settings::tls_cert_file, &Settings::tls_files_set},
              "certificate of the server and those that lead to its root, PEM"},
    Directive{"tls-key-file", Change::kAtRunTime,
              ReadPath{&Settings::tls_key_file, &Settings::tls_files_set},
              "private key of the certificate, PEM"},
    Directive{"tls-key-file-pass", Change::kAtRunTime,
              Passphrase{&Settings::tls_key_file_pass, &Settings::tls_key_file_pass_file},
              "password of the private key; empty: none"},
    Directive{"tls-key-file-pass-file", Change::kAtRunTime,
              PassphraseFile{&Settings::tls_key_file_pass, &Settings::tls_key_file_pass_file,
                             &Settings::tls_files_set},
              "file that holds the password of the private key"},
    Directive{"tls-ca-cert-file", Change::kAtRunTime,
              ReadPath{&Settings::tls_ca_cert_file, &Settings::tls_files_set},
              "certificates of those who may sign the clients', PEM"},
    Directive{"tls-ca-cert-dir", Change::kAtRunTime,
              ReadPath{&Settings::tls_ca_cert_dir, &Settings::tls_files_set},
              "folder with such certificates, as 'openssl rehash' names them"},
    Directive{"tls-auth-clients", Change::kAtRunTime,
              Choice{&Settings::tls_auth_clients, kTlsAuthClients},
              "clients must show a certificate; optional: if they show one it must be right"},
    Directive{"tls-protocols", Change::kAtRunTime, Text{&Settings::tls_protocols},
              "TLSv1.2, TLSv1.3 or both; empty: both"},
    Directive{"tls-ciphers", Change::kAtRunTime, Text{&Settings::tls_ciphers},
              "ciphers of TLS 1.2 as OpenSSL lists them; empty: its default"},
    Directive{"tls-ciphersuites", Change::kAtRunTime, Text{&Settings::tls_ciphersuites},
              "ciphers of TLS 1.3, with ':' between them; empty: OpenSSL's default"},
    Directive{"tls-prefer-server-ciphers", Change::kAtRunTime,
              YesNo{&Settings::tls_prefer_server_ciphers},
              "the server's order of ciphers counts, not the client's"},
    Directive{"tls-session-caching", Change::kAtRunTime, YesNo{&Settings::tls_session_caching},
              "clients that come again may resume their session, which is cheaper"},
    Directive{"tls-session-cache-size", Change::kAtRunTime,
              Integer{&Settings::tls_session_cache_size, 0, kMaxInt, "sessions"},
              "sessions of TLS 1.2 that are kept; 0: no limit"},
    Directive{"tls-session-cache-timeout", Change::kAtRunTime,
              Integer{&Settings::tls_session_cache_timeout, 0, kMaxInt, "seconds"},
              "time for which a session may be resumed"},
    Directive{"unixsocket", Change::kAtStart, Text{&Settings::unixsocket},
              "path of a UNIX socket to listen on"},
    Directive{"unixsocketperm", Change::kAtStart, Permissions{&Settings::unixsocketperm},
              "octal permissions of the UNIX socket; 0: those of the umask"},
    Directive{"tcp-backlog", Change::kAtStart,
              Integer{&Settings::tcp_backlog, 0, kMaxInt, "connections"},
              "connections that may wait to be accepted"},
    Directive{"tcp-keepalive", Change::kAtRunTime,
              Integer{&Settings::tcp_keepalive, 0, kMaxInt, "seconds"},
              "time between probes of a silent peer; 0: none"},
    Directive{"timeout", Change::kAtRunTime, Integer{&Settings::timeout, 0, kMaxInt, "seconds"},
              "time that a client may be idle; 0: forever"},
    Directive{"maxclients", Change::kAtRunTime,
              Integer{&Settings::maxclients, 1, kMaxInt, "clients"}, "clients at a time"},
    Directive{"io-threads", Change::kAtStart, Integer{&Settings::io_threads, 0, 128, "threads"},
              "threads that serve clients; 0: one for each processor"},
    Directive{"admin-port", Change::kAtStart, Integer{&Settings::admin_port, -1, 65535},
              "HTTP port of health checks, metrics and a page; 0 chooses a free one; -1: none"},
    Directive{"admin-bind", Change::kAtStart, Words{&Settings::admin_bind},
              "addresses of the HTTP port, as those of 'bind'"},
    Directive{"admin-token", Change::kAtStart,
              Secret{&Settings::admin_token, &Settings::admin_token_file},
              "bearer token that the HTTP port asks for, except for health; empty: none"},
    Directive{"admin-token-file", Change::kAtRunTime,
              SecretFile{&Settings::admin_token, &Settings::admin_token_file},
              "file that holds the bearer token; read again by CONFIG SET"},
    Directive{"metrics-prefix", Change::kAtStart, DistinctWords{&Settings::metrics_prefix, 64},
              "prefixes of keys that have metrics of their own; a key counts for the longest one"},
    Directive{"metrics-miss-reasons", Change::kAtStart, YesNo{&Settings::metrics_miss_reasons},
              "remember why keys left, and count misses by that; takes up to a 128th of maxmemory"},
    Directive{"requirepass", Change::kAtRunTime,
              Secret{&Settings::requirepass, &Settings::requirepass_file},
              "password of the default user; empty: none"},
    Directive{"requirepass-file", Change::kAtRunTime,
              SecretFile{&Settings::requirepass, &Settings::requirepass_file},
              "file that holds the password of the default user; read again by CONFIG SET"},
    Directive{"password-required", Change::kAtStart, YesNo{&Settings::password_required},
              "do not start unless the default user has a password, or is off"},
    Directive{"aclfile", Change::kAtStart, Text{&Settings::aclfile},
              "file that holds the users, one a line"},
    Directive{"acllog-max-len", Change::kAtRunTime,
              Integer{&Settings::acllog_max_len, 0, kMaxInt64}, "entries that ACL LOG keeps"},
    Directive{"acl-pubsub-default", Change::kAtRunTime,
              Choice{&Settings::acl_pubsub_default, kPubSubDefaults},
              "channels that a new user may use"},
    Directive{"protected-mode", Change::kAtRunTime, YesNo{&Settings::protected_mode},
              "without a password, serve only this machine"},
    Directive{"maxmemory", Change::kOfCache,
              Memory{&Settings::maxmemory, kMiB, kMaxBytes, /*or_zero=*/true},
              "bytes that the cache may take; 0: no limit"},
    Directive{"maxmemory-policy", Change::kOfCache,
              Choice{&Settings::maxmemory_policy, kPolicyNames},
              "which keys go when memory is short"},
    Directive{"default-ttl", Change::kOfCache,
              Integer{&Settings::default_ttl, 0, kMaxInt, "seconds"},
              "lifetime of keys that are written without one; 0: they stay"},
    Directive{"miss-ratio-curve", Change::kAtStart, YesNo{&Settings::miss_ratio_curve},
              "estimate the hit ratio under other limits and policies (INFO curve)"},
    Directive{"databases", Change::kAtStart, Integer{&Settings::databases, 1, 16, "databases"},
              "databases that SELECT knows"},
    Directive{"save", Change::kAtRunTime, SaveRules{&Settings::save},
              "SECONDS CHANGES: save when the last time is longer ago and so much has changed; "
              "none: never"},
    Directive{"dir", Change::kProtected, Folder{&Settings::dir}, "folder of the snapshot"},
    Directive{"dbfilename", Change::kProtected, FileName{&Settings::dbfilename},
              "name of the snapshot, which is loaded at the start"},
    Directive{"rdbcompression", Change::kAtRunTime, YesNo{&Settings::rdbcompression},
              "compress strings in the snapshot"},
    Directive{"rdbchecksum", Change::kAtRunTime, YesNo{&Settings::rdbchecksum},
              "write and compare the snapshot's checksum"},
    Directive{"stop-writes-on-bgsave-error", Change::kAtRunTime,
              YesNo{&Settings::stop_writes_on_bgsave_error},
              "refuse writes after 'save' has failed"},
    Directive{
        "load-before-serving", Change::kAtStart, YesNo{&Settings::load_before_serving},
        "clients wait until the snapshot is loaded, instead of missing what is not there yet"},
    Directive{"shutdown-delay", Change::kAtRunTime,
              Integer{&Settings::shutdown_delay, 0, 3600, "seconds"},
              "time after SIGTERM in which clients are served although the server tells that it is "
              "not ready"},
    Directive{"supervised", Change::kAtStart, Choice{&Settings::supervised, kSupervised, "upstart"},
              "whether systemd is told of the start and the end; auto: if it asks for it"},
    Directive{"loglevel", Change::kAtRunTime, Choice{&Settings::loglevel, kLogLevels},
              "least severe events that are logged"},
    Directive{"logfile", Change::kAtStart, Text{&Settings::logfile},
              "file to log to; empty: standard error"},
    Directive{"slowlog-log-slower-than", Change::kAtRunTime,
              Integer{&Settings::slowlog_log_slower_than, -1, kMaxInt64, "microseconds"},
              "time from which SLOWLOG keeps a command; -1: none"},
    Directive{"slowlog-max-len", Change::kAtRunTime,
              Integer{&Settings::slowlog_max_len, 0, kMaxInt64, "commands"},
              "commands that SLOWLOG keeps"},
    Directive{"latency-monitor-threshold", Change::kAtRunTime,
              Integer{&Settings::latency_monitor_threshold, 0, kMaxInt64, "milliseconds"},
              "time from which LATENCY keeps an event; 0: none"},
    Directive{"enable-debug-command", Change::kAtStart,
              Choice{&Settings::enable_debug_command, kDebugCommand},
              "who may use DEBUG; local: clients on this machine"},
    Directive{"proto-max-bulk-len", Change::kAtRunTime,
              Memory{&Settings::proto_max_bulk_len, kMiB, kMaxBytes}, "bytes of one argument"},
    Directive{"client-query-buffer-limit", Change::kAtRunTime,
              Memory{&Settings::client_query_buffer_limit, kMiB, kMaxBytes},
              "bytes that a client may send before they are a request"},
    Directive{
        "client-output-buffer-limit", Change::kAtRunTime,
        OutputLimits{&Settings::client_output_buffer_limit},
        "normal HARD SOFT SECONDS: unsent bytes at which a client is closed, at once or after "
        "some time"},

    Directive{"activerehashing", Change::kAtRunTime, Fixed{"yes"},
              "the index grows in small steps"},
    Directive{"always-show-logo", Change::kAtStart, Fixed{"no"}, "there is no logo"},
    Directive{"appendonly", Change::kAtRunTime, Fixed{"no"}, "there are snapshots only"},
    Directive{"cluster-enabled", Change::kAtStart, Fixed{"no"}, "there is no cluster"},
    Directive{"daemonize", Change::kAtStart, Fixed{"no"}, "runs in the foreground"},
    Directive{"io-threads-do-reads", Change::kAtStart, Fixed{"yes"},
              "I/O threads read and execute"},
    Directive{"notify-keyspace-events", Change::kAtRunTime, Fixed{""}, "there are no events"},
    Directive{"enable-protected-configs", Change::kAtStart, Fixed{"no"},
              "'dir' and 'dbfilename' are set at the start"},
    Directive{"set-proc-title", Change::kAtStart, Fixed{"no"}, "the process keeps its title"},
    Directive{"syslog-enabled", Change::kAtStart, Fixed{"no"}, "the system log is not used"},
};

}  // namespace

std::span<const Directive> directives() { return kDirectives; }

const Directive* find_directive(std::string_view name) {
  const auto* found = std::ranges::find_if(kDirectives, [name](const Directive& directive) {
    return same_ignoring_case(directive.name, name);
  });
  return found == kDirectives.end() ? nullptr : found;
}

bool set_one_password(const Directive& a, const Directive& b) {
  const auto hash_of = [](const Directive& directive) -> std::string Settings::* {
    if (const auto* const secret = std::get_if<Secret>(&directive.type)) return secret->hash;
    if (const auto* const file = std::get_if<SecretFile>(&directive.type)) return file->hash;
    if (const auto* const text = std::get_if<Passphrase>(&directive.type)) return text->field;
    const auto* const file = std::get_if<PassphraseFile>(&directive.type);
    return file == nullptr ? nullptr : file->passphrase;
  };
  return hash_of(a) != nullptr && hash_of(a) == hash_of(b);
}

std::string Settings::*password_file_of(const Directive& directive) {
  if (const auto* const file = std::get_if<SecretFile>(&directive.type)) return file->file;
  const auto* const file = std::get_if<PassphraseFile>(&directive.type);
  return file == nullptr ? nullptr : file->file;
}

bool is_secret(const Directive& directive) {
  return std::holds_alternative<Secret>(directive.type) ||
         std::holds_alternative<Passphrase>(directive.type);
}

}  // namespace sideline::config
