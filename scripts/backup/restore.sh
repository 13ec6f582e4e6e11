# shellcheck shell=bash
# Of backup.sh: a backup comes back, or a drill shows that it would.

restore() {
  local keys target name reference aside='' code=0
  keys=$(verify "$backup")
  if [[ -n ${option[drill]:-} ]]; then
    drill "$keys"
    return
  fi
  target=${option[to]:-$(manifest_value "$backup" dir)}
  [[ -d $target ]] || fail "there is no folder '$target'"
  exec 7<"$target"
  flock -n -E "$locked_code" -x 7 || code=$?
  if [[ $code -ne 0 && -z ${option[force]:-} ]]; then
    [[ $code -eq $locked_code ]] || fail "whether a server uses '$target' cannot be told: if none does, --force"
    fail "a server uses '$target': end it first, as it may save over what is restored (or --force)"
  fi
  name=$(manifest_value "$backup" dbfilename)
  [[ -n $name && $name != */* ]] || fail "'$name' is no name for a snapshot"
  # What a run that was killed has left.
  rm -f -- "$target/temp-restore-$name".*
  open_new "$target/temp-restore-$name"
  partial=$new_file
  target=$target/$name
  trap 'rm -f -- "$partial"' EXIT
  cat "$dir/$backup/snapshot.rdb" >&6
  cmp -- /dev/fd/6 "$dir/$backup/snapshot.rdb"
  reference=${target%/*}
  if [[ -e $target ]]; then
    aside=$target.$(suffix_before "$target")
    ln -- "$target" "$aside"
    reference=$target
  fi
  [[ $EUID -ne 0 ]] || chown --reference="$reference" -- /dev/fd/6
  sync -- /dev/fd/6
  mv -fT -- "$partial" "$target"
  sync -- "${target%/*}"
  echo "$target: $keys keys of $backup${aside:+; what was there is now $aside}"
}

drill_folder='' drill_pid=''

end_drill() {
  [[ -z $drill_pid ]] || kill "$drill_pid" 2>/dev/null || true
  [[ -z $drill_pid ]] || wait "$drill_pid" || true
  rm -rf -- "$drill_folder"
}

drill_cli() { timeout "$reply_seconds" env -u REDISCLI_AUTH redis-cli -s "$drill_folder/socket" "$@" 2>&1; }

# drill KEYS: a server loads the backup, and has all of them.
drill() {
  local persistence loaded expired
  drill_folder=$(mktemp -d)
  trap end_drill EXIT
  ln -s -- "$dir/$backup/snapshot.rdb" "$drill_folder/dump.rdb"
  # In the foreground, as timeout sends a signal twice else, and the second one ends a server at once.
  timeout --foreground -k 10 "$((option[timeout] + 60))" "${own_server[@]}" \
    --port 0 --bind '' --unixsocket "$drill_folder/socket" \
    --dir "$drill_folder" --maxmemory 0 >"$drill_folder/log" 2>&1 9<&- &
  drill_pid=$!
  # It answers once it has loaded.
  until [[ $(drill_cli PING) == PONG ]]; do
    kill -0 "$drill_pid" 2>/dev/null || fail "the server did not start: $(tail -n 3 "$drill_folder/log")"
    [[ $SECONDS -lt ${option[timeout]} ]] || fail "the server has not loaded it within ${option[timeout]} s"
    sleep "$poll_seconds"
  done
  persistence=$(drill_cli INFO persistence | tr -d '\r')
  loaded=$(field "$persistence" rdb_last_load_keys_loaded)
  expired=$(field "$persistence" rdb_last_load_keys_expired)
  [[ $((loaded + expired)) -eq $1 ]] ||
    fail "of $1 keys $loaded were loaded and $expired had expired: $(tail -n 3 "$drill_folder/log")"
  kill "$drill_pid"
  wait "$drill_pid" || fail "the server ended with exit code $?"
  drill_pid=''
  echo "$dir/$backup: $loaded keys loaded, $expired had expired; the drill took $SECONDS s"
}
