#!/usr/bin/env bash
# conf/pm2/ecosystem.config.js under PM2, from npm in the version of pm2/package-lock.json: the cache,
# and the example API. Without that, npm or a registry the exit code is 77.
source "$(dirname "${BASH_SOURCE[0]}")/../wire/with_server.sh"

[[ -x ${PREDICTION_API:-} ]] || skip "there is no prediction-api"
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
ecosystem=$(realpath "$here/../../conf/pm2/ecosystem.config.js")
needs npm redis-cli curl /usr/bin/python3
cp -r "$here/pm2" "$folder/"
timeout 120 npm --prefix "$folder/pm2" ci --prefer-offline --no-audit --no-fund --ignore-scripts >"$folder/npm" 2>&1 ||
  skip "npm could not install PM2: $(grep -m 3 '^npm error' "$folder/npm" || tail -3 "$folder/npm")"

# It talks to nobody else.
export PM2_DISABLE_VERSION_CHECK=true PM2_HOME=$folder/pm2_home PM2_WORKER_INTERVAL=200
export STACK_DIR=$folder/stack STACK_BIN=$folder/bin
load_pid=""
pm2() { timeout 100 "$folder/pm2/node_modules/.bin/pm2" "$@" --no-color >>"$folder/pm2.log" 2>&1 || fail "pm2 $*: $(tail -20 "$folder/pm2.log")"; }
clean_up() {
  [[ -z $load_pid ]] || kill "$load_pid" 2>/dev/null || true
  [[ ! -d $PM2_HOME ]] || timeout 100 "$folder/pm2/node_modules/.bin/pm2" kill >/dev/null 2>&1 || true
  stop_server
}
trap clean_up EXIT

hold_ports 2
API_PORT=${held_ports[0]}
export API_PORT SIDELINE_PORT=0 SIDELINE_ADMIN_PORT=0 SIDELINE_TLS_PORT=0
export SIDELINE_REQUIREPASS_FILE=$folder/password CACHE_PASSWORD_FILE=$folder/password REDISCLI_AUTH=secret
echo "$REDISCLI_AUTH" >"$folder/password"
export JWT_SECRET=for-this-test-alone-and-long-enough DATABASE_URL=sqlite:$folder/predictions.db

mkdir -p "$STACK_BIN" "$STACK_DIR/logs"
ln -s "$(realpath "$SERVER_UNDER_TEST")" "$STACK_BIN/sideline-server"
ln -s "$(realpath "$PREDICTION_API")" "$STACK_BIN/prediction-api"

cli() { timeout 10 redis-cli -s "$STACK_DIR/sideline.sock" "$@"; }
# pids NAME: of its processes that PM2 has as online, in the order of their numbers.
pids() {
  timeout 30 "$folder/pm2/node_modules/.bin/pm2" jlist --silent 2>/dev/null | /usr/bin/python3 -c '
import json, sys
text = sys.stdin.read()
for process in sorted(json.loads(text[text.index("["):]), key=lambda process: process["pm_id"]):
    if process["name"] == sys.argv[1] and process["pm2_env"]["status"] == "online":
        print(process["pid"])' "$1"
}
# comes COMMAND...: waits until it succeeds.
comes() {
  local deadline=$((SECONDS + 40))
  until "$@" >/dev/null 2>&1; do
    [[ $SECONDS -lt $deadline ]] || fail "it does not come: $*: $(tail -n 5 "$STACK_DIR"/logs/*.log; tail -n 40 "$PM2_HOME/pm2.log")"
    sleep 0.05
  done
}
pongs() { [[ $(cli PING 2>&1) == PONG ]]; }
healthy() { curl -sf -m 5 "http://127.0.0.1:$1/health"; }
answers() { curl -sf -m 5 "http://127.0.0.1:$1/api/predictions/spread/17"; }
# others NAME PIDS: other processes than those run, as many.
others() {
  local now
  now=$(pids "$1")
  [[ $(wc -l <<<"$now") -eq $(wc -l <<<"$2") ]] && ! grep -qxFf <(echo "$2") <<<"$now"
}

# --- Staging has its own settings
pm2 start "$ecosystem" --env staging --only cache
comes pongs
expect $'maxmemory\n67108864' cli CONFIG GET maxmemory
pm2 delete cache

# --- Production: the cache, two replicas, logs, a socket for its user alone
pm2 start "$ecosystem" --env production
comes pongs
for port in "$API_PORT" $((API_PORT + 1)); do comes healthy "$port"; done
expect $'maxmemory\n268435456' cli CONFIG GET maxmemory
expect 700 stat -c %a "$STACK_DIR/sideline.sock"
[[ -s $STACK_DIR/logs/cache.log && -s $STACK_DIR/logs/api.log ]] || fail "there are no logs: $(ls "$STACK_DIR/logs")"

# --- Reload: the cache comes back with what it had; some replica answers at any time
expect OK cli SET game:1 3:2 EX 1800
before_cache=$(pids cache) before_api=$(pids api)
[[ $(wc -l <<<"$before_api") -eq 2 ]] || fail "there are not two replicas: $before_api"
(
  failed=0 asked=0
  trap 'echo "$asked $failed" >"$folder/load"; exit' TERM
  while true; do  # as nginx does it: the other one, if one does not answer
    asked=$((asked + 1))
    answers "$API_PORT" >/dev/null || answers $((API_PORT + 1)) >/dev/null || failed=$((failed + 1))
    sleep 0.05
  done
) &
load_pid=$!
pm2 reload "$ecosystem" --env production
others cache "$before_cache" || fail "the cache was not restarted"
others api "$before_api" || fail "the replicas were not restarted: $before_api, $(pids api); $(tail -30 "$folder/pm2.log")"
comes pongs
expect 3:2 cli GET game:1
for port in "$API_PORT" $((API_PORT + 1)); do comes healthy "$port"; done
kill "$load_pid"
wait "$load_pid" || true
load_pid=
read -r asked failed <"$folder/load"
[[ $failed -eq 0 && $asked -gt 10 ]] || fail "$failed of $asked requests failed"

# --- What dies comes again
for name in cache api; do
  before=$(pids $name)
  kill -9 "$(head -1 <<<"$before")"
  gone() { ! grep -qxF "$(head -1 <<<"$before")" <<<"$(pids $name)"; }
  comes gone
  whole() { [[ $(pids $name | wc -l) -eq $(wc -l <<<"$before") ]]; }
  comes whole
done
comes pongs
for port in "$API_PORT" $((API_PORT + 1)); do comes healthy "$port"; done

# --- What takes too much memory is restarted, and takes no more than its limit then
before=$(pids cache)
expect OK cli CONFIG SET maxmemory 1gb
for i in 1 2 3 4 5 6 7 8; do cli SETRANGE "large:$i" 62000000 x >/dev/null 2>&1 || true; done
restarted() { others cache "$before" && pongs; }
comes restarted
expect $'maxmemory\n268435456' cli CONFIG GET maxmemory

# --- The end is in good order
expect OK cli FLUSHALL
pm2 stop all
ended_well() { tail -n 1 "$STACK_DIR/logs/cache.log" | grep -q ' Bye$'; }
comes ended_well  # PM2 writes what a process said last after it has said that it stopped
