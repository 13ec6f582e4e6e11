#!/usr/bin/env bash
# Puts another version of the stack (cache, API) into production without a failed request, or leaves
# everything as it was.
# Usage: deploy.sh [--env FILE] [--ref REF] [--dry-run]
#
#   --env FILE   the settings of the stack (.env.production); .env.production.template describes them
#   --ref REF    what to deploy: a branch, tag or commit (origin/main)
#   --dry-run    tells what would be done, and changes nothing
#
# Eight stages: requirements, backup, code update, deploy, migrations, health validation, monitoring
# update, backup clean-up. New containers are started beside the old ones, take over the cache's
# entries, and get the traffic once they are healthy; then the old ones end. If a stage fails, or a
# signal arrives, what was done is undone, the last first. So it is at the next start, if this is
# killed. Only migrations stay: they must suit the version before, too.
#
# Runs on the machine that runs the containers, as root. Needs git, curl, openssl, flock, and docker
# with its compose plugin, or what ENGINE and COMPOSE name. Exit code: 0; 1 if a stage failed and all is
# as it was; 2 if the command line is wrong; 3 if it could not be undone: somebody has to look.
set -Eeuo pipefail
shopt -s inherit_errexit
export LC_ALL=C
# What is checked out, others read: the builds of images, and nginx.
umask 022

root=$(dirname -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")")
parts=$root/scripts/deploy
env_file=$root/.env.production ref=origin/main dry_run=no
readonly stages=(requirements backup code_update deploy migrations health_validation
                 monitoring_update backup_cleanup)

source "$parts/../shared/usage.sh"
source "$parts/log.sh"
source "$parts/settings.sh"
source "$parts/undo.sh"
source "$parts/stack.sh"
source "$parts/cache.sh"
source "$parts/proxy.sh"
source "$parts/stages.sh"

help() {
  print_usage "$root/scripts/deploy.sh"
  printf '\nIts settings in FILE (name, default, meaning):\n\n'
  setting_rows | while IFS='|' read -r name _ default meaning; do
    printf '  %-15s %-24s  %s\n' "$name" "$default" "$meaning"
  done
}

wrong() {
  echo "deploy.sh: $*; --help tells more" >&2
  exit 2
}

read_arguments() {
  while [[ $# -gt 0 ]]; do
    case $1 in
      --help | -h) help; exit 0 ;;
      --dry-run) dry_run=yes; shift ;;
      --env | --ref)
        [[ -n ${2:-} ]] || wrong "$1 takes a value"
        if [[ $1 == --env ]]; then env_file=$(realpath -m -- "$2"); else ref=$2; fi
        shift 2
        ;;
      *) wrong "unknown option $1" ;;
    esac
  done
}

# Descriptor 9 is not passed on (run): a container that is started would keep the lock.
lock() {
  [[ $dry_run == no ]] || return 0
  exec 9>"$DEPLOY_DIR/lock"
  flock --nonblock 9 || fail "another deployment runs"
}

# In a function, as bash reads a script while it runs it, and the code update replaces this one.
main() {
  local number=0
  read_arguments "$@"
  read_settings
  open_log
  trap finish EXIT
  trap 'failed_command=$BASH_COMMAND' ERR
  trap 'fail "it was told to end (SIGTERM, SIGINT or SIGHUP)"' TERM INT HUP
  lock
  undo_unfinished
  read_state
  for stage in "${stages[@]}"; do
    begin_stage $((++number))
    "stage_$stage"
  done
  keep_new
  exit 0
}

main "$@"
