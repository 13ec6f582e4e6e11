#!/usr/bin/env bash
# Puts a new certificate in the place of that of a running Sideline, without a client that fails in
# between; if the server does not show it then, the old one is put back.
# Usage: rotate-certificate.sh --cert FILE --key FILE [OPTION]... [-- REDIS-CLI-OPTION...]
#
#   --cert FILE           the new certificate and those that lead to its root, PEM
#   --key FILE            its private key, PEM, without a password
#   --ca FILE             the root that clients trust; else those that this machine trusts
#   --min-days N          how long the certificate has to be valid at least (7)
#   --password-file FILE  holds the server's password; or it is in the environment, REDISCLI_AUTH
#   --tls-cert-file FILE, --tls-key-file FILE  the server's files as they are seen from here
# What stands behind "--" goes to redis-cli: -h, -p, -s, --user, --tls and its like.
#
# What was there stays beside it, as FILE.before-TIME. Needs redis-cli and openssl. Exit code: 0, 1 if
# something failed, 2 if the command line is wrong.
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C
umask 077
readonly reply_seconds=30 patience_seconds=10
declare -A option=([min-days]=7)
connection=() undo=()

fail() {
  echo "rotate-certificate.sh: $*" >&2
  exit 1
}

wrong() {
  echo "rotate-certificate.sh: $*; --help tells more" >&2
  exit 2
}

shared=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/shared
source "$shared/server.sh"
source "$shared/usage.sh"
source "$shared/replace_file.sh"

read_arguments() {
  while [[ $# -gt 0 ]]; do
    case $1 in
      --) shift; connection=("$@"); break ;;
      --cert | --key | --ca | --min-days | --password-file | --tls-cert-file | --tls-key-file)
        [[ $# -gt 1 && -n $2 ]] || wrong "$1 takes a value"
        option[${1#--}]=$2
        shift 2
        ;;
      *) wrong "unknown option $1" ;;
    esac
  done
  refuse_passwords
  [[ -n ${option[cert]:-} && -n ${option[key]:-} ]] || wrong "--cert and --key are needed"
  [[ ${option[min-days]} =~ ^[0-9]{1,5}$ ]] || wrong "--min-days takes a number"
}

# --- What is installed has to be right

check_pair() {
  local of_certificate of_key
  of_certificate=$(openssl x509 -in "${option[cert]}" -noout -pubkey 2>&1) || fail "${option[cert]} is no certificate"
  of_key=$(openssl pkey -in "${option[key]}" -passin pass: -pubout 2>&1) ||
    fail "${option[key]} is no private key without a password"
  [[ $of_certificate == "$of_key" ]] || fail "the key does not belong to the certificate"
}

check_dates() {
  local begin
  begin=$(openssl x509 -in "${option[cert]}" -noout -startdate)
  [[ $(date -d "${begin#*=}" +%s) -le $(date +%s) ]] || fail "the certificate is valid only from ${begin#*=} on"
  openssl x509 -in "${option[cert]}" -noout -checkend $((option[min-days] * 86400)) >/dev/null ||
    fail "the certificate is valid for less than ${option[min-days]} days: $(openssl x509 -in "${option[cert]}" -noout -enddate)"
}

check_chain() {
  local why
  why=$(openssl verify "${trust[@]}" -purpose sslserver -untrusted "${option[cert]}" "${option[cert]}" 2>&1) ||
    fail "nobody vouches for the certificate: ${why#*$'\n'}"
}

# --- Over the wire

# What the server shows a client that connects now: SHA-256 of its certificate.
served() {
  timeout "$reply_seconds" openssl s_client -connect "$host:$tls_port" </dev/null 2>/dev/null |
    openssl x509 -noout -fingerprint -sha256 2>/dev/null || true
}

# reread: the server reads its files; prints why it does not.
reread() {
  local reply
  reply=$(ask CONFIG SET tls-cert-file "$cert_setting" tls-key-file "$key_setting")
  [[ $reply == OK ]] || echo "$reply"
}

# --- The files

# here DIRECTIVE FILE: where the server's file is, seen from here.
here() {
  [[ $2 == /* || -n ${option[$1]:-} ]] || fail "the server's '$2' is relative to a folder that it does not tell: use --$1"
  readlink -e -- "$2" || fail "the server's '$2' is not here: use --$1"
}

# install_file NEW OLD: NEW takes the place of OLD, of which put_back() has a copy.
install_file() {
  cp -p -- "$2" "$2.$before"
  undo+=("$2")
  replace_file "$2" <"$1"
}

put_back() {
  local file
  [[ ${#undo[@]} -gt 0 ]] || return 0
  for file in "${undo[@]}"; do mv -T -- "$file.$before" "$file"; done
  undo=()
  reread >/dev/null || true
  echo "rotate-certificate.sh: the old certificate is in its place again" >&2
}

[[ ${1:-} != --help && ${1:-} != -h ]] || { print_usage "$0"; exit 0; }
read_arguments "$@"
trust=()
[[ -z ${option[ca]:-} ]] || trust=(-CAfile "${option[ca]}")
check_pair
check_dates
check_chain

read_password
host=127.0.0.1
for ((i = 0; i + 1 < ${#connection[@]}; ++i)); do
  [[ ${connection[i]} != -h ]] || host=${connection[i + 1]}
done
tls_port=$(setting tls-port)
[[ $tls_port != 0 ]] || fail "the server has no tls-port"
cert_setting=$(setting tls-cert-file)
key_setting=$(setting tls-key-file)
cert_file=$(here tls-cert-file "${option[tls-cert-file]:-$cert_setting}")
key_file=$(here tls-key-file "${option[tls-key-file]:-$key_setting}")
[[ $cert_file != "$key_file" ]] || fail "certificate and key are in one file, '$cert_file'"

new=$(openssl x509 -in "${option[cert]}" -noout -fingerprint -sha256)
[[ $(served) != "$new" ]] || fail "the server shows this certificate already"
before=$(suffix_before "$cert_file" "$key_file")
trap put_back EXIT
# A server that looks in between finds that the two do not belong together, and keeps what it has.
install_file "${option[cert]}" "$cert_file"
install_file "${option[key]}" "$key_file"
why=$(reread)
[[ -z $why ]] || fail "$why"
deadline=$((SECONDS + patience_seconds))
until [[ $(served) == "$new" ]]; do
  [[ $SECONDS -lt $deadline ]] || fail "the server does not show the new certificate on $host:$tls_port"
  sleep 0.2
done
trap - EXIT
echo "$host:$tls_port shows $(openssl x509 -in "${option[cert]}" -noout -serial), valid until" \
  "$(openssl x509 -in "${option[cert]}" -noout -enddate | cut -d = -f 2); the old one is in *.$before"
