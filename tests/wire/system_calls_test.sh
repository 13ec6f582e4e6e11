#!/usr/bin/env bash
# What the server asks of the system while it does all that it can do is what its unit for systemd lets it ask:
# with SystemCallFilter another call would fail.
source "$(dirname "${BASH_SOURCE[0]}")/with_server.sh"
needs_strace
needs systemd-analyze openssl curl
unit=$(dirname "${BASH_SOURCE[0]}")/../../conf/systemd/sideline.service

certify "$folder/key.pem" "$folder/cert.pem"
hold_ports 2
tls_port=${held_ports[0]}
plain=(--port "${held_ports[1]}")  # with a TLS port, 0 is none
cat >"$folder/sideline.conf" <<END
dir $folder
maxmemory 32mb
maxmemory-policy allkeys-lru
save 3600 1
logfile $folder/server.log
unixsocket $folder/socket
aclfile $folder/users.acl
admin-port 0
tls-port $tls_port
tls-cert-file $folder/cert.pem
tls-key-file $folder/key.pem
tls-auth-clients no
io-threads 2
END
touch "$folder/users.acl"
cli() { timeout 60 redis-cli -p "$port" "$@"; }

# What it listens to for systemd: the test.
export NOTIFY_SOCKET=$folder/notify WATCHDOG_USEC=1000000
/usr/bin/python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.settimeout(300)
s.bind(sys.argv[1])
while not s.recv(4096).startswith(b"STOPPING"):
    pass' "$NOTIFY_SOCKET" >/dev/null 2>&1 &
listener=$!
trap 'kill "$listener" 2>/dev/null || true; stop_server' EXIT
until [[ -S $NOTIFY_SOCKET ]]; do sleep 0.02; done

# The tracer is a process beside the server, not above it.
cat >"$folder/traced" <<END
#!/usr/bin/env bash
exec strace -D -f -c -o "\$CALLS" "$SERVER_UNDER_TEST" "\$@"
END
chmod +x "$folder/traced"
SERVER_UNDER_TEST=$folder/traced

# --- A first time, until it saves at its end
export CALLS=$folder/first
start_server "$folder/sideline.conf" --supervised systemd "${plain[@]}"
head -c 1000000 /dev/zero >"$folder/value"
for key in $(seq 40); do cli -x SET "large:$key" <"$folder/value" >/dev/null; done  # more than fits
seq -f 'SET key:%g v PX 60000' 2000 | cli >/dev/null
expect 'v' cli GET key:2000
expect PONG timeout 60 redis-cli -s "$folder/socket" PING
expect PONG timeout 60 redis-cli --tls --cacert "$folder/cert.pem" -h localhost -p "$tls_port" PING
admin=$(cli INFO sideline | tr -d '\r' | sed -n 's/^admin_port://p')
expect_match '*sideline_hits_total*' curl -sS "http://127.0.0.1:$admin/metrics"
expect_match '*<html*' curl -sS "http://127.0.0.1:$admin/"
expect OK cli ACL SETUSER reader on '>secret' '+get' '~*'
expect OK cli ACL SAVE
expect OK cli CONFIG SET maxmemory 64mb
expect OK cli CONFIG SET maxclients 5000
expect OK cli CONFIG REWRITE
expect 'Background saving started' cli BGSAVE
becomes_within 30 rdb_bgsave_in_progress:0 bash -c "redis-cli -p $port INFO persistence | tr -d '\r' | grep in_progress | grep bgsave"
kill -HUP "$server_pid"
becomes_within 30 OK cli SET again v  # the snapshot at the end has something to do
kill "$server_pid"
wait "$server_pid" || fail "it ended with $?"
server_pid=
expect_match '*Snapshot saved*' tail -n 5 "$folder/server.log"
wait "$listener" || fail "systemd was not told of the end"

# --- A second time, as it loads what was saved, and is ended by a command
unset NOTIFY_SOCKET WATCHDOG_USEC
CALLS=$folder/second
rm "$folder/port"
start_server "$folder/sideline.conf" "${plain[@]}"
becomes_within 30 v cli GET again
cli SHUTDOWN NOSAVE >/dev/null
wait "$server_pid" || fail "it ended with $?"
server_pid=

# The tracers tell when they have seen the end.
for calls in first second; do
  becomes_within 30 1 grep -c total "$folder/$calls"
done
/usr/bin/python3 - "$unit" "$folder"/{first,second} <<'PY'
import re, subprocess, sys
unit, *summaries = sys.argv[1:]
sets, name = {}, None
told = subprocess.run(["systemd-analyze", "syscall-filter"], capture_output=True, text=True, check=True).stdout
for line in re.sub("\x1b[^m]*m", "", told).splitlines():
    if line.startswith("@"):
        name = line.strip()
        sets[name] = []
    elif line.startswith("    ") and not line.strip().startswith("#") and name:
        sets[name].append(line.strip())
    elif line.strip() and not line.startswith(" "):
        name = None
def members(word):
    return set().union(*(members(each) for each in sets[word])) if word in sets else {word}
allowed = set()
for line in open(unit):
    key, _, value = line.strip().partition("=")
    if key != "SystemCallFilter":
        continue
    words = value.removeprefix("~").split()
    named = set().union(*map(members, words))
    allowed = allowed - named if value.startswith("~") else allowed | named
used = set()
for summary in summaries:
    for line in open(summary):
        fields = line.split()
        if len(fields) >= 5 and re.fullmatch(r"[\d.]+", fields[0]) and fields[-1] != "total":
            used.add(fields[-1])
for expected in "epoll_wait", "fsync", "madvise", "futex":  # else the summaries were not read right
    assert expected in used, f"no {expected} among {sorted(used)}"
refused = sorted(used - allowed)
sys.exit(f"FAILED: the unit does not let the server call {refused}" if refused else 0)
PY
