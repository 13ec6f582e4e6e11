# shellcheck shell=bash
# Of backup.sh: the command line.

wrong() {
  echo "backup.sh: $*; --help tells more" >&2
  exit 2
}

declare -Ar options_of=(
  [create]=' --dir --keep-days --server-dir --config --password-file --metrics-file --timeout --server '
  [list]=' --dir '
  [verify]=' --dir --server '
  [restore]=' --dir --timeout --to --force --drill --server '
  [prune]=' --dir --keep-days --metrics-file --server '
  [metrics]=' --dir '
)

read_arguments() {
  [[ $# -gt 0 ]] || wrong "no command"
  command=$1
  shift
  [[ -n ${options_of[$command]:-} ]] || wrong "unknown command '$command'"
  while [[ $# -gt 0 ]]; do
    if [[ $1 == -- ]]; then
      shift
      connection=("$@")
      break
    fi
    read_argument "$@"
    [[ $1 != --* || $1 == --force || $1 == --drill ]] || shift
    shift
  done
  [[ ${#connection[@]} -eq 0 || $command == create ]] || wrong "only create asks a server"
  [[ -n ${option[dir]:-} ]] || wrong "--dir is missing"
  local name
  for name in keep-days timeout; do
    [[ ${option[$name]} =~ ^[1-9][0-9]{0,4}$ ]] || wrong "--$name takes a number from 1 to 99999"
  done
  [[ -z ${option[drill]:-} || -z ${option[to]:-}${option[force]:-} ]] || wrong "a drill has no --to and no --force"
  refuse_passwords
}

read_argument() {
  if [[ $1 != --* ]]; then
    [[ $command == verify || $command == restore ]] || wrong "'$1' is one too many"
    [[ -z $backup ]] || wrong "one backup at a time"
    [[ $1 =~ $name_pattern ]] || wrong "'$1' is not the name of a backup"
    backup=$1
    return
  fi
  [[ ${options_of[$command]} == *" $1 "* ]] || wrong "$command has no option $1"
  case $1 in
    --force | --drill) option[${1#--}]=yes ;;
    *)
      [[ $# -gt 1 && -n $2 ]] || wrong "$1 takes a value"
      if [[ $1 == --config ]]; then configs+=("$2"); else option[${1#--}]=$2; fi
      ;;
  esac
}
