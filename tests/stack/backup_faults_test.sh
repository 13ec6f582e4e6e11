#!/usr/bin/env bash
# scripts/backup.sh: what is not good is refused, what fails leaves nothing half, and what is deleted
# is old, its own, and not the last good one.
source "$(dirname "${BASH_SOURCE[0]}")/with_backups.sh"

start_server --dir "$home"
fill
prom=$folder/backup.prom
create --metrics-file "$prom" >/dev/null
good=$(newest)
name=${good##*/}
cp -a "$good" "$folder/good"
is_whole() { diff -r "$good" "$folder/good" || fail "the backup has changed"; }
# Nothing but backups, and what the last run tells.
is_clean() {
  local path
  for path in "$store"/.[!.]*; do
    [[ $path == "$store/.last-run" || $path == "$store/.lock" ]] || fail "something is left: $path"
  done
}

# --- A wrong command line says so, and does nothing
while read -ra words; do
  code=0
  "$script" "${words[@]}" >/dev/null 2>"$folder/told" || code=$?
  [[ $code == 2 && $(wc -l <"$folder/told") == 1 ]] || fail "'${words[*]}': exit code $code: $(cat "$folder/told")"
done <<'END'

nonsense
create
list --dir
list --dir /tmp --keep-days 3
create --dir /tmp --keep-days 0
create --dir /tmp --keep-days x
create --dir /tmp 20200101T000000Z
create --dir /tmp -- -a password
create --dir /tmp -- -u redis://user:password@host
verify --dir /tmp ../etc
verify --dir /tmp 20200101T000000Z 20200101T000000Z
verify --dir /tmp -- -p 1
restore --dir /tmp --drill --to /tmp
END
expect_match '*Usage: backup.sh COMMAND*' "$script" --help

# --- A wrong byte, wherever it is; a file that is missing, and one that is new
mkdir "$folder/target"
# flip FILE PERCENT: a bit of the byte that is there.
flip() {
  python3 - "$@" <<'PY'
import pathlib, sys
file = pathlib.Path(sys.argv[1])
content = bytearray(file.read_bytes())
content[len(content) * int(sys.argv[2]) // 100] ^= 1
file.write_bytes(content)
PY
}
is_refused() {
  refuses '*not what was written: *'"$1"* backup verify "${server[@]}"
  refuses '*not what was written: *' backup restore "${server[@]}" --to "$folder/target"
  refuses '*not what was written: *' backup restore "${server[@]}" --drill
  [[ -z $(ls -A "$folder/target") ]] || fail "something was restored"
  rm -rf "$good"
  cp -a "$folder/good" "$good"
}
for place in 0 50 99; do flip "$good/snapshot.rdb" $place; is_refused ./snapshot.rdb; done
flip "$good/manifest" 80; is_refused ./manifest
flip "$good/SHA256SUMS" 10; is_refused ./
rm "$good/settings.json"; is_refused ./settings.json
touch "$good/new"; is_refused ./new
# Right sums do not make a snapshot right.
flip "$good/snapshot.rdb" 50
(cd "$good" && find . -type f ! -path ./SHA256SUMS -print0 | LC_ALL=C sort -z | xargs -0 sha256sum -- >SHA256SUMS)
refuses '*refused at byte *' backup verify "${server[@]}"
refuses '*refused at byte *' backup restore "${server[@]}" --to "$folder/target"
[[ -z $(ls -A "$folder/target") ]] || fail "something was restored"
rm -rf "$good"
cp -a "$folder/good" "$good"
expect "$good: good, 602 keys" backup verify "${server[@]}"

# --- A folder in which the server does not write: an old snapshot is not taken for a new one
mkdir "$folder/elsewhere"
cp "$home/dump.rdb" "$folder/elsewhere"
refuses '*has saved, but not to*' create --server-dir "$folder/elsewhere" --metrics-file "$prom"
expect 0 metric last_run_success "$prom"
expect 1 metric kept "$prom"
refuses '*has saved, but not to*' create --server-dir "$folder/target"
is_whole
is_clean

rm "$folder/elsewhere/dump.rdb"
mkfifo "$folder/elsewhere/dump.rdb"
refuses '*has saved, but not to*' create --server-dir "$folder/elsewhere"
is_whole
is_clean

# --- What the server names cannot be copied
refuses "*No such file*" create --config "$folder/nothing"
is_clean

# --- Two at once: the second one goes, and the figures are the first one's
create --metrics-file "$prom" >/dev/null
expect 1 metric last_run_success "$prom"
refuses "*another run uses '$store'" flock "$store/.lock" "$script" create --dir "$store" "${server[@]}" \
  --metrics-file "$prom" -- -p "$port"
refuses "*another run uses '$store'" flock "$store/.lock" "$script" prune --dir "$store" "${server[@]}"
expect 1 metric last_run_success "$prom"
expect "$good: good, 602 keys" flock -s "$store/.lock" "$script" verify --dir "$store" "${server[@]}" "$name"

# --- No lock, as the file system has none: that is nobody else's run, nor a server
mkdir "$folder/bin"
with_bin() { PATH=$folder/bin:$PATH "$@"; }
# fake NAME: a program in place of another; its lines come from standard input.
fake() {
  { echo '#!/bin/bash'; cat; } >"$folder/bin/$1"
  chmod +x "$folder/bin/$1"
}
lockless() { echo "[[ \${!#} != $1 ]] || exit 66; exec $(command -v flock) \"\$@\"" | fake flock; }
lockless 9
refuses "*'$store' cannot be locked" with_bin create --metrics-file "$prom"
expect 0 metric last_run_success "$prom"
lockless 7
refuses "*whether a server uses '$folder/target' cannot be told*" \
  with_bin backup restore "${server[@]}" --to "$folder/target"
[[ -z $(ls -A "$folder/target") ]] || fail "something was restored"
expect_match "*/target/dump.rdb: 602 keys of *" with_bin backup restore "${server[@]}" --to "$folder/target" --force
rm "$folder/bin/flock" "$folder/target"/*

# --- A link in the way, whatever name is chosen: nothing is written through it
for victim in '' theirs; do
  echo "ln -s '$folder/victim' \"\${!#}x\"; echo \"\${!#}x\"" | fake mktemp
  rm -f "$folder/victim"
  [[ -z $victim ]] || echo "$victim" >"$folder/victim"
  refuses "*cannot be made" with_bin backup restore "${server[@]}" --to "$folder/target"
  refuses "*cannot be made" with_bin backup prune "${server[@]}" --metrics-file "$prom"
  [[ $(cat "$folder/victim" 2>/dev/null) == "$victim" ]] || fail "something was written through a link"
  [[ ! -e $folder/target/dump.rdb ]] || fail "something was restored"
  rm -f "$folder/target"/* "$prom".*
done
rm "$folder/bin/mktemp"

# --- What comes after a good backup fails: it counts nevertheless
cp -a "$good" "$store/20010101T000000Z"
echo '[[ $* != *20010101T000000Z* ]] && exec /bin/mv "$@"' | fake mv
before=$(count)
refuses '*could not be deleted: 20010101T000000Z' with_bin create --metrics-file "$prom"
expect $((before + 1)) count
expect 1 metric last_run_success "$prom"
expect $((before + 1)) metric kept "$prom"
rm "$folder/bin/mv"
mkdir "$folder/blocked.prom"
refuses "*the metrics could not be written to '$folder/blocked.prom'" create --metrics-file "$folder/blocked.prom"
expect_match '1 *' cat "$store/.last-run"
[[ -z $(compgen -G "$folder/blocked.prom.*") ]] || fail "a file is left: $(ls "$folder")"
expect $((before + 1)) count  # the old one is gone

# --- prune tells how many are left; the last run stays the one that made a backup
last_run=$(backup metrics | grep '^sideline_backup_last_run')
cp -a "$good" "$store/20010101T000000Z"
backup prune "${server[@]}" --metrics-file "$prom" >/dev/null
expect $((before + 1)) metric kept "$prom"
expect "$last_run" grep '^sideline_backup_last_run' "$prom"

# --- A backup of the future: nobody knows which is the newest, or old
tomorrow=$(date -u -d tomorrow +%Y%m%dT%H%M%SZ)
cp -a "$good" "$store/$tomorrow"
cp -a "$good" "$store/20010101T000000Z"
before=$(count)
refuses "*$tomorrow' lies in the future, so none is deleted*" backup prune "${server[@]}"
refuses "*$tomorrow' lies in the future, so the newest is not known*" \
  backup restore "${server[@]}" --to "$folder/target"
expect "$good: good, 602 keys" backup verify "${server[@]}" "$name"
refuses "*$tomorrow' lies in the future, so none is deleted*" create --metrics-file "$prom"
expect 1 metric last_run_success "$prom"
expect $((before + 1)) count
for path in "$store"/2*; do
  [[ $path == "$good" ]] || rm -r "$path"
done
expect 1 count
is_whole
is_clean

# --- Ended in the midst: `sync`, which is called when all is copied, tells that it is there, and waits
mkfifo "$folder/there"
printf 'echo $$ >"%s"\nexec sleep 100\n' "$folder/there" | fake sync
end_in_the_midst() {
  local script_pid sync_pid
  PATH=$folder/bin:$PATH "$script" create --dir "$store" "${server[@]}" --metrics-file "$prom" -- -p "$port" &
  script_pid=$!
  read -r sync_pid <"$folder/there"
  kill "-$1" "$script_pid"
  kill -KILL "$sync_pid"
  wait "$script_pid" && fail "it has succeeded"
  flock "$store/.lock" true  # what it had started ends
}
end_in_the_midst KILL
compgen -G "$store/.creating-*" >/dev/null || fail "it was not in the midst"
is_whole
expect 1 count
create >/dev/null
expect 2 count
is_clean
end_in_the_midst TERM
is_clean
expect 0 metric last_run_success "$prom"
is_whole

# --- Age. The clock stays, so the backups become older: their names do
prune() { backup prune "${server[@]}" 2>/dev/null | grep -c ': deleted$'; }
old() { date -u -d "$1 ago" +%Y%m%dT%H%M%SZ; }
only_good() {
  rm -rf "$store"/2*
  cp -a "$folder/good" "$store/$1"
}
only_good "$(old '719 hours')"
for age in '31 days' '2 years'; do cp -a "$folder/good" "$store/$(old "$age")"; done
mkdir "$store/20000101T000000Z" "$store/notes"
cp -a "$folder/good" "$store/20010101"
ln -s "$folder/good" "$store/20010101T000000Z"
expect 3 count
expect 2 prune
expect 1 count
for name in 20000101T000000Z notes 20010101 20010101T000000Z; do
  [[ -e $store/$name ]] || fail "$name was deleted, which is no backup"
done
rm -rf "$store"/2001* "$store/20000101T000000Z" "$store/notes"
diff -r "$folder/good" "$(newest)"
# All are old: the newest that is good stays.
only_good "$(old '50 days')"
for age in '40 days' '60 days'; do cp -a "$folder/good" "$store/$(old "$age")"; done
flip "$(newest)/snapshot.rdb" 50
expect 2 prune
expect 1 count
diff -r "$folder/good" "$(newest)"
# None is good: all stay.
flip "$(newest)/snapshot.rdb" 50
refuses '*no backup in*is good, so none is deleted' backup prune "${server[@]}"
expect 1 count
# A new one lets the old ones go.
create --keep-days 1 --metrics-file "$prom" >/dev/null
expect 1 metric kept "$prom"
expect "$(newest): good, 602 keys" backup verify "${server[@]}"

# --- A server that cannot save, and one that is not there
rm -rf "$folder/good"
cp -a "$(newest)" "$folder/good"
good=$(newest)
success=$(metric last_success_timestamp_seconds "$prom")
rm -r "$home"
refuses '*could not save*' create --metrics-file "$prom"
expect 0 metric last_run_success "$prom"
expect "$success" metric last_success_timestamp_seconds "$prom"
is_whole
is_clean
stop_the_server
refuses '*the server does not answer: Could not connect*' create --metrics-file "$prom"
expect 0 metric last_run_success "$prom"
is_whole
is_clean
