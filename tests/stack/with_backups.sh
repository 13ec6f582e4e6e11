# shellcheck shell=bash
# Sourced by the tests of scripts/backup.sh: a server with keys in a folder of its own, and a folder
# for its backups. The names have spaces in them.
source "$(dirname "${BASH_SOURCE[0]}")/../wire/with_server.sh"
needs redis-cli promtool flock openssl python3

script=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../scripts/backup.sh")
home="$folder/the server"
store="$folder/the backups"
mkdir "$home"

cli() { timeout 30 redis-cli -p "$port" "$@"; }

# backup COMMAND ARGUMENT...
backup() {
  local command=$1
  shift
  timeout 120 "$script" "$command" --dir "$store" "$@"
}
server=(--server "$SERVER_UNDER_TEST")
create() { backup create "${server[@]}" "$@" -- -p "$port"; }

# How many backups there are.
count() { backup list | wc -l; }

# newest: the path of the newest backup.
newest() { echo "$store/$(backup list | tail -n 1 | cut -d ' ' -f 1)"; }

# metric NAME FILE: its value.
metric() { sed -n "s/^sideline_backup_$1{[^}]*} //p" "$2"; }

stop_the_server() {
  kill "$server_pid"
  wait "$server_pid" || fail "the server ended with exit code $?"
  server_pid=
  rm "$folder/port"
}

# content COMMAND...: all keys of a server, their values and deadlines; COMMAND asks it.
content() {
  local database
  for database in 0 9; do
    "$@" -n "$database" --no-raw KEYS '*' | grep -avE '^\([0-9.]+s\)$' | sed 's/^ *[0-9]*) //' | sort >"$folder/keys"
    # Of what takes half a second redis-cli tells the time, on a line of its own.
    sed 's/.*/GET &\nEXPIRETIME &/' "$folder/keys" | "$@" -n "$database" --no-raw |
      grep -avE '^\([0-9.]+s\)$' | paste - - |
      paste "$folder/keys" -
  done
}

fill() {
  local i
  for ((i = 0; i < 300; ++i)); do
    echo "SET key:$i 'value of $i'"
    echo "SET \"lives for a while \\x00$i\" \"\\xff\\r\\n$i\" EX $((10000 + i))"
  done | cli "$@" >/dev/null
  cli "$@" -n 9 SET elsewhere v >/dev/null
  head -c 300000 /dev/urandom | cli "$@" -x SET large >/dev/null
}
