# shellcheck shell=bash
# Of backup.sh: the server writes a snapshot.

# Until no save runs; sets `persistence`.
wait_for_save() {
  local saving
  while :; do
    persistence=$(ask INFO persistence)
    saving=$(field "$persistence" rdb_bgsave_in_progress)
    [[ $saving != 0 ]] || break
    [[ $SECONDS -lt $save_deadline ]] || fail "a save takes longer than ${option[timeout]} s"
    sleep "$poll_seconds"
  done
}

# What tells one file from another that was put in its place.
readonly identity='%d %i %.9Y'

# save FILE COPY: has the server write a snapshot, which has to appear as FILE, and copies it. What
# was there before is not taken for it, nor what another save has left.
save() {
  local file=$1 reply before status copied
  save_deadline=$((SECONDS + option[timeout]))
  while :; do
    wait_for_save
    before=$(stat -Lc "$identity" -- "$file" 2>/dev/null || true)
    reply=$(ask BGSAVE)
    [[ $reply != 'Background saving started' ]] || break
    # Somebody else saves, a Redis rewrites its AOF, or it loads.
    [[ $reply == *' in progress'* || $reply == *'child process is active'* || $reply == LOADING* ]] ||
      fail "the server does not save: $reply"
    [[ $SECONDS -lt $save_deadline ]] || fail "the server cannot save for ${option[timeout]} s: $reply"
    sleep "$poll_seconds"
  done
  wait_for_save
  status=$(field "$persistence" rdb_last_bgsave_status)
  [[ $status == ok ]] || fail "the server could not save: its log says why"
  [[ -f $file && -r $file ]] || not_here "$file"
  # shellcheck disable=SC2016
  copied=$(timeout -k 10 "${option[timeout]}" bash -c 'exec <"$1" && stat -Lc "$3" /dev/stdin && cat >"$2"' \
    copy "$file" "$2" "$identity" 9<&-) || fail "'$file' could not be copied within ${option[timeout]} s"
  [[ $copied != "$before" ]] || not_here "$file"
}

not_here() {
  fail "the server has saved, but not to the '$1' that is seen from here. It does not send its" \
    "snapshot over the network: run this where its folder is, and name that with --server-dir"
}
