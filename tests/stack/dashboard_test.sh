#!/usr/bin/env bash
# conf/grafana with a real Prometheus, which needs the token to scrape a server that uses all that can be
# measured: each of the dashboard's expressions has a value.
source "$(dirname "${BASH_SOURCE[0]}")/../wire/with_server.sh"
source "$(dirname "${BASH_SOURCE[0]}")/with_prometheus.sh"
needs redis-cli openssl
dashboard=$(dirname "${BASH_SOURCE[0]}")/../../conf/grafana/sideline.json

requests_pid=
stop_all() {
  [[ -z $requests_pid ]] || end_processes "$requests_pid"
  stop_prometheus
  stop_server
}
trap stop_all EXIT

certify "$folder/key.pem" "$folder/cert.pem"
echo a-token >"$folder/token"
hold_ports 2
start_server --port "${held_ports[0]}" --tls-port "${held_ports[1]}" --tls-cert-file "$folder/cert.pem" \
  --tls-key-file "$folder/key.pem" --tls-auth-clients no --admin-port 0 --admin-token-file "$folder/token" \
  --metrics-prefix user: --metrics-miss-reasons yes --maxmemory 2mb --dir "$folder" --save '3600 1'
cli() { timeout 60 redis-cli -p "$port" "$@"; }
admin=$(cli INFO sideline | tr -d '\r' | sed -n 's/^admin_port://p')
copy_prometheus "$admin"
set_in prometheus/prometheus.yml '# authorization:' 'authorization:'
set_in prometheus/prometheus.yml '#   credentials_file: /run/secrets/sideline-admin-token' "  credentials_file: $folder/token"
start_prometheus
becomes 1 value 'up{job="sideline"}'

requests() {
  seq -f 'SET user:%g v PX 50' 5000 | cli
  seq -f 'GET user:%g' 5000 | cli
  for key in 1 2 3; do cli -x SET "large:$key" <"$folder/value"; done
  cli DEL large:3
  cli SAVE
  cli NOSUCHCOMMAND
  timeout 60 redis-cli --tls --cacert "$folder/cert.pem" -h localhost -p "${held_ports[1]}" GET user:1
}
head -c 900000 /dev/zero >"$folder/value"
# All the time: a rate needs figures that differ.
while kill -0 "$server_pid" 2>/dev/null; do requests; done >"$folder/replies" 2>&1 &
requests_pid=$!

expressions=$(/usr/bin/python3 - "$dashboard" <<'PY'
import json, sys
for panel in json.load(open(sys.argv[1]))["panels"]:
    for target in panel["targets"]:
        print(target["expr"].replace("$job", "sideline").replace("$instance", ".*").replace("$__rate_interval", "1m"))
PY
)
[[ $(wc -l <<<"$expressions") -ge 30 ]] || fail "these are not all: $expressions"
# A number: the time of commands that nobody calls any more is NaN.
has_value() { value "$1" | grep -q '[0-9]' && echo yes; }
while read -r expression; do
  becomes yes has_value "$expression"
done <<<"$expressions"
