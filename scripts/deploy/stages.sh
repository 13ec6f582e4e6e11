# shellcheck shell=bash
# Of deploy.sh: the eight stages, how to undo them, and what ends a deployment.

# --- 1
stage_requirements() {
  local command missing=() folder free service
  for command in git curl openssl "${engine[0]}" "${compose[0]}"; do
    command -v "$command" >/dev/null || missing+=("$command")
  done
  [[ ${#missing[@]} == 0 ]] || fail "not installed: ${missing[*]}"
  "${engine[@]}" info >/dev/null 2>&1 || fail "$ENGINE does not answer: does it run, and may you use it?"
  "${compose[@]}" version >/dev/null 2>&1 || fail "$COMPOSE does not work"
  [[ -s $root/docker/secrets/cache_password ]] || fail "docker/secrets/cache_password is not there, or empty"
  openssl x509 -in "$root/docker/tls/fullchain.pem" -noout -checkend 604800 >/dev/null 2>&1 ||
    fail "the certificate docker/tls/fullchain.pem cannot be read, or ends within a week"
  [[ $dry_run == yes ]] || install -d -m 700 -- "$BACKUP_DIR"
  for folder in "$BACKUP_DIR" "$DEPLOY_DIR"; do has_room "$folder"; done
  [[ -n $old ]] || { info "nothing runs yet: this is the first deployment"; return; }
  for service in cache api-1 api-2; do
    is_healthy "$(container "$old" "$service")" ||
      warn "$(container "$old" "$service") is not healthy: if this deployment fails, it stays so"
  done
}

# has_room FOLDER: or the nearest above it that is there.
has_room() {
  local folder=$1 free
  while [[ ! -d $folder ]]; do folder=$(dirname -- "$folder"); done
  free=$(($(stat --file-system --format '%a * %S' -- "$folder") / 1048576))
  ((free >= FREE_MIB)) || fail "$folder has $free MiB left, and FREE_MIB asks for $FREE_MIB"
}

# --- 2
stage_backup() {
  if [[ -z $old ]]; then
    info "there is no cache yet"
  elif is_healthy "$(container "$old" cache)"; then
    back_up_old
  else
    warn "the cache cannot be backed up: it is not healthy"
  fi
}

# --- 3
stage_code_update() {
  [[ -z $(git -C "$root" status --porcelain --untracked-files=no) ]] || fail "$root has changes that are not committed"
  [[ $dry_run == yes ]] || echo "$before" >"$DEPLOY_DIR/unfinished"
  may_be_killed=yes
  run "fetch" git -C "$root" fetch --quiet --tags --all
  commit=$(git -C "$root" rev-parse --verify --quiet "$ref^{commit}") || fail "there is no $ref"
  version=${commit:0:12}
  may_be_killed=no
  run "check out $ref ($version)" git -C "$root" checkout --quiet --detach "$commit"
  build sideline docker/Dockerfile
  build prediction-api docker/prediction-api.Dockerfile
}

build() {
  if image_is_there "$1:$version"; then
    info "the image $1:$version is there"
    return
  fi
  may_be_killed=yes
  run "build $1:$version" "${engine[@]}" build --tag "$1:$version" --build-arg "REVISION=$commit" \
    --file "$root/$2" "$root"
  may_be_killed=no
}

# The last that is undone.
undo_code_update() {
  run "check out what ran before" git -C "$root" checkout --quiet --detach "$before"
  run "remove the mark" rm -f -- "$DEPLOY_DIR/unfinished"
}

# --- 4
# The replicas first: what they need for their start, the cache that comes last does not miss.
stage_deploy() {
  local service
  run "remove what may be left of sideline-$new" remove_stack "$new"
  run "start the new replicas" compose_for "$new" up -d --no-deps --no-build api-1 api-2
  [[ $dry_run == no ]] || return 0
  for service in api-1 api-2; do wait_until is_healthy "$(container "$new" "$service")" healthy; done
}

undo_deploy() { run "remove sideline-$new" remove_stack "$new"; }

# --- 5
stage_migrations() {
  run "apply what migrations are left" "${engine[@]}" exec "$(container "$new" api-1)" prediction-api --migrate
}

# --- 6
# The cache's last backup is as late as can be: what is changed after it, the new cache does not know.
stage_health_validation() {
  local service
  start_new_cache
  if [[ $dry_run == no ]]; then
    for service in api-1 api-2; do wait_until is_ok "$(container "$new" "$service")" "ok, with cache and database"; done
    write_proxy_configuration
  fi
  if [[ -n $old ]] && is_running "$proxy"; then
    run "check the proxy's configuration" check_proxy "$new"
    run "point the proxy at sideline-$new" point_proxy "$new"
    run "have it reload" reload_proxy
  else
    run "point the proxy at sideline-$new" point_proxy "$new"
    start_proxy
  fi
  run "ask $PROBE_URL" probe
}

# is_ok REPLICA: what its /health says of the cache and the database.
is_ok() {
  # shellcheck disable=SC2016
  [[ $(timeout 10 "${engine[@]}" exec "$1" bash -c 'exec 3<>"/dev/tcp/127.0.0.1/${PORT:-8000}"
    printf "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" >&3; cat <&3' 2>/dev/null) == *'"status":"ok"'* ]]
}

# Ten times, at a rate that the proxy allows one client. The certificate may be for another name.
probe() {
  local status='' good=0 end=$((SECONDS + 10))
  until ((good == 10)); do
    status=$(curl --silent --insecure --max-time 10 --output /dev/null --write-out '%{http_code}' "$PROBE_URL") || true
    if [[ $status == 200 ]]; then
      good=$((good + 1))
    elif [[ $good != 0 || $status != 000 ]] || ((SECONDS >= end)); then
      echo "the status is $status, not 200"
      return 1
    fi  # else: a proxy that has only been started
    sleep 0.15
  done
}

undo_health_validation() {
  if [[ -z $old ]]; then
    run "remove the proxy" remove_stack proxy
  elif [[ $(proxied) != "$old" ]]; then
    run "point the proxy at sideline-$old" point_proxy "$old"
    ! is_running "$proxy" || run "have it reload" reload_proxy
    ! is_running "$proxy" || drain_proxy
  fi
}

# --- 7
stage_monitoring_update() {
  run "name sideline-$new to Prometheus" write_targets "$new"
  [[ -n $PROMETHEUS_URL ]] || { info "no Prometheus is to be told to reload"; return 0; }
  run "have Prometheus reload" tell_prometheus
}

tell_prometheus() { curl --fail-with-body --silent --show-error --max-time 10 --request POST "$PROMETHEUS_URL/-/reload"; }

# write_targets COLOUR: what Prometheus reads as file_sd_configs, a file for each job; of no colour, none.
write_targets() {
  local folder=$DEPLOY_DIR/monitoring
  write_target "$folder/sideline.json" ${1:+"$(container "$1" cache):9379"} &&
    write_target "$folder/prediction-api.json" ${1:+"$(container "$1" api-1):8000" "$(container "$1" api-2):8000"}
}

write_target() {
  local file=$1 list
  shift
  list=$(printf ', "%s"' "$@")
  [[ $# != 0 ]] || list=', '
  echo "[{\"targets\": [${list:2}]}]" >"$file.new" && mv -- "$file.new" "$file"
}

# What cannot be told to Prometheus keeps no traffic from going back.
undo_monitoring_update() {
  write_targets "$old" || warn "the targets of Prometheus could not be written"
  [[ -z $PROMETHEUS_URL ]] || tell_prometheus >>"$log_file" 2>&1 || warn "Prometheus could not be told to reload"
}

# --- 8
stage_backup_cleanup() { run "delete old backups" backup_script "sideline:$version" --network none -- prune; }

# --- The end: from here on the new stack is what runs, whatever becomes of the old one
keep_new() {
  if [[ $dry_run == yes ]]; then
    [[ -z $old ]] || info "would stop and remove sideline-$old"
    return
  fi
  stage=end
  trap '' TERM INT HUP
  write_state
  begun=()
  rm -f -- "$DEPLOY_DIR/unfinished"
  if [[ -n $old ]]; then (trap - ERR; retire_old) || warn "not all of sideline-$old could be removed: the log says why"; fi
  say "$green" "done: $version runs as sideline-$new"
}

# The replicas end in good order; what the cache has, the new one has had.
retire_old() {
  local names
  drain_proxy
  mapfile -t names < <(containers_of "$old" | grep -v -- '-cache$')
  [[ ${#names[@]} == 0 ]] || run "stop sideline-$old" "${engine[@]}" stop -t 30 "${names[@]}"
  run "remove sideline-$old" remove_stack "$old"
}
