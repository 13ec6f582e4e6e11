# shellcheck shell=bash
# Of deploy.sh: the containers. While a deployment runs the stack is there twice, as two projects of
# compose, sideline-blue and sideline-green, in one network.

# The colours of what runs and of what is deployed, and the commit that runs. Nothing runs before the
# first deployment: no colour, and the commit is that of the tree.
old='' new=blue before=''
# What is deployed.
commit='' version=''

read_state() {
  old=$(state colour)
  before=$(state commit)
  [[ $old != blue ]] || new=green
  [[ -n $before || ! -e $DEPLOY_DIR/unfinished ]] || before=$(<"$DEPLOY_DIR/unfinished")
  [[ -n $before ]] || before=$(git -C "$root" rev-parse HEAD)
}

# state NAME: of the file `current`.
state() { [[ ! -e $DEPLOY_DIR/current ]] || sed -n "s/^$1 //p" "$DEPLOY_DIR/current"; }

write_state() {
  printf '%s\n' "colour $new" "commit $commit" "since $(date -u +%FT%TZ)" >"$DEPLOY_DIR/current.new"
  sync -- "$DEPLOY_DIR/current.new"
  mv -- "$DEPLOY_DIR/current.new" "$DEPLOY_DIR/current"
}

container() { echo "sideline-$1-$2"; }

# compose_for PROJECT ARGUMENT...: of the new version's files. For run, in whose subshell it is. The
# settings are exported, as not every podman-compose knows --env-file.
compose_for() {
  local project=$1 name
  shift
  cd -- "$root"
  for name in "${!environment[@]}"; do export "$name=${environment[$name]}"; done
  export COMPOSE_FILE DEPLOY_DIR COLOUR=$new VERSION=$version
  exec "${compose[@]}" -p "sideline-$project" "$@"
}

image_is_there() { "${engine[@]}" image inspect "$1" >/dev/null 2>&1; }

is_running() { [[ $("${engine[@]}" inspect --format '{{.State.Running}}' "$1" 2>/dev/null) == true ]]; }

# As the image itself sees it.
is_healthy() { is_running "$1" && timeout 10 "${engine[@]}" exec "$1" healthcheck >/dev/null 2>&1; }

# wait_until CHECK NAME WHAT: of a container. One that has ended, or was started again, is not waited for.
wait_until() {
  local state end=$((SECONDS + HEALTH_SECONDS))
  until "$1" "$2"; do
    state=$("${engine[@]}" inspect --format '{{.State.Status}}, {{.RestartCount}} restarts' "$2" 2>/dev/null) ||
      fail "$2 was not made; the log says why: $log_file"
    [[ $state == 'running, 0 restarts' ]] || fail "$2 is not $3 ($state):" "$(said_by "$2")"
    ((SECONDS < end)) || fail "$2 is not $3 after $HEALTH_SECONDS s:" "$(said_by "$2")"
    sleep 0.5
  done
  info "$2 is $3"
}

# What a container has said last: the cache in its log, but for what is wrong with its settings; what
# could not be started, by the engine.
said_by() {
  local said=$log_file.part
  "${engine[@]}" logs --tail 50 "$1" >"$said" 2>&1 || true
  [[ -s $said ]] || "${engine[@]}" cp "$1:/var/log/sideline/sideline.log" - 2>/dev/null | tar -xO >"$said" 2>/dev/null || true
  [[ -s $said ]] || tail -n 20 -- "$log_file" >"$said"
  cat -- "$said" >>"$log_file" 2>/dev/null || true
  last_lines "$said"
  rm -f -- "$said"
}

# By the labels that compose gives, not by its files: those of another version may name others.
containers_of() {
  "${engine[@]}" ps --all --format '{{.Names}}' --filter "label=com.docker.compose.project=sideline-$1"
}

# remove_stack PROJECT: it gets no requests any more, so nothing is waited for.
remove_stack() {
  local names
  mapfile -t names < <(containers_of "$1")
  if [[ ${#names[@]} != 0 ]]; then
    "${engine[@]}" kill "${names[@]}" >/dev/null 2>&1 || true  # those that run
    "${engine[@]}" rm --force --volumes "${names[@]}" || return
  fi
  ! "${engine[@]}" volume inspect "$(data_of "$1")" >/dev/null 2>&1 || "${engine[@]}" volume rm "$(data_of "$1")"
}
