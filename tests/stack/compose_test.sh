#!/usr/bin/env bash
# docker/docker-compose.prod.yml as a whole, run by podman-compose with .env.production.template: nginx, two
# replicas of the API and the cache on a network of their own, and PostgreSQL elsewhere.
source "$(dirname "${BASH_SOURCE[0]}")/with_containers.sh"
postgres=/usr/lib/postgresql/15/bin
needs podman-compose curl openssl logrotate runuser $postgres/initdb /usr/lib/cni/dnsname
[[ -x ${PREDICTION_API:-} ]] || skip "there is no prediction-api; what it needs is not installed"

project=sideline-test-$$
services=(cache api-1 api-2 nginx)
containers=()
for service in "${services[@]}"; do containers+=("${project}_${service}_1"); done
volumes=(cache-data cache-logs api-logs acme)
# There is no systemd here that would run health checks: the test does.
export DISABLE_HC_SYSTEMD=true

as_postgres() { (cd "$folder/database" && timeout 60 runuser -u postgres -- "$postgres/$1" "${@:2}"); }
name_of() { echo "${project}_${1}_1"; }
within() { pod exec "$(name_of "$1")" "${@:2}"; }

remove_stack() {
  # One that is being restarted cannot be removed.
  for _ in 1 2 3; do ! podman rm --force --time 0 --volumes "${containers[@]}" >/dev/null 2>&1 || break; done
  podman volume rm "${volumes[@]/#/${project}_}" >/dev/null 2>&1 || true
  podman network rm "$project" >/dev/null 2>&1 || true
  as_postgres pg_ctl stop -m immediate -D data >/dev/null 2>&1 || true
  remove_containers
}
trap remove_stack EXIT

# --- What has to be there before the first start
chmod 711 "$folder"
install -d -o postgres "$folder/database"
as_postgres initdb --auth trust --username api --no-sync -D data >/dev/null
as_postgres pg_ctl start -w -D data -l log -o \
  "-c listen_addresses='' -c unix_socket_directories='$folder/database' -c fsync=off" >/dev/null ||
  fail "PostgreSQL: $(cat "$folder/database/log")"

docker=$folder/docker
cp -R "$root/docker" "$docker"
mkdir -p "$docker"/{secrets,tls,www/static} "$folder/logs"
echo "a page" >"$docker/www/static/page.html"
for secret in cache_password admin_token analyst_password jwt_secret; do
  openssl rand -hex 32 >"$docker/secrets/$secret"
