# shellcheck shell=bash
# Sourced by the tests of scripts/rotate-*.sh: a load that runs through, and counts what fails.
source "$(dirname "${BASH_SOURCE[0]}")/../wire/with_server.sh"
needs redis-cli openssl
/usr/bin/python3 -c "import redis" 2>/dev/null || skip "no python3-redis"
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
scripts=$(realpath "$here/../../scripts")

load_pid=""
stop_all() {
  [[ -z $load_pid ]] || kill "$load_pid" 2>/dev/null || true
  stop_server
}
trap stop_all EXIT

# start_load URL PASSWORD_FILE
start_load() {
  rm -f "$folder"/used.*
  /usr/bin/python3 -B "$here/../python/rotation_load.py" "$1" "$2" "$folder" >"$folder/load" 2>"$folder/failures" &
  load_pid=$!
}

# wait_for_load PASSWORD: until each client has made a request more, with that password.
wait_for_load() {
  local deadline=$((SECONDS + 30)) thread before now
  for thread in 0 1; do
    before=$(cat "$folder/used.$thread" 2>/dev/null || true)
    until now=$(cat "$folder/used.$thread" 2>/dev/null || true) && [[ -n $now && $now != "$before" && $now == *" $1" ]]; do
      [[ $SECONDS -lt $deadline ]] || fail "the load does not get on: $(tail -n 3 "$folder/failures")"
      sleep 0.02
    done
  done
}

# No request of the load has failed.
stop_load() {
  local asked failed
  kill "$load_pid"
  wait "$load_pid" || fail "the load ended with exit code $?"
  load_pid=""
  read -r asked failed <"$folder/load"
  [[ $failed -eq 0 && $asked -gt 4 ]] || fail "$failed of $asked requests failed: $(head -3 "$folder/failures")"
}

stop_the_server() {
  kill "$server_pid"
  wait "$server_pid" || fail "the server ended with exit code $?"
  server_pid=
  rm "$folder/port"
}
