# shellcheck shell=bash
# Sourced by the tests of docker/nginx: nginx with that configuration, on ports of its own, in front of
# two stand-ins for replicas of the API, `a` and `b` (nginx/replicas.py).
source "$(dirname "${BASH_SOURCE[0]}")/../wire/with_server.sh"
python=/usr/bin/python3  # Debian's own, which has Debian's packages
needs nginx curl openssl $python
[[ $(curl --version) == *HTTP2* ]] || skip "curl without HTTP/2"

here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
nginx_pid="" replicas_pid=""
stop_nginx() {
  # Those that have been started.
  # shellcheck disable=SC2086
  end_processes $nginx_pid $replicas_pid
  stop_server
}
trap stop_nginx EXIT

switch() { curl -sS --fail --unix-socket "$folder/switch" "http://replicas/$1/$2" >/dev/null; }
# count REPLICA [WHAT]: connections, requests, or those of a method, since it was switched.
count() {
  curl -sS --fail --unix-socket "$folder/switch" "http://replicas/$1" |
    $python -c 'import json, sys; print(json.load(sys.stdin).get(sys.argv[1], 0))' "${2:-requests}"
}

nginx=(nginx -c "$folder/nginx/nginx.conf" -e stderr)

# Sets `url` (HTTPS), `plain` (HTTP), `monitoring` and `ca`.
start_nginx() {
  chmod 755 "$folder"  # for the workers, who are nobody
  mkdir "$folder/run" "$folder/tls" "$folder/www" "$folder/acme"
  cp -R "$here/../../docker/nginx" "$folder"

  ca=$folder/tls/fullchain.pem
  certify "$folder/tls/privkey.pem" "$ca"

  mkfifo "$folder/replicas"
  $python "$here/nginx/replicas.py" "$folder" a b >"$folder/replicas" &
  replicas_pid=$!
  local name port
  for _ in a b; do
    read -r -t 30 name port <&3 || fail "there is no replica"
    printf 'server 127.0.0.1:%s max_fails=3 fail_timeout=5s;\n' "$port" >>"$folder/servers"
  done 3<"$folder/replicas"
  mv "$folder/servers" "$folder/nginx/upstream.conf"

  hold_ports 3
  url=https://127.0.0.1:${held_ports[0]}
  plain=http://127.0.0.1:${held_ports[1]}
  monitoring=http://127.0.0.1:${held_ports[2]}
  set_in nginx/http/servers.conf "listen 443 " "listen 127.0.0.1:${held_ports[0]} "
  set_in nginx/http/servers.conf "listen 80 " "listen 127.0.0.1:${held_ports[1]} "
  set_in nginx/http/servers.conf "listen 127.0.0.1:8080;" "listen 127.0.0.1:${held_ports[2]};"
  set_in nginx/http/servers.conf /srv/ "$folder/"
  set_in nginx/http/tls.conf /etc/nginx/tls/ "$folder/tls/"
  set_in nginx/nginx.conf /run/nginx/ "$folder/run/"
  set_in nginx/nginx.conf /var/log/nginx/error.log "$folder/errors"
  set_in nginx/http/log.conf /var/log/nginx/access.log "$folder/access"
  "${nginx[@]}" -t 2>"$folder/check" || fail "nginx -t: $(<"$folder/check")"
  "${nginx[@]}" -g 'daemon off;' 2>"$folder/start" &
  nginx_pid=$!
  until [[ -s $folder/run/nginx.pid ]] && curl -sS -o /dev/null "$monitoring" 2>/dev/null; do
    kill -0 "$nginx_pid" 2>/dev/null || fail "nginx did not start: $(cat "$folder/start" "$folder/errors")"
    sleep 0.02
  done
}

# Returns when the workers with the configuration before have ended.
reload() {
  local worker old deadline=$((SECONDS + 40))
  old=$(pgrep -P "$nginx_pid")
  "${nginx[@]}" -s reload 2>/dev/null
  for worker in $old; do
    while kill -0 "$worker" 2>/dev/null; do
      [[ $SECONDS -lt $deadline ]] || fail "an old worker does not end: $(<"$folder/errors")"
      sleep 0.02
    done
  done
}

# An address that nobody else asks from: all of 127.0.0.0/8 is this machine.
address() { echo "127.$((RANDOM % 254 + 1)).$((RANDOM % 254 + 1)).$((RANDOM % 254 + 1))"; }

# get PATH [CURL ARGUMENT...]: the content.
get() {
  local path=$1
  shift
  curl -sS --cacert "$ca" --interface "$(address)" --max-time 60 "$@" "$url$path"
}
status() { get "$@" -o /dev/null -w '%{http_code}'; }
# header NAME PATH [CURL ARGUMENT...]: its value.
header() {
  local name=$1 path=$2
  shift 2
  get "$path" -o /dev/null -D - "$@" | tr -d '\r' | sed -n "s/^$name: //Ip"
}
# field NAME...: of a JSON at standard input.
field() {
  $python -c '
import functools, json, sys
print(functools.reduce(lambda value, name: value[name], sys.argv[1:], json.load(sys.stdin)))' "$@"
}
