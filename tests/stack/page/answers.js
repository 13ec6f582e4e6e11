'use strict';
// Answers of /api/stats that no small server gives.

const POLICIES = ['allkeys-lru', 'allkeys-s3fifo', 'allkeys-lfu', 'allkeys-random'];

function command(name, calls, scale) {
  return {
    command: name,
    calls,
    failed: 12345,
    rejected: 99,
    seconds: calls * scale,
    latency_seconds: {'p50': scale, 'p99': scale * 17, 'p99.9': scale * 1234}
  };
}

function client(id, name) {
  return {
    id,
    address: `[2001:db8:1234:5678:9abc:def0:1234:${(id % 9999) + 1}]:65535`,
    name,
    user: 'reporting-batch',
    library: 'a-library',
    db: 15,
    age_seconds: 86400 * 400 + id,
    idle_seconds: 3600 * 30,
    command: 'client|no-evict',
    input_bytes: 1 << 30,
    output_bytes: 1 << 29
  };
}

/** A server that has been busy for a year: ten million keys, and everything else as large. */
function busy() {
  const long = 'x'.repeat(256);
  return {
    time_ms: Date.now(),
    server: {
      version: '0.1.0',
      commit: '0123456789ab',
      redis_version: '7.2.5',
      run_id: 'a'.repeat(40),
      process_id: 4194304,
      tcp_port: 65535,
      tls_port: 65534,
      tls_certificate_days: -3,
      io_threads: 128,
      uptime_seconds: 86400 * 365,
      cpu_seconds: 123456789.25,
      ready: false,
      reasons: [{reason: 'maxclients', detail: 'there are as many clients as maxclients allows'}]
    },
    reads: {
      hits: 987654321012,
      misses: 1234567890,
      hit_ratio: {'all': 0.99875, '1m': 0.99999, '5m': 1, '60m': 0},
      miss_reasons: {cold: 10, erased: 20, expired: 30, evicted: 40}
    },
    miss_ratio_curve: {
      sizes: [0.25, 0.5, 1, 2, 4],
      actual_hit_ratio: 0.9312,
      reads: 987654321,
      sampled_keys: 8192,
      policies: POLICIES.map(
          (policy, index) => ({
            policy,
            hit_ratio: [0.71, 0.84, 0.93, 0.97, 0.985].map((ratio) => ratio - index * 0.01)
          }))
    },
    hot_keys: Array.from({length: 32}, (_, index) => ({
                                         key: `user:${index}:${long}`,
                                         db: 15,
                                         per_second: 1234567.8 / (index + 1),
                                         error: 0.5,
                                         share: 0.25 / (index + 1)
                                       })),
    throughput: {
      commands: 98765432109876,
      commands_per_second: 1234567.8,
      input_bytes: 2 ** 50,
      input_bytes_per_second: 2 ** 31,
      output_bytes: 2 ** 52,
      output_bytes_per_second: 2 ** 33
    },
    memory: {
      limit_bytes: 2 ** 36,
      policy: 'allkeys-s3fifo',
      used_bytes: 2 ** 36 - 4096,
      peak_bytes: 2 ** 36,
      resident_bytes: 2 ** 36 + 2 ** 28,
      client_buffer_bytes: 2 ** 27,
      kinds: {items: 2 ** 35, large_values: 2 ** 34, index: 2 ** 33, overhead: 2 ** 33 - 4096},
      key_bytes: 2 ** 28,
      value_bytes: 2 ** 35
    },
    keyspace: {
      keys: 10000000,
      keys_with_deadline: 9999999,
      sets: 1e10,
      erases: 1e8,
      evictions: 123456789012,
      expiries: 98765432109,
      expiry_lag_seconds: 0.002,
      databases: [{db: 0, keys: 10000000, keys_with_deadline: 1}]
    },
    commands: [
      'get', 'set', 'client|no-evict', 'config|resetstat', 'mget', 'incrbyfloat', 'del', 'expireat',
      'object|encoding', 'getex', 'psetex', 'touch'
    ].map((name, index) => command(name, 10 ** (12 - index), 1.2e-6)),
    errors: {ERR: 123456789, WRONGTYPE: 98765, NOPERM: 1, OOM: 5},
    slow_log: Array.from({length: 32}, (_, id) => ({
                                         id,
                                         time_ms: Date.now() - 86400000 * id,
                                         seconds: 0.0123 * 4 ** (id % 9),
                                         arguments: Array.from({length: 31}, () => long.slice(128)),
                                         client: '[2001:db8::1]:65535',
                                         client_name: long.slice(100)
                                       })),
    slow_log_from_seconds: 0.01,
    clients: {
      connected: 10000,
      limit: 10000,
      paused: 3,
      received: 123456789,
      rejected: 4567,
      list: Array.from(
          {length: 100}, (_, index) => client(index + 1, `worker-${long.slice(200)}-${index}`))
    },
    prefixes: [{
      prefix: `user:${long}`,
      hits: 1e12,
      misses: 1e9,
      miss_reasons: null,
      sets: 1e9,
      keys: 10000000,
      data_bytes: 2 ** 35
    }],
    snapshots: {
      rules: 3,
      last_success_ms: Date.now() - 3600000,
      last_ok: true,
      last_seconds: 12.5,
      saving_since_ms: null,
      unsaved_changes: 1e9,
      loading_since_ms: null,
      bytes_loaded: 0,
      bytes_to_load: 0,
      keys_loaded: 0
    },
  };
}

/** The same with another policy running, and nothing in the longest tables. */
function running(policy) {
  const stats = busy();
  stats.memory.policy = policy;
  stats.hot_keys = stats.slow_log = stats.clients.list = [];
  return stats;
}

module.exports = {
  busy,
  running
};
