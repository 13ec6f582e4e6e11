#!/usr/bin/env bash
# Changes the password of a user of a running Sideline, without a client that fails in between.
# Usage: rotate-password.sh COMMAND --new-file FILE [OPTION]... [-- REDIS-CLI-OPTION...]
#
#   begin     adds the new password beside the old one: both are right from now on
#   status    lists the connections that are older than that: they logged in with the old password
#   finish    removes the old password, if there are no such connections; writes the new one to where the
#             server finds it at a start
#   abort     removes the new password again
# Between begin and finish, give all clients the new password, and restart or reconnect them.
#
#   --new-file FILE       holds the new password; FILE.rotation remembers what begin has done
#   --user NAME           whose password it is (default)
#   --password-file FILE  holds the password to log in with; or it is in the environment, REDISCLI_AUTH.
#                         finish: one that stays, such as the new one
#   --requirepass-file FILE  finish: the server's requirepass-file as it is seen from here
#   --force               finish: in spite of old connections, which stay connected
# What stands behind "--" goes to redis-cli: -h, -p, -s, --user, --tls and its like.
#
# The password is to stand in the server's aclfile, or be that of its requirepass-file: another one
# would be back after a restart. Exit code: 0, 1 if something failed, 2 if the command line is wrong.
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C
umask 077
readonly reply_seconds=30
declare -A option=([user]=default)
connection=()

fail() {
  echo "rotate-password.sh: $*" >&2
  exit 1
}

wrong() {
  echo "rotate-password.sh: $*; --help tells more" >&2
  exit 2
}

shared=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/shared
source "$shared/server.sh"
source "$shared/usage.sh"
source "$shared/replace_file.sh"

