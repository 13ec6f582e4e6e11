# shellcheck shell=bash
# Sourced by the scripts of this folder: starts a server of their own, and stops it when they end.
set -euo pipefail
: "${SERVER_UNDER_TEST:?has to name the server program}"

folder=$(mktemp -d)
server_pid=

stop_server() {
  if [[ -n $server_pid ]]; then
    kill "$server_pid" 2>/dev/null || true
    wait "$server_pid" || true
  fi
  rm -rf "$folder"
}
trap stop_server EXIT

# start_server [FILE] ARGUMENTS...: sets `port` once it listens.
start_server() {
  local file=()
  [[ ${1:---} == --* ]] || { file=("$1"); shift; }
  "$SERVER_UNDER_TEST" "${file[@]}" --port 0 --port-file "$folder/port" --bind 127.0.0.1 "$@" >"$folder/log" 2>&1 &
  server_pid=$!
  until [[ -s $folder/port ]]; do
    kill -0 "$server_pid" 2>/dev/null || fail "the server did not start: $(cat "$folder/log")"
    sleep 0.02
  done
  port=$(<"$folder/port")
}

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# expect EXPECTED COMMAND...: what the command writes.
expect() {
  local expected=$1 got
  shift
  got=$("$@" 2>&1) || fail "$*: exit code $?: $got"
  [[ $got == "$expected" ]] || fail "$*: expected '$expected', got '$got'"
}

# expect_match PATTERN COMMAND...: a pattern of the shell that it has to match.
expect_match() {
  local pattern=$1 got
  shift
  got=$("$@" 2>&1) || fail "$*: exit code $?: $got"
  # shellcheck disable=SC2053
  [[ $got == $pattern ]] || fail "$*: expected '$pattern', got '$got'"
}
