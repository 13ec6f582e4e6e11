#!/usr/bin/env bash
# Backs up a running Sideline (or a Redis with strings in it), and puts a backup back in its place.
# Usage: backup.sh COMMAND --dir DIR [OPTION]... [BACKUP] [-- REDIS-CLI-OPTION...]
#
# Commands. A backup is named for the time when it was made; unless one is named, it is the newest.
#   create    has the server save, copies the snapshot and the configuration, verifies the copy, and
#             deletes backups that are too old
#   list      tells what there is, the oldest first
#   verify    compares the checksums and reads the snapshot as a server would
#   restore   verifies, then puts the snapshot where a server that starts will load it
#   prune     deletes backups that are too old
#   metrics   writes figures for Prometheus to standard output
#
# Options
#   --dir DIR             folder of the backups; one for each server
#   --keep-days N         create, prune: age at which a backup is deleted (30); the newest good one stays
#   --server-dir DIR      create: the server's folder as it is seen from here, a volume for example
#   --config FILE         create: a file to copy, instead of those that the server names; repeatable
#   --password-file FILE  create: holds the password; or it is in the environment, REDISCLI_AUTH
#   --metrics-file FILE   create, prune: for the text file collector of node_exporter, NAME.prom
#   --timeout SECONDS     create: time for a save, and for its copy; restore: for a drill (600)
#   --to DIR              restore: the folder to put it in, instead of the one that it came from
#   --force               restore: although a server uses that folder
#   --drill               restore: into a server that is started for it, counts the keys, and ends it
#   --server PROGRAM      the sideline-server that reads snapshots (sideline-server)
# What stands behind "--" goes to redis-cli, which create asks the server with: -h, -p, -s, --user,
# --tls and its like.
#
# Needs redis-cli (create, drills), sideline-server and flock. Exit code: 0, 1 if something failed, 2
# if the command line is wrong.
set -euo pipefail
shopt -s inherit_errexit nullglob
export LC_ALL=C
umask 077

# Of a manifest. A format that this script could not read would have another number.
readonly first_line='sideline-backup 1'
readonly name_pattern='^[0-9]{8}T[0-9]{6}Z$'
readonly poll_seconds=0.2
readonly reply_seconds=30
# How far the clock may be set back without a backup counting as one of the future.
readonly ahead_seconds=300
# Of flock, if somebody else has the lock: none of its other exit codes.
readonly locked_code=9

declare -A option=([keep-days]=30 [timeout]=600 [server]=sideline-server)
configs=() connection=() own_server=()
command='' backup='' dir='' partial='' report_end=yes last_run=''

parts=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/backup
source "$parts/../shared/replace_file.sh"
source "$parts/../shared/server.sh"
source "$parts/../shared/usage.sh"
source "$parts/arguments.sh"
source "$parts/folder.sh"
source "$parts/save.sh"
source "$parts/metrics.sh"
source "$parts/create.sh"
source "$parts/restore.sh"

fail() {
  echo "backup.sh: $*" >&2
  exit 1
}

[[ ${1:-} != --help && ${1:-} != -h ]] || { print_usage "$0"; exit 0; }
read_arguments "$@"
find_server
dir=${option[dir]}
if [[ $command == create ]]; then
  create
  exit
fi
dir=$(cd -- "$dir" && pwd -P)
case $command in
  list) list ;;
  metrics) metrics ;;
  verify)
    lock -s
    choose_backup
    keys=$(verify "$backup")
    echo "$dir/$backup: good, $keys keys"
    ;;
  restore)
    lock -s
    choose_backup
    restore
    ;;
  prune)
    lock -x
    trap write_metrics EXIT
    remove_remains
    delete_old
    ;;
esac
