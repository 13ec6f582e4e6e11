# shellcheck shell=bash
# Of deploy.sh: the way back to what ran before. A stage that changes something has a function undo_STAGE
# beside it, which brings that back to what the state says (read_state), however much of the stage was
# done: so a deployment that was killed is undone as one that fails. All its steps are by run.

begun=() child='' may_be_killed=no is_told=no failed_command=''

# Why the stage fails; ends this.
fail() {
  is_told=yes
  say "$red" "failed in ${stage//_/ }: $1${2:-}"
  exit 1
}

# What ends each deployment, by trap.
finish() {
  local code=$?
  trap - EXIT ERR
  trap '' TERM INT HUP
  set +e
  end_child
  [[ $code != 0 ]] || exit 0
  [[ $is_told == yes ]] || say "$red" "failed in ${stage//_/ }: $failed_command"
  [[ $dry_run == no ]] || exit 1
  undo || exit 3
  [[ ${#begun[@]} == 0 ]] || say "$yellow" "all is as it was before; the whole log: $log_file"
  exit 1
}

end_child() {
  [[ -n $child ]] || return 0
  [[ $may_be_killed == no ]] || kill "$child" 2>/dev/null
  wait "$child"
}

# Of the stages that have begun, the last first. The first that cannot be undone is the end of it: what
# comes before it may be what keeps the traffic going.
undo() {
  local i
  for ((i = ${#begun[@]} - 1; i >= 0; --i)); do
    declare -F "undo_${begun[i]}" >/dev/null || continue
    info "undoing: ${begun[i]//_/ }"
    stage="undoing ${begun[i]}"
    if ! (trap - ERR; child=''; "undo_${begun[i]}"); then
      say "$red" "NOT all is as it was before: see above, and $log_file"
      return 1
    fi
  done
}

# A deployment that was killed has left the mark of stage 3.
undo_unfinished() {
  [[ -e $DEPLOY_DIR/unfinished ]] || return 0
  if [[ $dry_run == yes ]]; then
    info "would undo a deployment before, which was killed"
    return
  fi
  warn "a deployment before was killed; what it did is undone first"
  read_state
  begun=("${stages[@]}")
  undo || { trap - EXIT; exit 3; }
  begun=()
}
