# shellcheck shell=bash
# Of backup.sh: the folder of the backups: what is in it, whether it is good, and what goes.

# -x: nobody else uses it; -s: nobody changes it, which nobody can if it is read-only. A file, and
# open for both: NFS locks what is open for writing alone, and only for reading what is open for that.
lock() {
  local code=0
  [[ $1 == -x || -w $dir ]] || return 0
  exec 9<>"$dir/.lock" || fail "'$dir' cannot be written"
  flock -n -E "$locked_code" "$1" 9 || code=$?
  [[ $code -ne $locked_code ]] || { report_end=no; fail "another run uses '$dir'"; }
  [[ $code -eq 0 ]] || fail "'$dir' cannot be locked"
}

# open_new PREFIX: makes a file, opens it as descriptor 6, and sets `new_file` to its name. The folder
# may be another user's, who could put a link there, or another file later: nothing is written or
# changed by name.
open_new() {
  new_file=$(mktemp -u -- "$1.XXXXXX")
  set -C
  exec 6>"$new_file" || fail "'$new_file' cannot be made"
  set +C
}

# What a run that was killed has left.
remove_remains() {
  local path
  for path in "$dir"/.creating-* "$dir"/.deleting-*; do
    [[ ! ${path##*/.*ing-} =~ $name_pattern ]] || rm -rf -- "$path"
  done
}

is_backup() {
  local line=''
  [[ ${1##*/} =~ $name_pattern && -d $1 && ! -L $1 && -f $1/SHA256SUMS && -f $1/manifest ]] || return 1
  read -r line <"$1/manifest" || true
  [[ $line == "$first_line" ]]
}

# The names of all, the oldest first.
backups() {
  local path
  for path in "$dir"/*; do
    if is_backup "$path"; then echo "${path##*/}"; fi
  done
}

newest() { backups | tail -n 1; }

# The clock was ahead when it was made, or is behind now: which one is the newest, and what is old,
# nobody can tell.
refuse_the_future() {
  local last limit
  last=$(newest)
  limit=$(date -u -d "+$ahead_seconds seconds" +%Y%m%dT%H%M%SZ)
  [[ ! $last > $limit ]] || fail "'$dir/$last' lies in the future, so $1: rename or delete it, or set the clock"
}

choose_backup() {
  if [[ -z $backup ]]; then
    refuse_the_future "the newest is not known (it can be named)"
    backup=$(newest)
  fi
  [[ -n $backup ]] || fail "there is no backup in '$dir'"
  is_backup "$dir/$backup" || fail "'$dir/$backup' is no backup"
}

# manifest_value BACKUP NAME
manifest_value() { sed -n "s/^$2 //p" "$dir/$1/manifest"; }

checksums() {
  (cd "$1" && find . -type f ! -path ./SHA256SUMS -print0 | sort -z | xargs -0 sha256sum --)
}

# Sets `own_server`, a server that is started here: what is in the environment for others is not for
# that one.
find_server() {
  local name
  own_server=(env)
  while read -r name; do
    case $name in SIDELINE_* | REDIS_PASSWORD) own_server+=(-u "$name") ;; esac
  done < <(compgen -e)
  own_server+=("${option[server]}")
}

# Reads a snapshot as a server would: lines of a name and a number.
check_snapshot() {
  local told
  told=$("${own_server[@]}" --check-snapshot "$1" --maxmemory 0 2>&1) || fail "${told#sideline-server: }"
  [[ $told == 'The snapshot is valid'$'\n'* ]] || fail "${option[server]} cannot check snapshots: $told"
  tail -n +2 <<<"$told"
}

number() { sed -n "s/^$2 //p" <<<"$1"; }

# Prints how many keys a server would load. Ends the shell with a reason if the backup is not good;
# also where errexit is off.
verify() {
  local path=$dir/$1 sums facts keys left_out
  sums=$(checksums "$path") || fail "'$path' cannot be read"
  [[ $sums == "$(<"$path/SHA256SUMS")" ]] || fail "'$path' is not what was written:" \
    "$(diff <(echo "$sums") "$path/SHA256SUMS" | sed -n 's/^[<>] [^ ]*  //p' | sort -u | tr '\n' ' ')"
  facts=$(check_snapshot "$path/snapshot.rdb") || exit 1
  keys=$(number "$facts" keys)
  left_out=$(number "$facts" left_out)
  # A later server may load more of them.
  [[ $((keys + left_out)) -eq $(($(manifest_value "$1" keys) + $(manifest_value "$1" left_out))) ]] ||
    fail "'$path' has other than the $(manifest_value "$1" keys) keys of its manifest"
  echo "$keys"
}

# delete_old [GOOD]: a backup that is known to be good; else the newest that is good is looked for.
delete_old() {
  local good=${1:-} old=() name limit left=''
  refuse_the_future "none is deleted"
  limit=$(date -u -d "-${option[keep-days]} days" +%Y%m%dT%H%M%SZ)
  while read -r name; do
    [[ ! $name < $limit ]] || old+=("$name")
  done < <(backups)
  [[ ${#old[@]} -gt 0 ]] || return 0
  while [[ -z $good ]] && read -r name; do
    if (verify "$name") >/dev/null; then good=$name; fi
  done < <(backups | sort -r)
  [[ -n $good ]] || fail "no backup in '$dir' is good, so none is deleted"
  for name in "${old[@]}"; do
    [[ $name != "$good" ]] || continue
    if mv -T -- "$dir/$name" "$dir/.deleting-$name" && rm -rf -- "$dir/.deleting-$name"; then
      echo "$dir/$name: deleted"
    else
      left+=" $name"
    fi
  done
  [[ -z $left ]] || fail "in '$dir' these are old, but could not be deleted:$left"
}

list() {
  local name
  while read -r name; do
    echo "$name $(manifest_value "$name" keys) keys, $(manifest_value "$name" bytes) bytes"
  done < <(backups)
}
