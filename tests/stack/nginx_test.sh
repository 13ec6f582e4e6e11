#!/usr/bin/env bash
# docker/nginx, by real requests: TLS, HTTP/2, headers, gzip, static files, limits, and what is not public.
source "$(dirname "${BASH_SOURCE[0]}")/with_nginx.sh"
start_nginx

# --- TLS 1.2 and 1.3, nothing older; HTTP/2, and HTTP/1.1 for who asks for no more
# handshake OPTION...: the protocol that was agreed on. The tool itself would speak them all.
handshake() {
  openssl s_client -connect "${url#https://}" -CAfile "$ca" -verify_return_error \
    -cipher 'ALL:@SECLEVEL=0' "$@" </dev/null 2>"$folder/handshake" |
    sed -n 's/^New, \(.*\), Cipher is.*/\1/p'
}
expect TLSv1.3 handshake
expect TLSv1.2 handshake -tls1_2
for old in -tls1 -tls1_1; do
  code=0
  handshake $old >/dev/null || code=$?
  [[ $code -ne 0 ]] || fail "$old is accepted"
  expect_match '*alert protocol version*' cat "$folder/handshake"
done
! handshake -tls1_2 -cipher AES128-SHA >/dev/null || fail "a cipher without forward secrecy is accepted"
expect_match '*alert handshake failure*' cat "$folder/handshake"
expect 2 get /api/x -o /dev/null -w '%{http_version}'
expect 1.1 get /api/x --http1.1 -o /dev/null -w '%{http_version}'

# --- Port 80 sends everybody to HTTPS, but for the challenges by which certificates are renewed
mkdir -p "$folder/acme/.well-known/acme-challenge"
echo proof >"$folder/acme/.well-known/acme-challenge/token"
expect "308 https://predictions.example/api/x?y=1" \
  curl -sS -H 'Host: predictions.example' -o /dev/null -w '%{http_code} %{redirect_url}' "$plain/api/x?y=1"
expect proof curl -sS "$plain/.well-known/acme-challenge/token"

# --- What arrives at a replica
# request "FIELD..." PATH [CURL ARGUMENT...]: what it tells of it.
request() {
  local fields
  read -ra fields <<<"$1"
  shift
  get "$@" | field "${fields[@]}"
}
expect '/api/predictions/a%20b/1?c=d' request path '/api/predictions/a%20b/1?c=d'
expect https request "headers x-forwarded-proto" /api/x
expect predictions.example request "headers host" /api/x -H 'Host: predictions.example'
expect 127.3.2.1 request "headers x-forwarded-for" /api/x --interface 127.3.2.1 -H 'X-Forwarded-For: 8.8.8.8'
expect my-request.1 request "headers x-request-id" /api/x -H 'X-Request-Id: my-request.1'
expect 60000 request body /api/x --data-binary @<(head -c 60000 /dev/zero)
expect /health request path /health

# --- A request has one name: here, there and in the log
expect my-request.2 header x-request-id /api/x -H 'X-Request-Id: my-request.2'
[[ $(header x-request-id /api/x -H 'X-Request-Id: not a "name"') =~ ^[0-9a-f]{32}$ ]] || fail "a bad name is taken"
# logged NAME FIELD: its line is written when the client has its answer already.
logged() {
  local deadline=$((SECONDS + 30))
  until grep -F "\"request_id\":\"$1\"" "$folder/access" >"$folder/line"; do
    [[ $SECONDS -lt $deadline ]] || fail "$1 is not in the log"
    sleep 0.02
  done
  field "$2" <"$folder/line"
}
expect /api/x logged my-request.2 uri
expect 200 logged my-request.2 status
expect HTTP/2.0 logged my-request.2 protocol
expect 200 logged my-request.2 upstream_status
expect 404 status /odd/%22%0a%5c -H 'User-Agent: odd "\' -H 'X-Request-Id: my-request.3'
expect 'odd "\' logged my-request.3 user_agent
[[ $(wc -l <"$folder/access") -gt 10 ]] || fail "the log is too short"
$python -c 'import json, sys; [json.loads(line)["status"] for line in sys.stdin]' <"$folder/access" || fail "not JSON"
# Rotated as conf/logrotate.d/sideline does it.
mv "$folder/access" "$folder/access.1"
kill -USR1 "$nginx_pid"
until [[ -e $folder/access ]]; do sleep 0.02; done
expect 404 status /rotated -H 'X-Request-Id: my-request.4'
expect 404 logged my-request.4 status

