#!/usr/bin/env bash
# scripts/backup.sh: what is backed up comes back, in Sideline and in Redis; who may ask, and how.
source "$(dirname "${BASH_SOURCE[0]}")/with_backups.sh"
needs redis-server

redis_pid=""
clean_up() {
  [[ -z $redis_pid ]] || kill "$redis_pid" 2>/dev/null || true
  [[ ! -s "$folder/drill pid" ]] || kill "$(cat "$folder/drill pid")" 2>/dev/null || true
  stop_server
}
trap clean_up EXIT

# comes PID LOG COMMAND...: waits until the command says PONG, as long as the process lives.
comes() {
  local pid=$1 log=$2 deadline=$((SECONDS + 60))
  shift 2
  until [[ $("$@" 2>&1) == PONG ]]; do
    kill -0 "$pid" 2>/dev/null || fail "it did not start: $(cat "$log")"
    [[ $SECONDS -lt $deadline ]] || fail "it does not answer: $(cat "$log")"
    sleep 0.02
  done
}

# --- A server with a configuration of several files, a password, a socket and TLS
certify "$home/tls.key" "$home/tls.pem"
hold_ports 1
tls_port=${held_ports[0]}
printf '%s\n' 'user default on >secret ~* &* +@all' \
  'user backup on >other resetkeys resetchannels -@all +info +bgsave +config|get' >"$home/users.acl"
echo 'maxclients 321' >"$home/part one.conf"
echo 'timeout 0' >"$home/part two.conf"
echo 'tcp-keepalive 60' >"$home/quoted file.conf"
{
  echo "include \"$home/part *.conf\""
  echo "  INCLUDE '$home/quoted file.conf'  "
  echo '# include nothing.conf'
} >"$home/server.conf"
start_server "$home/server.conf" --dir "$home" --dbfilename "a dump.rdb" --aclfile "$home/users.acl" \
  --unixsocket "$home/socket" --tls-cert-file "$home/tls.pem" --tls-key-file "$home/tls.key" --tls-auth-clients no
export REDISCLI_AUTH=secret
expect OK cli CONFIG SET tls-port "$tls_port"
fill
content cli >"$folder/saved"
keys=602

# --- create
prom="$folder/the metrics.prom"
expect_match "$store/2*Z: $keys keys" create --metrics-file "$prom"
made=$(newest)
[[ -z $(find "$store" -mindepth 1 -perm /077) ]] || fail "others may read: $(find "$store" -perm /077)"
(cd "$made" && sha256sum --check --strict --quiet SHA256SUMS) || fail "sha256sum refuses its sums"
for file in server.conf 'part one.conf' 'part two.conf' 'quoted file.conf' users.acl; do
  cmp "$home/$file" "$made/config$home/$file"
done
[[ $(find "$made/config" -type f | wc -l) == 5 ]] || fail "more was copied: $(find "$made/config")"
expect 321 python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["maxclients"])' "$made/settings.json"
expect "$keys" sed -n 's/^keys //p' "$made/manifest"
cmp "$home/a dump.rdb" "$made/snapshot.rdb"

# --- list, verify, metrics
expect "${made##*/} $keys keys, $(stat -c %s "$made/snapshot.rdb") bytes" backup list
expect "$made: good, $keys keys" backup verify "${server[@]}"
problems=$(promtool check metrics <"$prom" 2>&1) || fail "promtool: $problems"
[[ -z $problems ]] || fail "promtool: $problems"
expect 1 metric last_run_success "$prom"
expect 1 metric kept "$prom"
expect "$keys" metric keys "$prom"
expect "$(date -u -d "$(basename "$made" | sed -E 's/(....)(..)(..)T(..)(..)(..)Z/\1-\2-\3 \4:\5:\6/')" +%s)" \
  metric last_success_timestamp_seconds "$prom"
expect 644 stat -c %a "$prom"
expect "$(cat "$prom")" backup metrics

# --- The socket, TLS, and a user who may do no more
echo other >"$folder/the password"
for way in "-s|$home/socket" "--tls|--cacert|$home/tls.pem|-p|$tls_port"; do
  IFS='|' read -ra options <<<"$way"
  expect_match "$store/2*Z: $keys keys" env -u REDISCLI_AUTH "$script" create --dir "$store" "${server[@]}" \
    --password-file "$folder/the password" -- "${options[@]}" --user backup
done
expect 3 count
refuses '*does not answer*' backup create "${server[@]}" -- --tls --cacert /dev/null -p "$tls_port"
refuses '*NOAUTH*' env -u REDISCLI_AUTH "$script" create --dir "$store" "${server[@]}" -- -p "$port"

# --- The command lines of the units and of cron are right, but for their places and the password
for file in systemd/sideline-backup.service cron.d/sideline-backup; do
  line=$(sed -n 's/^ExecStart=//p; s/.* root //p' "$(dirname "$script")/../conf/$file")
  [[ $line == '/usr/libexec/sideline/backup.sh create --dir /var/lib/sideline-backup -- '* ]] || fail "$file: $line"
  read -ra words <<<"${line#*-- }"
  [[ ${words[*]} == '-h 127.0.0.1 -p 6379' ]] || fail "$file: $line"
  backup create "${server[@]}" -- "${words[@]:0:3}" "$port" >/dev/null
done
expect 5 count

