#!/usr/bin/env bash
# scripts/rotate-password.sh: no client fails, and a restart has the new password alone.
source "$(dirname "${BASH_SOURCE[0]}")/with_load.sh"

rotate() {
  local command=$1
  shift
  timeout 60 "$scripts/rotate-password.sh" "$command" --new-file "$folder/new password" "$@" -- -p "$port"
}
# as USER PASSWORD COMMAND...
as() {
  local user=$1 password=$2
  shift 2
  REDISCLI_AUTH=$password timeout 30 redis-cli -p "$port" --user "$user" "$@"
}
hand_out() {  # to the clients, at once
  echo "$1" >"$folder/clients.new"
  mv "$folder/clients.new" "$folder/clients"
}
new_password() { printf '%s\n' "$1" >"$folder/new password"; }
unset REDISCLI_AUTH

# --- The default user, whose password is in a file
echo 'old one' >"$folder/server password"
chmod 640 "$folder/server password"
hand_out 'old one'
start_server --requirepass-file "$folder/server password"
start_load "redis://127.0.0.1:$port/0" "$folder/clients"
wait_for_load 'old one'
exec {idle}<>"/dev/tcp/127.0.0.1/$port"  # somebody who stays connected with the old one
printf 'AUTH "old one"\r\n' >&$idle
read -r -t 30 answer <&$idle
[[ $answer == +OK* ]] || fail "AUTH: $answer"

new_password 'new "\ one'
refuses '*nothing was begun*' rotate finish --password-file "$folder/new password"
export REDISCLI_AUTH='old one'
expect_match "'default' has both passwords now*" rotate begin
refuses '*is there: finish or abort*' rotate begin
expect PONG as default 'old one' PING
expect PONG as default 'new "\ one' PING
refuses '*log in with the new password*' rotate finish
wait_for_load 'old one'
hand_out 'new "\ one'
wait_for_load 'new "\ one'
expect_match 'Connected since before*addr=127.0.0.1:*' rotate status
refuses '*are connected since before*addr=127.0.0.1:*' rotate finish --password-file "$folder/new password"
expect 'old one' cat "$folder/server password"
exec {idle}>&-
until [[ $(rotate status) == Nobody* ]]; do sleep 0.05; done
expect "'default' has the new password alone" rotate finish --password-file "$folder/new password"
expect_match '*WRONGPASS*' env REDISCLI_AUTH='old one' redis-cli -p "$port" PING
expect PONG as default 'new "\ one' PING
cmp "$folder/new password" "$folder/server password"
expect 640 stat -c %a "$folder/server password"
[[ ! -e "$folder/new password.rotation" ]] || fail "it is still remembered"
wait_for_load 'new "\ one'
stop_load

stop_the_server
start_server --requirepass-file "$folder/server password"
expect PONG as default 'new "\ one' PING
expect_match '*NOAUTH*' as default 'old one' PING

# --- Back again; a restart in between; what would come back is refused
export REDISCLI_AUTH='new "\ one'
new_password third
rotate begin >/dev/null
expect "'default' has the old password alone" rotate abort
expect_match '*NOAUTH*' as default third PING
rotate begin >/dev/null
stop_the_server
start_server --requirepass-file "$folder/server password"
refuses '*it was restarted; abort*' rotate status
rotate abort >/dev/null
stop_the_server
export REDISCLI_AUTH=fourth
start_server --requirepass fourth
refuses '*a restart would bring it back*' rotate begin
stop_the_server

# --- A user of an ACL file, by an administrator
printf '%s\n' 'user default on >admin ~* &* +@all' 'user app on >first ~* +@read +@write +@connection' >"$folder/users"
new_password second
hand_out first
export REDISCLI_AUTH=admin
start_server --aclfile "$folder/users"
start_load "redis://app@127.0.0.1:$port/0" "$folder/clients"
wait_for_load first
rotate begin --user app >/dev/null
stop_load
stop_the_server  # both are in the file: a restart in between costs nothing
start_server --aclfile "$folder/users"
start_load "redis://app@127.0.0.1:$port/0" "$folder/clients"
wait_for_load first
hand_out second
wait_for_load second
expect "'app' has the new password alone" rotate finish --user app
wait_for_load second
stop_load
stop_the_server
start_server --aclfile "$folder/users"
expect PONG as app second PING
expect_match '*NOAUTH*' as app first PING
expect PONG as default admin PING
