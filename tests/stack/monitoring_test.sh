#!/usr/bin/env bash
# conf/prometheus with a real Prometheus: it scrapes the cache, the replicas of the API and nginx, and when
# one of them is stopped its alert fires. Others: alerts_test.sh; those that take longer than a test: tests/conf.
source "$(dirname "${BASH_SOURCE[0]}")/with_nginx.sh"
source "$(dirname "${BASH_SOURCE[0]}")/with_prometheus.sh"
needs prometheus-nginx-exporter

exporter_pid=""
stop_all() {
  [[ -z $exporter_pid ]] || end_processes "$exporter_pid"
  stop_prometheus
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

# --- The configuration as it is, but for where they listen
copy_prometheus "$admin"
replicas=$(sed 's/server \([0-9.:]*\) .*/"\1"/' "$folder/nginx/upstream.conf" | paste -sd ,)
set_in prometheus/prometheus.yml '"127.0.0.1:8000"' "$replicas"
set_in prometheus/prometheus.yml '"127.0.0.1:9113"' "\"127.0.0.1:$exporter\""
start_prometheus

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
