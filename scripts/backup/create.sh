# shellcheck shell=bash
# Of backup.sh: a backup is made.

abandon() {
  [[ -z $partial ]] || rm -rf -- "$partial"
  [[ $report_end == yes ]] || return 0
  record 0 || true
  write_metrics
}

create() {
  local server folder name facts began
  trap abandon EXIT
  mkdir -p -- "$dir"
  dir=$(cd -- "$dir" && pwd -P)
  lock -x
  remove_remains
  read_password
  began=$(free_name)
  partial=$dir/.creating-$began
  mkdir -- "$partial"

  server=$(ask INFO server)
  folder=${option[server-dir]:-$(setting dir)}
  name=$(setting dbfilename)
  save "$folder/$name" "$partial/snapshot.rdb"
  copy_configuration "$server" "$partial"
  facts=$(check_snapshot "$partial/snapshot.rdb")
  {
    echo "$first_line"
    echo "redis_version $(field "$server" redis_version)"
    echo "dir $folder"
    echo "dbfilename $name"
    echo "bytes $(stat -c %s "$partial/snapshot.rdb")"
    echo "$facts"
    echo "seconds $SECONDS"
  } >"$partial/manifest"
  checksums "$partial" >"$partial/SHA256SUMS"
  find "$partial" -exec sync -- {} +
  mv -T -- "$partial" "$dir/$began"
  partial=''
  sync -- "$dir"
  echo "$dir/$began: $(number "$facts" keys) keys"
  # It is made, whatever becomes of the old ones.
  record 1
  trap write_metrics EXIT
  delete_old "$began"
}

# A second that no backup was begun in.
free_name() {
  local name
  while name=$(date -u +%Y%m%dT%H%M%SZ) && [[ -e $dir/$name ]]; do sleep "$poll_seconds"; done
  echo "$name"
}

# --- What is copied of the configuration

declare -A followed=()

# follow FILE: lists it, and what it includes.
follow() {
  local file=$1 line pattern included
  [[ $file == /* ]] || fail "the server's '$file' is relative to a folder that it does not tell: use --config"
  [[ -z ${followed[$file]:-} ]] || return 0
  followed[$file]=yes
  [[ -f $file && -r $file ]] || fail "the server's '$file' cannot be read here: use --config"
  configs+=("$file")
  while IFS= read -r line || [[ -n $line ]]; do
    [[ ${line,,} =~ ^[[:space:]]*include[[:space:]] ]] || continue
    pattern=$(sed -E 's/^\s*\S+\s+//; s/\s+$//; s/^"(.*)"$|^'\''(.*)'\''$/\1\2/' <<<"$line")
    [[ $pattern == *[*?[]* ]] || { follow "$pattern"; continue; }
    while IFS= read -r included; do follow "$included"; done < <(compgen -G "$pattern" || true)
  done <"$file"
}

# copy_configuration SERVER FOLDER: SERVER is the section of INFO.
copy_configuration() {
  local file users settings
  if [[ ${#configs[@]} -eq 0 ]]; then
    file=$(field "$1" config_file)
    users=$(setting aclfile)
    [[ -z $file ]] || follow "$file"
    [[ -z $users ]] || follow "$users"
  fi
  for file in "${configs[@]}"; do
    file=$(realpath -s -- "$file")
    mkdir -p -- "$2/config${file%/*}"
    install -p -m 600 -- "$file" "$2/config$file"
  done
  # What holds, wherever it comes from.
  settings=$(ask --json CONFIG GET '*')
  [[ $settings == '{"'* && $settings != '{"error'* ]] || fail "the server does not tell its settings: $settings"
  echo "$settings" >"$2/settings.json"
}
