# shellcheck shell=bash
# Of deploy.sh: the entries of the cache. The image has backup.sh and what that needs, so it runs there:
# for the old cache in the old version, for the new one in the new one, which reads the snapshot as
# its server will.

# The volume that is the /data of a stack.
data_of() { echo "sideline-$1_cache-data"; }

# backup_script IMAGE OPTION... -- ARGUMENT...: as root, like that of the machine.
backup_script() {
  local image=$1 options=()
  shift
  while [[ $1 != -- ]]; do options+=("$1"); shift; done
  shift
  "${engine[@]}" run --rm --user 0:0 --volume "$BACKUP_DIR:$BACKUP_DIR" "${options[@]}" "$image" \
    /usr/libexec/sideline/backup.sh "$@" --dir "$BACKUP_DIR"
}

# The cache that runs, its configuration, and the settings of the stack.
back_up_old() {
  local name image password=/run/secrets/cache_password
  name=$(container "$old" cache)
  image=$("${engine[@]}" inspect --format '{{.Image}}' "$name")
  run "back up the cache ($name)" backup_script "$image" --network "container:$name" \
    --volume "$(data_of "$old"):/data:ro" --volume "$root/docker/secrets/cache_password:$password:ro" \
    --volume "$env_file:$env_file:ro" -- \
    create --config /etc/sideline/production.conf --config "$env_file" --password-file "$password"
}

# The new cache begins with the entries that the old one has now.
start_new_cache() {
  local name
  name=$(container "$new" cache)
  if [[ -n $old ]] && is_healthy "$(container "$old" cache)"; then
    back_up_old
    run "give them to the new cache" backup_script "sideline:$version" --network none \
      --volume "$(data_of "$new"):/data" -- restore --to /data
  elif [[ -n $old ]]; then
    warn "the new cache starts cold, as the old one is not there to be asked"
  fi
  run "start the new cache" compose_for "$new" up -d --no-deps --no-build cache
  [[ $dry_run == yes ]] || wait_until is_healthy "$name" healthy
}
