#!/usr/bin/env bash
# The tools that people watch it with read what it tells: promtool, Prometheus's parser of
# OpenMetrics, curl, and redis_exporter with INFO.
source "$(dirname "${BASH_SOURCE[0]}")/with_server.sh"
needs promtool prometheus-redis-exporter curl
# Debian's own, which has Debian's packages.
python=/usr/bin/python3
$python -c "import prometheus_client" 2>/dev/null || skip "no prometheus_client"

beside=()  # processes
stop_all() {
  end_processes "${beside[@]}"
  stop_server
}
trap stop_all EXIT

start_server --admin-port 0 --metrics-prefix user: 'odd"\' --metrics-miss-reasons yes
cli() { timeout 30 redis-cli -h 127.0.0.1 -p "$port" "$@"; }
expect OK cli SET user:1 v PX 5
expect '' cli GET user:2
expect OK cli SET other v
expect v cli GET other
expect_match '*wrong number of arguments*' cli GET
admin=$(cli INFO sideline | tr -d '\r' | sed -n 's/^admin_port://p')
url=http://127.0.0.1:$admin

# --- curl
expect_match '{"status":"ready"*' curl -sS "$url/health"
expect 405 curl -sS -o /dev/null -w '%{http_code}' -d body "$url/metrics"
expect 404 curl -sS -o /dev/null -w '%{http_code}' --path-as-is "$url/../../etc/passwd"
expect 200 curl -sS -o /dev/null -w '%{http_code}' -I "$url/api/stats"
curl -sS "$url/api/stats" | $python -m json.tool >/dev/null || fail "/api/stats is no JSON"

# --- Prometheus: text, with its conventions for names, and OpenMetrics by the strictest parser
curl -sS "$url/metrics" >"$folder/text"
problems=$(promtool check metrics <"$folder/text" 2>&1) || fail "promtool: $problems"
[[ -z $problems ]] || fail "promtool: $problems"
curl -sS -H 'Accept: application/openmetrics-text;version=1.0.0' "$url/metrics" >"$folder/open"
$python - "$folder/open" <<'PY' || fail "not OpenMetrics"
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
families = {f.name: f for f in text_string_to_metric_families(open(sys.argv[1]).read())}
prefixes = {s.labels["prefix"] for s in families["sideline_prefix_misses"].samples}
assert prefixes == {"user:", 'odd"\\'}, prefixes
assert families["sideline_command_duration_seconds"].type == "histogram"
assert families["sideline_build"].type == "info"
PY

# --- redis_exporter, which does not tell the port that it chose
# export_from ADDRESS: what it makes of that server.
export_from() {
  prometheus-redis-exporter -redis.addr "$1" -web.listen-address 127.0.0.1:0 >"$folder/exporter" 2>&1 &
  beside+=($!)
  local exporter
  exporter=$(listening_port $! "$folder/exporter")
  curl -sS "http://127.0.0.1:$exporter/metrics"
}
export_from "redis://127.0.0.1:$port" >"$folder/exported"
exported() { sed -n "s/^redis_$1 //p" "$folder/exported"; }
expect 1 exported up
expect 0 exported 'exporter_last_scrape_error{err=""}'
expect 1 exported keyspace_misses_total
expect 1 exported keyspace_hits_total
expect 1 exported 'db_keys{db="db0"}'
expect 2.68435456e+08 exported memory_max_bytes
expect 2 exported 'commands_total{cmd="get"}'
expect_match '*redis_instance_info{*maxmemory_policy="allkeys-lru"*redis_version="7.2.*' \
  grep '^redis_instance_info' "$folder/exported"
expect_match '*redis_errors_total{err="ERR"} 1*' grep '^redis_errors_total' "$folder/exported"

# --- It makes as much of INFO as of that of Redis
command -v redis-server >/dev/null || exit 0
redis-server --port 0 --unixsocket "$folder/redis" --save '' >"$folder/redis.log" 2>&1 &
beside+=($!)
redis() { timeout 30 redis-cli -s "$folder/redis" "$@"; }
becomes_within 30 PONG redis PING
redis SET user:1 v PX 5 >/dev/null
redis GET user:2 >/dev/null
redis GET >/dev/null
names() { grep -o '^redis_[a-z0-9_]*' | sort -u; }
export_from "unix://$folder/redis" >"$folder/exported_of_redis"
names <"$folder/exported_of_redis" >"$folder/redis_names"
[[ $(wc -l <"$folder/redis_names") -gt 100 ]] || fail "redis_exporter made little of Redis: $(<"$folder/redis_names")"
expect '' comm -13 <(names <"$folder/exported") "$folder/redis_names"