# --- Limits: at once as many as a second has, then one for each 1/rate
# limited PATH RATE: of more requests than that the next one is refused. A burst has to be done before
# the first of them is forgotten.
limited() {
  local path=$1 rate=$2 passed refused milliseconds
  for _ in {1..50}; do
    read -r passed refused milliseconds < <($python "$here/nginx/client.py" burst "$url$path" "$ca" $((rate + 1)))
    [[ $((milliseconds * rate)) -ge 1000 ]] || break
  done
  expect "$rate 1" echo "$passed $refused"
  # For three seconds: the bucket, and what has run out of it meanwhile; two less if the last took long.
  read -r passed refused milliseconds < <($python "$here/nginx/client.py" flood "$url$path" "$ca" 3)
  local most=$((rate + milliseconds * rate / 1000))
  [[ $refused -gt 0 && $passed -ge $((most - 2)) && $passed -le $most ]] ||
    fail "$path: $passed passed, $refused did not, in $milliseconds ms"
}
limited /api/x 10
limited /api/auth/token 5
limited /health 10
# Static files are not limited.
echo page >"$folder/www/index.html"
read -r passed refused _ < <($python "$here/nginx/client.py" burst "$url/" "$ca" 100)
expect "100 0" echo "$passed $refused"

# --- What nginx itself says about a request for the API is JSON, with the status that it is sent with
# crowd [CURL ARGUMENT...]: of one client, more than it may ask.
crowd() { get '/api/auth/token?[1-30]' --interface "$(address)" "$@"; }
expect_match '*{"error":"Too many requests: wait a second"}*' crowd
expect_match '*429 application/json 1.*' crowd -o /dev/null -w '%{http_code} %{content_type} %header{retry-after}.'
expect '' header retry-after /api/x
body() { head -c "$1" /dev/zero >"$folder/body"; echo "@$folder/body"; }
expect '{"error":"The body is too large"}' get /api/x --data-binary "$(body 65537)"
expect 200 status /api/x --data-binary "$(body 65536)"
expect 413 status /api/auth/token --data-binary "$(body 8193)"

# --- Not public: the metrics of the replicas, those of nginx, and its version
for path in /metrics /nginx_status /api/../metrics /api/..%2fmetrics /health/../metrics //metrics /healthy /apis; do
  expect 404 status "$path" --path-as-is
done
expect_match 'Active connections: *' curl -sS --fail "$monitoring/nginx_status"
expect 404 curl -sS -o /dev/null -w '%{http_code}' "$monitoring/api/x"
# Its port is open on the loopback address it is configured with, and on no other.
! curl -sS -o /dev/null --max-time 5 "http://127.0.0.2:${monitoring##*:}/nginx_status" 2>/dev/null ||
  fail "the monitoring server listens on all addresses"
grep -q 'listen 127.0.0.1:8080;' "$here/../../docker/nginx/http/servers.conf"
expect nginx header server /api/status/404

# --- gzip for JSON, not for what is small or compressed already, nor where tokens are
zipped() { header content-encoding "$@" -H 'Accept-Encoding: gzip'; }
expect gzip zipped /api/bytes/1024
expect '' zipped /api/bytes/1023
expect '' zipped /api/auth/bytes/5000
expect '' header content-encoding /api/bytes/5000
expect Accept-Encoding header vary /api/bytes/5000
get /api/bytes/5000 --compressed >"$folder/unzipped"
expect 5000 stat -c %s "$folder/unzipped"

