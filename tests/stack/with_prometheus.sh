# shellcheck shell=bash
# Sourced by the tests of conf/prometheus, after what starts the programs that are watched: a Prometheus
# with those files, which looks each second, and what it finds.
: "${folder:?of the test}"
needs prometheus curl /usr/bin/python3

prometheus_pid=""
stop_prometheus() {
  [[ -z $prometheus_pid ]] || end_processes "$prometheus_pid"
}

# copy_prometheus ADMIN_PORT: the files, to $folder/prometheus; nobody is patient in them. Where else the
# programs listen, the test says.
copy_prometheus() {
  cp -R "$(dirname "${BASH_SOURCE[0]}")/../../conf/prometheus" "$folder"
  set_in prometheus/prometheus.yml '"127.0.0.1:9379"' "\"127.0.0.1:$1\""
  set_in prometheus/prometheus.yml 'interval: 15s' 'interval: 1s'
  sed -i 's/for: [0-9]*m$/for: 1s/' "$folder"/prometheus/*.rules.yml
}

# Sets `prometheus`, its address.
start_prometheus() {
  prometheus --config.file="$folder/prometheus/prometheus.yml" --storage.tsdb.path="$folder/tsdb" \
    --web.listen-address=127.0.0.1:0 >"$folder/prometheus.log" 2>&1 &
  prometheus_pid=$!
  prometheus=http://127.0.0.1:$(listening_port $prometheus_pid "$folder/prometheus.log")
}

# asked PATH EXPRESSION [CURL ARGUMENT...]: what Python makes of `data`, the answer.
asked() {
  local path=$1 expression=$2
  shift 2
  curl -sS "$@" "$prometheus/api/v1/$path" |
    /usr/bin/python3 -c "import json, sys; data = json.load(sys.stdin)['data']; print(*sorted($expression))"
}
targets() { asked targets "f'{t[\"labels\"][\"job\"]}:{t[\"health\"]}' for t in data['activeTargets']"; }
alerts() { asked alerts "a['labels']['alertname'] for a in data['alerts'] if a['state'] == 'firing'"; }
value() { asked query "r['value'][1] for r in data['result']" --get --data-urlencode "query=$1"; }

becomes() { becomes_within 100 "$@"; }