# --- The rights that the unit leaves are enough for another user's folders and socket
if [[ $EUID -eq 0 ]]; then
  rights=$(sed -n 's/^CapabilityBoundingSet=//p' "$(dirname "$script")/../conf/systemd/sideline-backup.service")
  [[ $rights == CAP_DAC_OVERRIDE ]] || fail "the unit has the rights '$rights'"
  mkdir "$folder/its" "$folder/collector"
  cp -a "$store" "$folder/its/store"
  chmod 770 "$home/socket"
  chown nobody "$home" "$home"/* "$folder/collector"
  chmod 711 "$folder"
  expect_match "*Z: $keys keys" setpriv --bounding-set -all,+dac_override --inh-caps -all \
    "$script" create --dir "$folder/its/store" "${server[@]}" --metrics-file "$folder/collector/b.prom" -- -s "$home/socket"
  expect 1 metric last_run_success "$folder/collector/b.prom"
  chown root "$home" "$home"/*
fi

# --- restore: not while a server uses the folder; what was there is kept
cli FLUSHALL >/dev/null
expect OK cli SAVE
cp "$home/a dump.rdb" "$folder/before"
refuses "*a server uses '$home'*" backup restore "${server[@]}"
cmp "$home/a dump.rdb" "$folder/before"
expect_match "$home/a dump.rdb: $keys keys of *; what was there is now $home/a dump.rdb.before-*" \
  backup restore "${server[@]}" --force "${made##*/}"
cmp "$home/a dump.rdb" "$made/snapshot.rdb"
cmp "$home/a dump.rdb.before-"* "$folder/before"
stop_the_server
expect_match "$home/a dump.rdb: $keys keys of *" backup restore "${server[@]}"
[[ -z $(find "$home" -name 'temp-*') ]] || fail "something is left: $(ls "$home")"

# Of one second too, nothing takes the place of another.
date() { echo 20260102T030405Z; }
export -f date
for suffix in 20260102T030405Z 20260102T030405Z-2 20260102T030405Z-3; do
  expect_match "*; what was there is now $home/a dump.rdb.before-$suffix" backup restore "${server[@]}" "${made##*/}"
done
unset -f date

# --- A new server has everything, and so has Redis
unset REDISCLI_AUTH
mkdir "$folder/fresh"
expect_match "*/fresh/a dump.rdb: $keys keys of ${made##*/}" backup restore "${server[@]}" --to "$folder/fresh" "${made##*/}"
start_server --dir "$folder/fresh" --dbfilename "a dump.rdb"
comes "$server_pid" "$folder/log" cli PING
content cli >"$folder/restored"
diff "$folder/saved" "$folder/restored" >"$folder/difference" || fail "not what was saved: $(head -3 "$folder/difference")"
stop_the_server

redis() { timeout 30 redis-cli -s "$folder/redis.sock" "$@"; }
redis-server --port 0 --unixsocket "$folder/redis.sock" --dir "$folder/fresh" --dbfilename "a dump.rdb" \
  --save '' --maxmemory 1gb >"$folder/redis.log" 2>&1 &
redis_pid=$!
comes "$redis_pid" "$folder/redis.log" redis PING
content redis >"$folder/of_redis"
diff "$folder/saved" "$folder/of_redis" >"$folder/difference" || fail "Redis has other: $(head -3 "$folder/difference")"

# --- A Redis can be backed up too, but for what the server cannot load
redis XADD stream '*' field value >/dev/null
expect_match "*Z: $keys keys" "$script" create --dir "$folder/of redis" "${server[@]}" -- -s "$folder/redis.sock"
expect 'left_out 1' grep left_out "$folder/of redis"/*/manifest

# --- A Redis that rewrites its AOF cannot save, for as long as that takes
mkdir "$folder/bin"
cat >"$folder/bin/redis-cli" <<END
#!/bin/bash
if [[ "\$*" == *BGSAVE* && ! -e '$folder/refused' ]]; then
  touch '$folder/refused'
  echo "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to \
schedule a BGSAVE whenever possible."
  exit
fi
exec $(command -v redis-cli) "\$@"
END
chmod +x "$folder/bin/redis-cli"
expect_match "*Z: $keys keys" env PATH="$folder/bin:$PATH" "$script" create --dir "$folder/of redis" "${server[@]}" \
  -- -s "$folder/redis.sock"
[[ -e $folder/refused ]] || fail "it was not refused"

# --- A drill
expect_match "$made: $keys keys loaded, 0 had expired; the drill took * s" \
  env SIDELINE_PORT=1 REDISCLI_AUTH=secret "$script" restore --dir "$store" "${server[@]}" --drill "${made##*/}"
# Its server does not end when it is told to.
printf '#!/bin/bash\n[[ "$*" != *--check-snapshot* ]] || exec "%s" "$@"\ntrap "" TERM\n"%s" "$@" &\necho $! >"%s"\nwait\nread -r <"%s"\n' \
  "$SERVER_UNDER_TEST" "$SERVER_UNDER_TEST" "$folder/drill pid" "$folder/never" >"$folder/bin/deaf"
mkfifo "$folder/never"
chmod +x "$folder/bin/deaf"
refuses '*the server ended with exit code 137*' backup restore --server "$folder/bin/deaf" --drill "${made##*/}"
kill "$(cat "$folder/drill pid")"
rm "$folder/drill pid"
