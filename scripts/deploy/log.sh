# shellcheck shell=bash
# Of deploy.sh: what it says, in colours on a terminal and plainly elsewhere, and the log, a file for
# each deployment.

log_file=/dev/null stage=start
red='' green='' yellow='' bold='' plain=''

open_log() {
  if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
    red=$'\e[31m' green=$'\e[32m' yellow=$'\e[33m' bold=$'\e[1m' plain=$'\e[0m'
  fi
  [[ $dry_run == no ]] || return 0
  # Others read what is in it: nginx and Prometheus, by users of their own.
  install -d -m 755 -- "$DEPLOY_DIR" "$DEPLOY_DIR/proxy" "$DEPLOY_DIR/monitoring"
  install -d -m 700 -- "$DEPLOY_DIR/log"
  log_file=$DEPLOY_DIR/log/$(date -u +%Y%m%dT%H%M%SZ)-$$.log
  : >"$log_file"
}

# A disk that is full ends neither a deployment nor its undoing for want of a log.
to_log() { printf '%s\n' "$*" >>"$log_file" 2>/dev/null || true; }

# say COLOUR TEXT...
say() {
  local colour=$1 time
  shift
  time=$(date -u +%H:%M:%SZ)
  printf '%s %s%s%s\n' "$time" "$colour" "$*" "$plain" || true
  to_log "$time $*"
}

begin_stage() {
  begun+=("$stage")
  say "$bold" "[$1/${#stages[@]}] ${stage//_/ }"
}
info() { say '' "  $*"; }
warn() { say "$yellow" "  warning: $*"; }

# run WHAT COMMAND...: runs what changes something, with its output in the log; in a dry run, only
# tells of it. Its failure is that of the stage. A signal ends it no earlier, unless it is in
# `may_be_killed`: nothing is left that still starts a container while all is undone.
run() {
  local what=$1 output=$log_file.part code=0
  shift
  [[ $dry_run == no ]] || { info "would $what: $*"; return 0; }
  info "$what"
  to_log "  \$ $*"
  "$@" >"$output" 2>&1 9<&- </dev/null &
  child=$!
  wait "$child" || code=$?
  child=''
  cat -- "$output" >>"$log_file" 2>/dev/null || true
  [[ $code == 0 ]] || fail "could not $what:" "$(last_lines "$output")"
  rm -f -- "$output"
}

last_lines() { printf '\n'; tail -n 5 -- "$1" | sed 's/^/    /'; }
