# shellcheck shell=bash
# Asking a running server. Whoever sources it has `connection`, the options of redis-cli; `option`, those
# of its own command line; reply_seconds; fail and wrong, which tell why and end it.

# ask ARGUMENT...: its reply.
ask() {
  local reply
  reply=$(timeout "$reply_seconds" redis-cli "${connection[@]}" "$@" 2>&1 </dev/null 9<&-) ||
    fail "the server does not answer: ${reply%%$'\n'*}"
  printf '%s\n' "${reply//$'\r'/}"
}

# field REPLY NAME: of INFO.
field() {
  local value
  value=$(grep -m 1 "^$2:" <<<"$1") || fail "no $2 in the server's INFO: ${1%%$'\n'*}"
  echo "${value#*:}"
}

# setting NAME: of CONFIG GET.
setting() {
  local reply
  reply=$(ask CONFIG GET "$1")
  [[ $reply == "$1" || $reply == "$1"$'\n'* ]] || fail "the server does not tell its $1: $reply"
  reply=${reply#"$1"}
  echo "${reply#$'\n'}"
}

# Every user of the machine sees a command line.
refuse_passwords() {
  local word
  for word in "${connection[@]}"; do
    case $word in
      -a | --pass | redis*://*@*)
        wrong "a password on the command line can be seen: use --password-file or REDISCLI_AUTH" ;;
    esac
  done
}

# --password-file, for redis-cli.
read_password() {
  [[ -n ${option[password-file]:-} ]] || return 0
  REDISCLI_AUTH=$(<"${option[password-file]}")
  export REDISCLI_AUTH
}
