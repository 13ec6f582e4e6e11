#!/usr/bin/env bash
# scripts/run.sh: once the server is built it answers within two seconds.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
source "$(dirname "${BASH_SOURCE[0]}")/with_server.sh"

# It builds the preset `release`, and a test is no place to build.
[[ $SERVER_UNDER_TEST -ef $root/build/release/bin/sideline-server ]] || skip "not the server of the preset release"
server_of_script=$root/scripts/run.sh

milliseconds() { echo $(($(date +%s%N) / 1000000)); }

# Starts it, and sets `taken` to the time until it listens.
start_and_stop() {
  local begin
  begin=$(milliseconds)
  SERVER_UNDER_TEST=$server_of_script start_server
  taken=$(($(milliseconds) - begin))
  expect PONG redis-cli -p "$port" PING
  kill "$server_pid"
  wait "$server_pid" || fail "exit code $?"
  server_pid=
  rm "$folder/port"
}

start_and_stop
# The machine may be busy with other tests.
for _ in 1 2 3 4 5; do
  start_and_stop
  echo "started in $taken ms"
  [[ $taken -lt 2000 ]] && exit 0
done
fail "it took $taken ms to start"
