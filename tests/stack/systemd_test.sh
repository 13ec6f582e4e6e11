#!/usr/bin/env bash
# The units of conf/systemd under systemd itself, which is process 1 of namespaces of its own: the server
# starts within all that they forbid it, saves, comes again after it was killed and after it hung, ends in
# good order, and is backed up.
source "$(dirname "${BASH_SOURCE[0]}")/../wire/with_server.sh"

[[ $EUID -eq 0 ]] || skip "not root"
[[ -x /lib/systemd/systemd ]] || skip "no systemd"
needs unshare nsenter setpriv pgrep ip redis-cli

# What systemd could change of this machine.
machine() {
  cat /proc/sys/kernel/hostname
  grep ' /sys' /proc/self/mounts
  [[ $(stat --file-system -c %T /sys/fs/cgroup) != tmpfs ]] || ls /sys/fs/cgroup
}
machine_before=$(machine)

group=sideline-test-$$
systemd_pid=
unshare_pid=
clean_up() {
  local code=$?
  [[ $code -eq 0 || $code -eq 77 || -z $systemd_pid ]] || inside tail -n 20 /dev/kmsg /var/log/units >&2 || true
  [[ -z $unshare_pid ]] || { kill -9 "$unshare_pid"; wait "$unshare_pid"; } 2>/dev/null || true
  # Its processes end with it, but not at once.
  [[ -z $systemd_pid ]] || while kill -0 "$systemd_pid" 2>/dev/null; do sleep 0.05; done
  find /sys/fs/cgroup -depth -type d \( -path "*/$group" -o -path "*/$group/*" \) -exec rmdir {} \; || true
  stop_server
}
trap clean_up EXIT

setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --net --uts --ipc \
  "$(dirname "${BASH_SOURCE[0]}")/systemd/boot.sh" "$SERVER_UNDER_TEST" "$group" >"$folder/systemd" 2>&1 &
unshare_pid=$!

# inside COMMAND...: on that machine.
inside() { nsenter --target "$systemd_pid" --mount --pid --net --uts --ipc --cgroup timeout 30 "$@"; }
cli() { REDISCLI_AUTH=secret inside redis-cli -p 6379 "$@"; }
# of PROPERTY [UNIT]
of() { inside systemctl show --value --property "$1" "${2:-sideline}"; }

deadline=$((SECONDS + 60))
until systemd_pid=$(pgrep -P "$unshare_pid") && [[ $(</proc/"$systemd_pid"/comm) == systemd ]]; do
  if ! kill -0 "$unshare_pid" 2>/dev/null; then
    code=0
    wait "$unshare_pid" || code=$?
    [[ $code -ne 77 ]] || skip "this machine does not allow it: $(<"$folder/systemd")"
    fail "systemd did not begin: $code: $(<"$folder/systemd")"
  fi
  [[ $SECONDS -lt $deadline ]] || fail "systemd does not begin: $(<"$folder/systemd")"
  sleep 0.05
done

# --- It says itself that it is ready, and has no rights
becomes_within 60 active of ActiveState
expect PONG cli PING
server=$(of MainPID)
# Whether there is another process than $server, and it is ready.
is_another() { [[ $(of MainPID) != "$server" && $(of ActiveState) == active ]] && echo yes; }
status() { inside sed -n "s/^$1:\s*//p" "/proc/$server/status"; }
[[ $(inside stat -c %u "/proc/$server") -ne 0 ]] || fail "it runs as root"
expect 0000000000000000 status CapEff
expect 0000000000000000 status CapBnd
expect 1 status NoNewPrivs
expect 2 status Seccomp
expect 10500 inside sh -c "sed -n 's/^Max open files *\([0-9]*\) .*/\1/p' /proc/$server/limits"

# --- It saves into its folder, which is there when it was killed and comes again
expect OK cli SET game:1 3:2
expect 'Background saving started' cli BGSAVE
in_progress() { cli INFO persistence | tr -d '\r' | sed -n 's/^rdb_bgsave_in_progress://p'; }
becomes_within 60 0 in_progress
expect 700 inside stat -c %a /var/lib/private/sideline
expect 600 inside stat -c %a /var/lib/sideline/dump.rdb
inside kill -9 "$server"
becomes_within 60 yes is_another
expect 3:2 cli GET game:1

# --- So does one that hangs
server=$(of MainPID)
inside kill -STOP "$server"
becomes_within 60 yes is_another
expect 3:2 cli GET game:1

# --- A backup
inside systemctl start sideline-backup || fail "no backup: $(inside systemctl status sideline-backup 2>&1)"
expect success of Result sideline-backup
inside /usr/libexec/sideline/backup.sh verify --dir /var/lib/sideline-backup >"$folder/verify" 2>&1 || fail "$(<"$folder/verify")"

# --- The end in good order
expect OK cli CONFIG SET save '3600 1'
expect OK cli SET game:2 1:1
inside systemctl stop sideline || fail "it cannot be stopped"
expect inactive of ActiveState
expect success of Result
expect 0 of ExecMainStatus
inside systemctl start sideline || fail "it cannot be started"
expect 1:1 cli GET game:2

expect "$machine_before" machine
