#!/usr/bin/env bash
# conf/prometheus with a real Prometheus: it scrapes the cache, the replicas of the API and nginx, and when
# one of them is stopped its alert fires. The alerts that take longer than a test: tests/conf.
source "$(dirname "${BASH_SOURCE[0]}")/with_nginx.sh"
for tool in prometheus prometheus-nginx-exporter; do
  command -v $tool >/dev/null || { echo "skipped: no $tool"; exit 77; }
done

prometheus_pid="" exporter_pid=""
stop_all() {
  local pid
  for pid in $prometheus_pid $exporter_pid; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" || true
  done
  stop_nginx
}
trap stop_all EXIT

start_server --admin-port 0
admin=$(timeout 30 redis-cli -p "$port" INFO sideline | tr -d '\r' | sed -n 's/^admin_port://p')
start_nginx
prometheus-nginx-exporter -nginx.scrape-uri "$monitoring/nginx_status" -web.listen-address 127.0.0.1:0 \
  >"$folder/exporter" 2>&1 &
exporter_pid=$!
exporter=$(listening_port $exporter_pid "$folder/exporter")

# --- The configuration as it is, but for where they listen; and it looks each second and is not patient
cp -R "$here/../../conf/prometheus" "$folder"
replicas=$(sed 's/server \([0-9.:]*\) .*/"\1"/' "$folder/nginx/upstream.conf" | paste -sd ,)
set_in prometheus/prometheus.yml '"127.0.0.1:9379"' "\"127.0.0.1:$admin\""
set_in prometheus/prometheus.yml '"127.0.0.1:8000"' "$replicas"
set_in prometheus/prometheus.yml '"127.0.0.1:9113"' "\"127.0.0.1:$exporter\""
set_in prometheus/prometheus.yml 'interval: 15s' 'interval: 1s'
for rules in sideline prediction-api nginx; do set_in "prometheus/$rules.rules.yml" 'for: 1m' 'for: 1s'; done
prometheus --config.file="$folder/prometheus/prometheus.yml" --storage.tsdb.path="$folder/tsdb" \
  --web.listen-address=127.0.0.1:0 >"$folder/prometheus.log" 2>&1 &
prometheus_pid=$!
prometheus=http://127.0.0.1:$(listening_port $prometheus_pid "$folder/prometheus.log")

# asked PATH EXPRESSION [CURL ARGUMENT...]: what Python makes of `data`, the answer.
asked() {
  local path=$1 expression=$2
  shift 2
  curl -sS "$@" "$prometheus/api/v1/$path" |
    $python -c "import json, sys; data = json.load(sys.stdin)['data']; print(*sorted($expression))"
}
targets() { asked targets "f'{t[\"labels\"][\"job\"]}:{t[\"health\"]}' for t in data['activeTargets']"; }
alerts() { asked alerts "a['labels']['alertname'] for a in data['alerts'] if a['state'] == 'firing'"; }
value() { asked query "r['value'][1] for r in data['result']" --get --data-urlencode "query=$1"; }
# becomes EXPECTED COMMAND...: waits until that is what it writes.
becomes() {
  local expected=$1 got deadline=$((SECONDS + 40))
  shift
  until got=$("$@" 2>&1) && [[ $got == "$expected" ]]; do
    [[ $SECONDS -lt $deadline ]] || fail "$*: expected '$expected', got '$got'"
    sleep 0.2
  done
}

# --- All of them are scraped, and well: no alert
becomes "nginx:up prediction-api:up prediction-api:up sideline:up" targets
becomes "1 1 1 1" value up
becomes 1 value sideline_ready
becomes 1 value nginx_up
becomes 2 value 'count(prediction_http_requests_total)'
[[ $(value nginx_http_requests_total) -gt 0 ]] || fail "nginx counts no requests"
expect '' alerts

# --- Each is stopped, and its alert fires
kill "$server_pid"
wait "$server_pid" || fail "the server ended with exit code $?"
server_pid=
becomes SidelineDown alerts
switch a dead
becomes "PredictionApiDown SidelineDown" alerts
kill "$nginx_pid"
wait "$nginx_pid" || true
nginx_pid=
becomes "NginxDown PredictionApiDown SidelineDown" alerts
# One that is back is no alert.
switch a ok
becomes "NginxDown SidelineDown" alerts