done
analyst_password=$(<"$docker/secrets/analyst_password")
echo "postgresql://api@/postgres?host=/run/database" >"$docker/secrets/database_url"
ca=$docker/tls/fullchain.pem
certify "$docker/tls/privkey.pem" "$ca"
chmod 400 "$docker"/secrets/* "$docker"/tls/*
chown 999:999 "$docker"/secrets/*
chown 101:101 "$docker"/tls/* "$folder/logs"

hold_ports 2
url=https://127.0.0.1:${held_ports[1]}
sed "s|^HTTP_PORT=.*|HTTP_PORT=127.0.0.1:${held_ports[0]}|; s|^HTTPS_PORT=.*|HTTPS_PORT=127.0.0.1:${held_ports[1]}|
  s|^NGINX_LOGS=.*|NGINX_LOGS=$folder/logs|; s|^CACHE_TTL_SECONDS=.*|CACHE_TTL_SECONDS=600|
  s|^CACHE_TIMEOUT_MS=.*|CACHE_TIMEOUT_MS=5000|" \
  "$root/.env.production.template" >"$folder/.env.production"

build_image Dockerfile server
server_image=$image
need_networks "$image"
build_image prediction-api.Dockerfile prediction-api "$PREDICTION_API"
api_image=$image
make_image nginx "$root/tests/stack/nginx"

# Other than in production: nginx is Debian's, the database's socket is a file, names are nobody else's, and no
# limit is above those of this process.
cat >"$folder/here.yml" <<END
services:
  nginx: {image: $image, ulimits: {nproc: 1000}}
  api-1: &api
    image: $api_image
    ulimits: {nofile: 1024, nproc: 1000}
    volumes: ["$folder/database:/run/database"]
  api-2: *api
  cache: {image: $server_image, ulimits: {nproc: 1000}}
networks:
  backend: {name: $project}
volumes:
$(printf "  %s: {name: ${project}_%s}\n" cache-logs cache-logs api-logs api-logs acme acme)
END

# up SERVICE...
up() {
  # shellcheck source=/dev/null
  (set -a && source "$folder/.env.production" &&
    timeout 60 podman-compose --podman-args='--runtime runc' -p "$project" \
      -f "$docker/docker-compose.prod.yml" -f "$folder/here.yml" up --no-build -d "$@") >"$folder/up" 2>&1 ||
    fail "podman-compose: $(tail -n 20 "$folder/up")"
}
# healthy SERVICE...: waits until the health checks of the Compose file say so.
healthy() {
  local service name deadline=$((SECONDS + 40))
  for service in "$@"; do
    name=$(name_of "$service")
    until pod healthcheck run "$name" >"$folder/health" 2>&1; do
      [[ $SECONDS -lt $deadline ]] ||
        fail "$service is not healthy: $(cat "$folder/health"; pod logs --tail 10 "$name" 2>&1; tail -n 20 "$folder/up")"
      sleep 0.1
    done
  done
}
# nginx is not started before the replicas are healthy. podman-compose does not see to it.
up cache api-1 api-2
healthy cache api-1 api-2
up nginx
healthy nginx

# --- Confined, each of them: no root, no capabilities, nothing to write to, the memory that it has
for service in "${services[@]}"; do
  limit=$($python "$root/tests/conf/compose.py" limit "$service")
  expect_match "*Read-only file system*Uid:	[1-9]*CapEff:	0000000000000000*CapBnd:	0000000000000000*NoNewPrivs:	1*$limit" \
    within "$service" sh -c 'touch /x 2>&1; cat /proc/1/status
      cd /sys/fs/cgroup; if [ -e memory ]; then cat memory/memory.limit_in_bytes; else cat memory.max; fi'
done
# Nobody but nginx has ports of the machine.
ports() { podman inspect --format '{{.Name}}{{range $port, $of := .HostConfig.PortBindings}}{{if $of}} {{$port}}{{end}}{{end}}' "$@"; }
expect "$(name_of cache)
$(name_of api-1)
$(name_of api-2)
$(name_of nginx) 443/tcp 80/tcp" ports "${containers[@]}"

# --- Requests, through nginx and TLS
# ask PATH [CURL ARGUMENT...]: the content; asks again when nginx says that it is too much.
ask() {
  local path=$1 status deadline=$((SECONDS + 30))
  shift
  while true; do
    status=$(curl -sS --cacert "$ca" --max-time 20 -D "$folder/headers" -o "$folder/body" -w '%{http_code}' "$@" "$url$path")
    [[ $status == 429 && $SECONDS -lt $deadline ]] || break
    sleep 0.2
  done
  [[ $status == 200 ]] || fail "$path: $status: $(cat "$folder/body")"
  cat "$folder/body"
}
# source_of PATH: where a prediction came from.
source_of() {
  ask "$1" >/dev/null
  tr -d '\r' <"$folder/headers" | sed -n 's/^x-cache: //Ip'
}
field() { $python -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
# What the replicas say, who are asked in turn.
status() { for _ in 1 2 3 4; do ask /health | field status; done | sort -u | paste -sd ' '; }
becomes() { becomes_within 30 "$@"; }

becomes ok status
expect "a page" ask /static/page.html
expect miss source_of /api/predictions/spread/17
# Both replicas have what one of them computed.
for _ in 1 2 3 4; do expect hit source_of /api/predictions/spread/17; done

token=$(ask /api/auth/token --json "{\"user\": \"ann\", \"password\": \"$analyst_password\"}" | field token)
expect 401 curl -sS --cacert "$ca" -o /dev/null -w '%{http_code}' -X PUT --json '{"value": 3.5}' "$url/api/predictions/spread/17"
ask /api/predictions/spread/17 -X PUT --json '{"value": 3.5}' -H "Authorization: Bearer $token" >/dev/null
for _ in 1 2; do expect_match '*3.5*' ask /api/predictions/spread/17; done
expect 'ann' as_postgres psql -h "$folder/database" -U api -d postgres -Atc 'SELECT analyst FROM corrections'

# What .env.production says is what holds: CACHE_TTL_SECONDS.
cli() { within cache sh -c 'REDISCLI_AUTH=$(cat /run/secrets/cache_password) exec redis-cli "$@"' cli "$@"; }
expect_match '@(600|59[0-9])' cli TTL prediction:spread:17

# --- The cache is killed: the API answers, and says that it is degraded. It comes back warm.
cli SAVE >/dev/null
pod kill "$(name_of cache)" >/dev/null
becomes degraded status
expect bypass source_of /api/predictions/spread/17
expect bypass source_of /api/predictions/spread/18
pod start "$(name_of cache)" >/dev/null
healthy cache
becomes ok status
expect hit source_of /api/predictions/spread/17
expect_match '*3.5*' cat "$folder/body"

# A restart makes a snapshot first.
expect miss source_of /api/predictions/spread/19
pod restart --time 30 "$(name_of cache)" >/dev/null
healthy cache
becomes ok status
expect hit source_of /api/predictions/spread/19

# --- Logs are rotated by conf/logrotate.d/sideline, and written on
logs_of() { podman volume inspect --format '{{.Mountpoint}}' "${project}_$1"; }
rotated=("$(logs_of cache-logs)/sideline.log" "$(logs_of api-logs)/requests.log" "$folder"/logs/{access,error}.log)
sed "s|/var/lib/docker/volumes/sideline_cache-logs/_data|$(logs_of cache-logs)|
  s|/var/lib/docker/volumes/sideline_api-logs/_data|$(logs_of api-logs)|
  s|/var/log/sideline-nginx|$folder/logs|; s|docker ps|podman ps|; s|docker kill|podman kill|
  s|network=sideline |network=$project |" \
  "$root/conf/logrotate.d/sideline" >"$folder/logrotate.conf"
ask /api/predictions/spread/20 -H 'X-Request-Id: before-rotation' >/dev/null
timeout 60 logrotate --force --state "$folder/logrotate" "$folder/logrotate.conf" 2>"$folder/told" || fail "logrotate: $(cat "$folder/told")"
for log in "${rotated[@]}"; do becomes '' test -e "$log"; done
expect_match '*before-rotation*' cat "$folder/logs/access.log.1"
for game in 21 22 23 24; do ask "/api/predictions/spread/$game" -H 'X-Request-Id: after-rotation' >/dev/null; done
becomes 4 grep -c after-rotation "$folder/logs/access.log"
becomes 4 grep -cE 'spread/2[1-4] 200' "$(logs_of api-logs)/requests.log"
expect_match '*spread/20 200*' cat "$(logs_of api-logs)/requests.log.1"
echo "all of it in $SECONDS s"
