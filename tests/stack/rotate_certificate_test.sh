#!/usr/bin/env bash
# scripts/rotate-certificate.sh: no client fails; what is wrong is refused, or put back.
source "$(dirname "${BASH_SOURCE[0]}")/with_load.sh"

hold_ports 1
tls_port=${held_ports[0]}
cd "$folder"
elliptic=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
authority() { openssl req -x509 "${elliptic[@]}" -days 30 -subj "/CN=$1" -keyout "$1.key" -out "$1.pem" 2>/dev/null; }
# certificate NAME AUTHORITY DAYS
certificate() {
  openssl req "${elliptic[@]}" -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout "$1.key" -out "$1.csr" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -days "$3" -copy_extensions copy -out "$1.pem" 2>/dev/null
}
authority ca
authority stranger
certificate first ca 20
certificate second ca 20
certificate short ca 3
certificate foreign stranger 20
mkdir tls
cp first.pem tls/server.pem
cp first.key tls/server.key
chmod 640 tls/server.key
serial() { openssl x509 -in "$1" -noout -serial; }
shown() { openssl s_client -connect "127.0.0.1:$tls_port" </dev/null 2>/dev/null | openssl x509 -noout -serial; }

export REDISCLI_AUTH=secret
start_server --requirepass secret
tls() {
  expect OK redis-cli -p "$port" CONFIG SET tls-cert-file "$folder/tls/server.pem" tls-key-file "$folder/tls/server.key" \
    tls-auth-clients no tls-port "$tls_port"
}
tls
echo secret >password
start_load "rediss://127.0.0.1:$tls_port/0?ssl_ca_certs=$folder/ca.pem" password
wait_for_load secret
exec {stays}<>"/dev/tcp/127.0.0.1/$port"

rotate() { timeout 60 "$scripts/rotate-certificate.sh" --ca ca.pem "$@" -- -h 127.0.0.1 -p "$port"; }

# --- Refused before anything is touched
refuses '*does not belong to the certificate*' rotate --cert second.pem --key first.key
refuses '*less than 7 days*' rotate --cert short.pem --key short.key
refuses '*nobody vouches for the certificate*' rotate --cert foreign.pem --key foreign.key
refuses '*is no certificate*' rotate --cert second.key --key second.key
refuses '*shows this certificate already*' rotate --cert first.pem --key first.key
expect $'server.key\nserver.pem' ls tls
expect "$(serial first.pem)" shown

# --- Changed
expect_match "127.0.0.1:$tls_port shows $(serial second.pem), valid until *" rotate --cert second.pem --key second.key
expect "$(serial second.pem)" shown
cmp second.key tls/server.key
cmp first.pem tls/server.pem.before-*
cmp first.key tls/server.key.before-*
expect 640 stat -c %a tls/server.key
wait_for_load secret
printf 'PING\r\n' >&$stays
read -r -t 30 answer <&$stays
[[ $answer == -NOAUTH* ]] || fail "the connection is gone: $answer"

# --- Put back: the server cannot read what was installed, as it has other files than those that are named
mkdir elsewhere
cp tls/server.pem tls/server.key elsewhere/
certificate third ca 20
refuses '*does not show the new certificate*is in its place again*' rotate --cert third.pem --key third.key \
  --tls-cert-file elsewhere/server.pem --tls-key-file elsewhere/server.key
cmp second.pem elsewhere/server.pem
cmp second.key elsewhere/server.key
expect "$(serial second.pem)" shown
wait_for_load secret
stop_load
