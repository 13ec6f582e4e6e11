# shellcheck shell=bash
# Sourced by the scripts of wire/ and stack/: starts a server of their own, and stops it when they end.
set -euo pipefail
: "${SERVER_UNDER_TEST:?has to name the server program}"

folder=$(mktemp -d)
server_pid=
holder_pid=

# end_processes [PID]...: those that were started here, whether or not they still run.
end_processes() {
  local pid
  for pid in "$@"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" || true
  done
}

stop_server() {
  [[ -z $server_pid ]] || end_processes "$server_pid"
  [[ -z $holder_pid ]] || kill "$holder_pid" 2>/dev/null || true
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

# hold_ports COUNT: sets `held_ports`, each one more than that before it. A port that stays bound, and is
# not listened to, is nobody else's than a server's that is told it.
hold_ports() {
  coproc port_holder { exec /usr/bin/python3 -c '
import socket, sys
def held(port):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", port))
    return s
while True:
    try:
        row = [held(0)]
        while len(row) < int(sys.argv[1]):
            row.append(held(row[-1].getsockname()[1] + 1))
        break
    except (OSError, OverflowError):
        pass
print(*(s.getsockname()[1] for s in row), flush=True)
sys.stdin.read()' "$1"; }
  holder_pid=${port_holder_PID:?}
  read -r -t 30 -a held_ports <&"${port_holder[0]}" || fail "there are no ports"
}

# listening_port PID LOG: where a process listens that was told port 0 and does not tell which one it
# chose. Waits until it does.
listening_port() {
  /usr/bin/python3 - "$1" <<'PY' || fail "it does not listen: $(<"$2")"
import os, sys, time
folder = f"/proc/{sys.argv[1]}/fd"
def ports():
    links = [os.readlink(f"{folder}/{name}") for name in os.listdir(folder)]
    for table in "/proc/net/tcp", "/proc/net/tcp6":
        for line in open(table).readlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in links:
                yield int(fields[1].split(":")[-1], 16)
deadline = time.monotonic() + 60
while not (found := list(ports())) and time.monotonic() < deadline:
    time.sleep(0.02)
print(*found[:1])
sys.exit(not found)
PY
}

# certify KEY CERTIFICATE [DAYS [NAMES]]: makes both files, for localhost and its address.
certify() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days "${3:-1}" -subj /CN=localhost \
    -addext "subjectAltName=${4:-IP:127.0.0.1,DNS:localhost}" -keyout "$1" -out "$2" 2>/dev/null
}

# skip WHY: 77 is "skipped" to ctest.
skip() {
  echo "skipped: $*"
  exit 77
}

# needs TOOL...: skips the test where one of these programs is not installed.
needs() {
  local tool
  for tool; do command -v "$tool" >/dev/null || skip "no $tool"; done
}

# Whether the server was built with a sanitizer, which has memory and calls of its own.
is_sanitized() { grep -qaE '__(asan|tsan)_init' "$SERVER_UNDER_TEST"; }

# needs_strace: skips the test where a server cannot be traced, or would make calls of a sanitizer.
needs_strace() {
  needs strace
  strace -f true 2>/dev/null || skip "nothing may be traced here"
  ! is_sanitized || skip "a sanitizer has calls of its own"
}

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# set_in FILE FROM TO: of what lies in $folder; FROM has to be there.
set_in() {
  local text
  text=$(<"$folder/$1")
  [[ $text == *"$2"* ]] || fail "$1 has no '$2'"
  printf '%s\n' "${text//"$2"/"$3"}" >"$folder/$1"
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

# refuses PATTERN COMMAND...: it fails, and what it says matches.
refuses() {
  local pattern=$1 got code=0
  shift
  got=$("$@" 2>&1) || code=$?
  # shellcheck disable=SC2053
  [[ $code -eq 1 && $got == $pattern ]] || fail "$*: expected to fail with '$pattern', got $code: '$got'"
}

# becomes_within SECONDS EXPECTED COMMAND...: waits until that is what it writes.
becomes_within() {
  local deadline=$((SECONDS + $1)) expected=$2 got
  shift 2
  until got=$("$@" 2>&1) && [[ $got == "$expected" ]]; do
    [[ $SECONDS -lt $deadline ]] || fail "$*: expected '$expected', got '$got'"
    sleep 0.2
  done
}
