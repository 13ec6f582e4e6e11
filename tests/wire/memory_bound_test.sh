#!/usr/bin/env bash
# The limit is the process: under two million writes and reads over five million keys, resident
# memory never exceeds maxmemory by more than 32 MiB. While a snapshot of large values is loaded, of
# which not all have room, there is one value besides (on one processor that shows nothing). While they
# are saved and others take their place, there is nothing besides.
source "$(dirname "${BASH_SOURCE[0]}")/with_server.sh"

! is_sanitized || skip "a sanitizer's memory is not the server's"

limit_kb=$(((256 + 32) * 1024))
start_server --maxmemory 256mb --maxmemory-policy allkeys-lru --dir "$folder"

benchmark() {
  redis-benchmark -h 127.0.0.1 -p "$port" -P 16 -r 5000000 -d 64 -q "$@" >"$folder/benchmark" 2>&1 ||
    fail "redis-benchmark: $(tail -3 "$folder/benchmark")"
  tr '\r' '\n' <"$folder/benchmark" | grep -a 'requests per second'
  ! grep -qai error "$folder/benchmark" || fail "errors: $(grep -ai error "$folder/benchmark" | head -3)"
}
benchmark -n 2000000 -t set,get
benchmark -n 4000000 -t set  # the keys of the first round may all fit

info() { redis-cli -p "$port" INFO all | tr -d '\r' | sed -n "s/^$1://p"; }
peak_kb() { sed -n 's/^VmHWM:\s*\([0-9]*\) kB/\1/p' "/proc/$server_pid/status"; }
peak_kb=$(peak_kb)
keys=$(redis-cli -p "$port" DBSIZE)
echo "peak resident memory: $((peak_kb / 1024)) MiB, keys: $keys, evicted: $(info evicted_keys)"

[[ $(info evicted_keys) -gt 0 ]] || fail "nothing was evicted"
[[ $(info keyspace_hits) -gt 0 ]] || fail "no read found its key"
[[ $(info total_error_replies) == 0 ]] || fail "the server replied $(info total_error_replies) errors"
[[ $peak_kb -le $limit_kb ]] || fail "$peak_kb KiB resident: more than $limit_kb KiB"

# --- Large values
value_kb=$((62 * 1024))
redis-cli -p "$port" FLUSHALL >/dev/null
redis-cli -p "$port" CONFIG SET maxmemory 1gb >/dev/null
for i in {1..8}; do redis-cli -p "$port" SETRANGE "large:$i" $((value_kb * 1024 - 1)) x >/dev/null; done
redis-cli -p "$port" SHUTDOWN SAVE
wait "$server_pid"
rm "$folder/port"
start_server --maxmemory 256mb --maxmemory-policy allkeys-lru --dir "$folder"
becomes_within 60 0 info loading
peak_kb=$(peak_kb)
echo "peak resident memory of loading large values: $((peak_kb / 1024)) MiB, keys: $(redis-cli -p "$port" DBSIZE)"
[[ $(redis-cli -p "$port" DBSIZE) == 4 ]] || fail "not as many keys as have room: $(<"$folder/log")"
[[ $peak_kb -le $((limit_kb + value_kb)) ]] || fail "$peak_kb KiB resident: more than $((limit_kb + value_kb)) KiB"

echo 5 >"/proc/$server_pid/clear_refs"  # the peak begins anew
expect 'Background saving started' redis-cli -p "$port" BGSAVE
writes=0
while [[ $(info rdb_bgsave_in_progress) == 1 ]]; do
  redis-cli -p "$port" SETRANGE "large:$((++writes % 8 + 1))" $((value_kb * 1024 - 1)) y >/dev/null
done
peak_kb=$(peak_kb)
echo "peak resident memory of saving large values: $((peak_kb / 1024)) MiB, with $writes writes meanwhile"
[[ $writes -ge 1 ]] || fail "the save was over after $writes writes"
[[ $peak_kb -le $limit_kb ]] || fail "$peak_kb KiB resident: more than $limit_kb KiB"
