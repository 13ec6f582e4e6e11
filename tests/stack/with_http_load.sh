# shellcheck shell=bash
# Sourced by tests of what a load over HTTP must not notice, after what starts the programs: a load that
# runs beside what they do, and tells in its last line how it went.
: "${folder:?of the test}"

# start_http_load COMMAND...: it writes `ready` once it runs, and ends with its standard input.
start_http_load() {
  mkfifo "$folder/go on"
  "$@" <"$folder/go on" >"$folder/load" 2>&1 &
  load_pid=$!
  exec 4>"$folder/go on"
  until grep -q ready "$folder/load"; do
    kill -0 "$load_pid" || fail "there is no load: $(<"$folder/load")"
    sleep 0.02
  done
}

# end_http_load WHAT: it may not have failed.
end_http_load() {
  exec 4>&-
  wait "$load_pid" || fail "$1: the load failed: $(<"$folder/load")"
  rm "$folder/go on"
}
