#!/usr/bin/env bash
# Alerts of conf/prometheus that take more than a program that is stopped: a backup fails, or is old; the hit
# ratio falls. With a real Prometheus, and node_exporter, by which backup.sh tells it.
source "$(dirname "${BASH_SOURCE[0]}")/with_backups.sh"
source "$(dirname "${BASH_SOURCE[0]}")/with_prometheus.sh"
needs prometheus-node-exporter redis-benchmark

exporter_pid="" reader_pid=""
stop_all() {
  # It is not killed: what it runs would go on, and redis-benchmark waits for ever for a server that ends.
  touch "$folder/read_enough"
  [[ -z $reader_pid ]] || wait "$reader_pid" || true
  [[ -z $exporter_pid ]] || end_processes "$exporter_pid"
  stop_prometheus
  stop_server
}
trap stop_all EXIT

# reads NUMBER KEY
reads() { timeout 100 redis-benchmark -p "$port" -n "$1" -P 100 -q GET "$2" >/dev/null; }

start_server --dir "$home" --admin-port 0
cli SET there value >/dev/null
# For an hour the server knows that nearly everything was found.
reads 1000000 there

mkdir "$folder/metrics"
prometheus-node-exporter --collector.disable-defaults --collector.textfile \
  --collector.textfile.directory="$folder/metrics" --web.listen-address=127.0.0.1:0 >"$folder/exporter" 2>&1 &
exporter_pid=$!
exporter=$(listening_port $exporter_pid "$folder/exporter")

copy_prometheus "$(cli INFO sideline | tr -d '\r' | sed -n 's/^admin_port://p')"
# The jobs of what does not run are removed, as the file says; the one of node_exporter is there.
sed -i '/job_name: prediction-api/,/targets/d; /job_name: nginx/,/targets/d' "$folder/prometheus/prometheus.yml"
set_in prometheus/prometheus.yml '# - job_name: node' '- job_name: node'
set_in prometheus/prometheus.yml '#   static_configs:' '  static_configs:'
set_in prometheus/prometheus.yml '#     - targets: ["127.0.0.1:9100"]' "    - targets: [\"127.0.0.1:$exporter\"]"
# The shortest time that the server has a hit ratio of.
set_in prometheus/sideline.rules.yml 'window="5m"' 'window="1m"'
set_in prometheus/sideline.rules.yml '_total[5m]' '_total[10s]'
start_prometheus
becomes "node:up sideline:up" targets

# --- A backup that fails, and one that is old
made=(--metrics-file "$folder/metrics/sideline_backup.prom")
create "${made[@]}" >/dev/null
becomes 1 value sideline_backup_last_run_success
expect '' alerts
refuses '*' backup create "${server[@]}" "${made[@]}" -- -p 1
becomes SidelineBackupFailed alerts
mv "$(newest)" "$store/$(date -u -d '37 hours ago' +%Y%m%dT%H%M%SZ)"
refuses '*' backup create "${server[@]}" "${made[@]}" -- -p 1
becomes "SidelineBackupFailed SidelineBackupOld" alerts
create "${made[@]}" >/dev/null
becomes '' alerts

# --- The hit ratio falls, once nothing is found for a minute
until [[ -e $folder/read_enough ]]; do
  reads 100 nothing
  sleep 0.2
done &
reader_pid=$!
becomes SidelineHitRatioFell alerts
reads 1000000 there
becomes '' alerts
