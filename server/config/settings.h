#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "server/config/origin.h"

namespace sideline::config {

/// What a client may have unsent before it is closed, in bytes; 0 is no limit. See Settings.
struct OutputLimit {
  std::size_t hard = 0;
  std::size_t soft = 0;
  std::int64_t soft_seconds = 0;

  bool operator==(const OutputLimit&) const = default;
};

/// A snapshot is made once there were so many changes, so long after the last one.
struct SaveRule {
  std::int64_t seconds = 0;
  std::int64_t changes = 0;

  bool operator==(const SaveRule&) const = default;
};

/// A `user` directive.
struct UserDirective {
  std::string name;
  std::vector<std::string> rules;
  Origin origin = {};  ///< where it stands

  bool operator==(const UserDirective&) const = default;
};

/// One value a directive; names are the directives' with '_' for '-'. The defaults stand here and
/// nowhere else; bounds are those of the rows in directives.cc.
struct Settings {
  std::vector<std::string> bind = {"127.0.0.1", "-::1"};  ///< none: no TCP
  int port = 6379;        ///< 0: one that is free, or none beside tls_port
  std::string port_file;  ///< the chosen port is written here (useful with port 0)
  int tls_port = 0;       ///< 0: none
  std::string tls_cert_file;
  std::string tls_key_file;
  std::string tls_key_file_pass;
  std::string tls_key_file_pass_file;  ///< instead of tls_key_file_pass
  std::string tls_ca_cert_file;
  std::string tls_ca_cert_dir;
  /// Grows whenever a directive that names one of these files is set, if to the same name: then
  /// they are read again.
  unsigned tls_files_set = 0;
  std::string tls_auth_clients = "yes";  ///< no, yes, optional
  std::string tls_protocols;             ///< empty: 1.2 and 1.3
  std::string tls_ciphers;               ///< empty: OpenSSL's default
  std::string tls_ciphersuites;          ///< empty: OpenSSL's default
  bool tls_prefer_server_ciphers = false;
  bool tls_session_caching = true;
  int tls_session_cache_size = 20480;   ///< sessions, 0: no limit
  int tls_session_cache_timeout = 300;  ///< seconds
  std::string unixsocket;
  unsigned unixsocketperm = 0;  ///< 0: by umask
  int tcp_backlog = 511;
  int tcp_keepalive = 300;  ///< seconds, 0 off
  int timeout = 0;          ///< seconds a client may idle, 0 off
  int maxclients = 10000;
  int io_threads = 0;   ///< 0: as many as processors
  int admin_port = -1;  ///< 0: one that is free; -1: none
  std::vector<std::string> admin_bind = {"127.0.0.1", "-::1"};
  std::string admin_token;       ///< its hash; empty: none
  std::string admin_token_file;  ///< where it was read from
  std::vector<std::string> metrics_prefix;
  bool metrics_miss_reasons = false;
  std::string requirepass;       ///< its hash (password_hash.h); empty: none
  std::string requirepass_file;  ///< where it was read from
  bool password_required = false;
  std::vector<UserDirective> users;
  std::string aclfile;
  std::int64_t acllog_max_len = 128;
  std::string acl_pubsub_default = "resetchannels";
  bool protected_mode = true;
  std::size_t maxmemory = std::size_t{256} << 20;  ///< bytes, 0: no limit
  std::string maxmemory_policy = "allkeys-lru";
  int default_ttl = 0;  ///< seconds that a key lives which is written without a lifetime, 0 off
  bool miss_ratio_curve = true;
  int databases = 16;
  std::vector<SaveRule> save;  ///< none: a snapshot is made only if somebody asks
  std::string dir = ".";       ///< for the snapshot
  std::string dbfilename = "dump.rdb";
  bool rdbcompression = true;
  bool rdbchecksum = true;
  bool stop_writes_on_bgsave_error = true;
  bool load_before_serving = true;
  int shutdown_delay = 0;         ///< seconds
  std::string supervised = "no";  ///< no, systemd, auto
  std::string loglevel = "notice";
  std::string logfile;                           ///< empty: stderr
  std::int64_t slowlog_log_slower_than = 10000;  ///< microseconds, negative off
  std::int64_t slowlog_max_len = 128;
  std::int64_t latency_monitor_threshold = 0;  ///< milliseconds, 0 off
  std::string enable_debug_command = "no";     ///< no, local, yes
  std::size_t proto_max_bulk_len = std::size_t{512} << 20;
  std::size_t client_query_buffer_limit = std::size_t{1} << 30;
  /// The defaults are those that Redis has for replicas. For ordinary clients it has none, and one
  /// that never reads may take all memory.
  OutputLimit client_output_buffer_limit = {
      .hard = std::size_t{256} << 20, .soft = std::size_t{64} << 20, .soft_seconds = 60};

  bool operator==(const Settings&) const = default;
};

}  // namespace sideline::config