# --- Static files
mkdir "$folder/www/static"
for file in app.3f2a91c0.js app-3f2a91c0e1.css app.js; do seq 1000 >"$folder/www/static/$file"; done
gzip -c "$folder/www/static/app.js" >"$folder/www/static/app.js.gz"
forever='public, max-age=31536000, immutable'
expect "$forever" header cache-control /static/app.3f2a91c0.js
expect "$forever" header cache-control /static/app-3f2a91c0e1.css
etag=$(header etag /static/app.3f2a91c0.js)
expect "304 $forever" get /static/app.3f2a91c0.js -H "If-None-Match: $etag" -w '%{http_code} %header{cache-control}'
expect "206 $forever" get /static/app.3f2a91c0.js -r 0-9 -o /dev/null -w '%{http_code} %header{cache-control}'
expect 'public, max-age=2592000' header cache-control /static/app.js
expect no-cache header cache-control /
expect '404 ' get /static/gone.3f2a91c0.js -o /dev/null -w '%{http_code} %header{cache-control}'
expect '' header cache-control /api/x
expect application/javascript header content-type /static/app.js
expect gzip zipped /static/app.3f2a91c0.js
cmp <(get /static/app.js -H 'Accept-Encoding: gzip') "$folder/www/static/app.js.gz"

# --- Every answer has every header, once, whoever made it; what a replica says of them does not count
# secured STATUS PATH [CURL ARGUMENT...]
secured() {
  local expected=$1 path=$2 name count
  shift 2
  get "$path" -o /dev/null -D - "$@" | tr -d '\r' |
    awk -v RS= -v expected="$expected" '$2 == expected && !found++' >"$folder/headers"
  [[ -s $folder/headers ]] || fail "$path: not $expected"
  for name in strict-transport-security x-content-type-options x-frame-options referrer-policy \
    content-security-policy permissions-policy cross-origin-opener-policy x-request-id; do
    count=$(grep -ic "^$name: ." "$folder/headers") || true
    [[ $count == 1 ]] || fail "$path, $expected: $count x $name"
  done
  expect_match '*DENY*' grep -i ^x-frame-options "$folder/headers"
}
secured 200 /
secured 200 /api/x
secured 200 /api/auth/token
secured 200 /health
secured 304 /static/app.js -H "If-None-Match: $(header etag /static/app.js)"
secured 404 /gone
secured 405 / -X POST
secured 413 /api/x --data-binary "$(body 65537)"
for status in 401 404 500 503; do secured $status /api/status/$status; done
secured 400 /api/x --http1.1 -H 'Content-Length: x'
secured 429 '/api/auth/token?[1-30]' --interface "$(address)"
switch a dead
switch b dead
secured 502 /api/x
expect '{"error":"The service cannot be reached"}' get /api/x
switch a ok
switch b ok
# By HTTP all but the one that browsers take by TLS only.
[[ $(curl -sS -o /dev/null -D - "$plain") != *[Ss]trict-[Tt]ransport* ]] || fail "HSTS by HTTP"
expect nosniff curl -sS -o /dev/null -w '%header{x-content-type-options}' "$plain"

# --- Behind a load balancer: its word is taken, and nobody else's
sed -i 's/^# \(set_real_ip_from\|real_ip_header\|real_ip_recursive\)/\1/' "$folder/nginx/real_ip.conf"
set_in nginx/real_ip.conf 10.0.0.0/8 127.1.1.1
reload
balanced() { request "headers x-forwarded-for" /api/x --interface "$1" -H "X-Forwarded-For: $2"; }
expect 192.0.2.7 balanced 127.1.1.1 '8.8.8.8, 192.0.2.7'
expect 127.1.1.2 balanced 127.1.1.2 192.0.2.7
# Its clients are limited apart.
for i in {1..30}; do
  expect 200 status /api/x --interface 127.1.1.1 -H "X-Forwarded-For: 192.0.2.$i"
done