read_arguments() {
  case ${1:-} in
    begin | status | finish | abort) command=$1 ;;
    *) wrong "there is no command '${1:-}'" ;;
  esac
  shift
  while [[ $# -gt 0 ]]; do
    case $1 in
      --) shift; connection=("$@"); break ;;
      --force) option[force]=yes; shift ;;
      --new-file | --user | --password-file | --requirepass-file)
        [[ $# -gt 1 && -n $2 ]] || wrong "$1 takes a value"
        option[${1#--}]=$2
        shift 2
        ;;
      *) wrong "unknown option $1" ;;
    esac
  done
  [[ -z ${option[force]:-}${option[requirepass-file]:-} || $command == finish ]] || wrong "$command takes no such option"
  refuse_passwords
  [[ -n ${option[new-file]:-} ]] || wrong "--new-file is missing"
  user=${option[user]}
  [[ $user =~ ^[^[:space:]\"\'\\]+$ ]] || wrong "'$user' is not the name of a user"
}

# hash_of PASSWORD: what the server keeps of it.
hash_of() { printf %s "$1" | sha256sum | cut -d ' ' -f 1; }

# Of the user, one a line.
hashes() {
  ask ACL GETUSER "$user" | sed -n '/^passwords$/,/^commands$/p' | grep -xE '[0-9a-f]{64}' || true
}

has() { grep -qxF "$1" <<<"$(hashes)"; }

# change RULE: of the user.
change() {
  local reply
  reply=$(ask ACL SETUSER "$user" "$1")
  [[ $reply == OK ]] || fail "$reply"
  keep
}

# For a restart.
keep() {
  local reply=OK
  [[ -z $aclfile ]] || reply=$(ask ACL SAVE)
  [[ $reply == OK ]] || fail "the password is changed until the server ends, but: $reply"
}

run_id() { field "$(ask INFO server)" run_id; }

# Sets what begin remembered. After a restart nobody is connected who was before it.
recall() {
  local run
  { read -r begun_user; read -r old; read -r first_client; read -r run; } <"$memory"
  [[ $begun_user == "$user" ]] || fail "$memory is of user '$begun_user'"
  [[ $run == "$(run_id)" ]] || first_client=0
}

# Connections of the user that were there before both passwords were right.
old_connections() {
  ask CLIENT LIST | awk -v user="user=$user" -v first="$first_client" '
    { id = substr($1, 4) + 0 }
    id < first && index(" " $0 " ", " " user " ") { print "  " $1, $2, $5, $6 }'
}

begin() {
  local count
  [[ ! -e $memory ]] || fail "$memory is there: finish or abort what was begun"
  [[ -n $aclfile || -n $requirepass_file ]] ||
    fail "the password of '$user' is neither in an aclfile nor in a requirepass-file: a restart would bring it back"
  old=$(hashes)
  count=$(grep -c . <<<"$old" || true)
  [[ $count -eq 1 ]] || fail "'$user' has $count passwords, not one"
  [[ $old != "$new" ]] || fail "the new password is the old one"
  change "#$new"
  [[ $(REDISCLI_AUTH=$new_password log_in) == PONG ]] || { change "!$new"; fail "the new password was not taken"; }
  # The connection is a new one: so whoever has a smaller number came before.
  printf '%s\n' "$user" "$old" "$(ask CLIENT ID)" "$(run_id)" >"$memory"
  echo "'$user' has both passwords now. Give clients the new one, then: finish"
  [[ -n $aclfile ]] || echo "The new one is not written yet: after a restart, abort and begin again."
}

# PONG, if the password in REDISCLI_AUTH is that of the user. A user behind "--" may be another one.
log_in() { timeout "$reply_seconds" redis-cli "${connection[@]}" --user "$user" PING 2>/dev/null </dev/null || true; }

status() {
  recall
  has "$new" || fail "the server does not know the new password: it was restarted; abort, and begin again"
  local connections
  connections=$(old_connections)
  [[ -n $connections ]] || { echo "Nobody is connected since before the new password"; return; }
  echo "Connected since before the new password:"
  echo "$connections"
}

finish() {
  recall
  has "$new" || fail "the server does not know the new password: it was restarted; abort, and begin again"
  [[ $(hash_of "${REDISCLI_AUTH:-}") != "$old" ]] || fail "log in with the new password: the old one will be gone"
  local connections
  connections=$(old_connections)
  [[ -z $connections || -n ${option[force]:-} ]] ||
    fail "these are connected since before the new password (--force goes on in spite of them):"$'\n'"$connections"
  [[ -z $requirepass_file ]] || write_password
  if has "$old"; then change "!$old"; else keep; fi
  [[ $(hashes) == "$new" ]] || fail "'$user' has other passwords: $(hashes)"
  [[ $(REDISCLI_AUTH=$new_password log_in) == PONG ]] || fail "the new password is refused"
  rm -- "$memory"
  echo "'$user' has the new password alone"
}

# The server reads it then, and takes its password for the only one.
write_password() {
  local file reply
  file=$(readlink -e -- "${option[requirepass-file]:-$requirepass_file}") ||
    fail "the server's '$requirepass_file' is not here: name it with --requirepass-file"
  [[ $(hash_of "$(<"$file")") == "$old" || $(hash_of "$(<"$file")") == "$new" ]] ||
    fail "'$file' has neither the old password nor the new one"
  replace_file "$file" <<<"$new_password"
  reply=$(ask CONFIG SET requirepass-file "$requirepass_file")
  [[ $reply == OK ]] || fail "'$file' has the new password, but the server does not read it: $reply"
}

abort() {
  recall
  ! has "$new" || change "!$new"
  rm -- "$memory"
  echo "'$user' has the old password alone"
}

[[ ${1:-} != --help && ${1:-} != -h ]] || { print_usage "$0"; exit 0; }
read_arguments "$@"
new_password=$(<"${option[new-file]}")
[[ -n $new_password && $new_password != *$'\n'* ]] || fail "${option[new-file]} has to hold one line"
new=$(hash_of "$new_password")
memory=${option[new-file]}.rotation
[[ $command == begin || -f $memory ]] || fail "there is no $memory: nothing was begun"
read_password
aclfile=$(setting aclfile)
requirepass_file=''
[[ $user != default ]] || requirepass_file=$(setting requirepass-file)
"$command"
