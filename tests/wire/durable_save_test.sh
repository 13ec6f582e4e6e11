#!/usr/bin/env bash
# A snapshot is on the disk before it takes the old one's place, and so is its name before anybody is told
# that it was saved. Whichever of these calls fails, or is the last one of a server that is killed, there
# is a snapshot, and it is whole.
source "$(dirname "${BASH_SOURCE[0]}")/with_server.sh"
needs_strace
folder=$(realpath "$folder")
rename=rename
strace -e trace=rename true 2>/dev/null || rename=renameat  # not all architectures have both

# The tracer is a process beside the server, not above it.
cat >"$folder/traced" <<END
#!/usr/bin/env bash
exec strace -D -f -y -e trace=fsync,$rename -P "$folder/data" -P "$folder/data/temp-\$\$-dump.rdb" \$INJECT -o "$folder/calls" "$SERVER_UNDER_TEST" "\$@"
END
chmod +x "$folder/traced"
server=$SERVER_UNDER_TEST
mkdir "$folder/data"
cli() { timeout 60 redis-cli -p "$port" "$@"; }
# traced [WHAT]: starts a server, which loads what there is, on whose calls strace does WHAT. It counts
# those of each thread, so there is one.
traced() {
  export INJECT=${1:+--inject=$1}
  rm -f "$folder/port"
  SERVER_UNDER_TEST=$folder/traced start_server --dir "$folder/data" --io-threads 1
  becomes_within 60 loading:0 loading
}
ended() { end_processes "$server_pid"; server_pid=; }
loading() { cli INFO persistence | tr -d '\r' | grep ^loading:; }
calls() {
  sed -nE 's|^.*(fsync)\([0-9]+<(.*)>\).*= 0$|\1 \2|p; s|^.*(rename)[at2]*\(.*, "(.*)"\).*= 0$|\1 \2|p' "$folder/calls"
}
keys() { "$server" --check-snapshot "$folder/data/dump.rdb" | sed -n 's/^keys //p'; }

# --- In that order
traced
expect OK cli SET key:1 v
expect OK cli SAVE
expect "fsync $folder/data/temp-$server_pid-dump.rdb
rename $folder/data/dump.rdb
fsync $folder/data" calls
ended

# --- Each fails
for failing in fsync:error=EIO:when=1 $rename:error=EIO:when=1 fsync:error=EIO:when=2; do
  traced "$failing"
  expect OK cli SET key:2 v
  expect_match '*ERR*' cli SAVE
  expect OK cli SAVE  # the next one is none that fails
  expect 2 keys
  expect dump.rdb ls "$folder/data"
  expect 1 cli DEL key:2
  expect OK cli SAVE
  ended
done

# --- Each is the last one
expect 1 keys
for last in 1:fsync:signal=KILL:when=1 1:$rename:signal=KILL:when=1 2:fsync:signal=KILL:when=2; do
  traced "${last#*:}"
  expect OK cli SET key:2 v
  ! cli SAVE >"$folder/reply" 2>&1 || [[ $(<"$folder/reply") != OK ]] || fail "$last: it was not killed"
  ended
  expect "${last%%:*}" keys
done
