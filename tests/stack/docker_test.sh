#!/usr/bin/env bash
# docker/Dockerfile: what is in the image, how it runs in production, and that it can stand in for
# the image of Redis.
source "$(dirname "${BASH_SOURCE[0]}")/with_containers.sh"
build_image Dockerfile server
about() { podman image inspect --format "$1" "$image"; }
setting() { inside redis-cli CONFIG GET "$1" | tail -n 1; }

# --- The image
megabytes=$(($(about '{{.Size}}') / 1000000))
added=$((megabytes - $(podman image inspect --format '{{.Size}}' "$base") / 1000000))
echo "the image has $megabytes MB, $added of them on top of its base"
[[ $added -le 15 ]] || fail "that is too much"
expect redis about '{{.Config.User}}'
expect '[CMD healthcheck]' about '{{.Config.Healthcheck.Test}}'
label() { about "{{index .Labels \"org.opencontainers.image.$1\"}}"; }
expect_match "sideline-server $(label version) (*)" "$SERVER_UNDER_TEST" --version
expect tested label revision
expect MIT label licenses

# --- As docker-compose.prod.yml has it: read-only, no capabilities, a limit of memory, secrets from files
mapfile -d '' -t options < <($python "$root/tests/conf/compose.py" run-arguments cache)
mapfile -d '' -t command < <($python "$root/tests/conf/compose.py" command cache)
echo the-secret >"$folder/password"
echo the-token >"$folder/token"
mkdir "$folder/data" "$folder/logs"
chown 999:999 "$folder/password" "$folder/token" "$folder/data" "$folder/logs"
chmod 400 "$folder/password" "$folder/token"
chmod 711 "$folder"
options+=(--volume "$folder/password:/run/secrets/cache_password:ro" --volume "$folder/data:/data"
          --volume "$folder/token:/run/secrets/admin_token:ro" --volume "$folder/logs:/var/log/sideline")
start "${options[@]}" -- "${command[@]}"
healthy
expect 'uid=999(redis) gid=999(redis) groups=999(redis)' inside id
expect_match '*Read-only file system*' inside sh -c 'touch /etc/x || true'
expect_match '*CapEff:	0000000000000000*NoNewPrivs:	1*' inside cat /proc/1/status
expect 'NOAUTH Authentication required.' inside redis-cli PING
expect PONG pod exec --env REDISCLI_AUTH=the-secret "$container" redis-cli PING
expect "$(inside dpkg-query --show)" inside cat /usr/share/sideline/packages
expect '' inside sh -c 'find /var/lib/apt/lists /var/cache/apt /usr/bin/redis-check-* -type f 2>/dev/null || true'

# More than the cache takes is written: it evicts, and the container is not killed.
inside sh -c 'export REDISCLI_AUTH=the-secret
  value=$(head -c 100000 /dev/zero | tr "\0" x)
  i=0; while [ $i -lt 3200 ]; do echo "SET key:$i $value"; i=$((i + 1)); done | redis-cli >/dev/null
  redis-cli SET kept value EX 1000 >/dev/null'
expect_match '*evicted_keys:[1-9]*' pod exec --env REDISCLI_AUTH=the-secret "$container" redis-cli INFO stats
expect 'true false' pod inspect --format '{{.State.Running}} {{.State.OOMKilled}}' "$container"

# Its log is rotated as conf/logrotate.d/sideline does it.
mv "$folder/logs/sideline.log" "$folder/logs/sideline.log.1"
pod kill --signal HUP "$container" >/dev/null
until [[ -e $folder/logs/sideline.log ]]; do sleep 0.05; done

# SIGTERM reaches it through dumb-init: it saves, and ends well. The next one is warm.
stop
expect_match '*SIGTERM received*Snapshot saved to *Bye' cat "$folder/logs/sideline.log"
start "${options[@]}" -- "${command[@]}"
healthy
expect value pod exec --env REDISCLI_AUTH=the-secret "$container" redis-cli GET kept
stop

# --- Instead of `image: redis`
start --
healthy
expect PONG inside redis-cli ping
expect '* -::*' setting bind
expect no setting protected-mode
expect '3600 1 300 100 60 10000' setting save
inside redis-cli SET k v >/dev/null
stop
expect_match "*Snapshot saved to './dump.rdb': 1 keys*" pod logs "$container"

# Arguments of redis-server, and a password in the variable that redis-cli reads.
start --env REDISCLI_AUTH=x -- redis-server --appendonly no --requirepass x --maxmemory 100mb --port 6390
healthy
expect PONG inside redis-cli -p 6390 ping
expect_match '*104857600' inside redis-cli -p 6390 CONFIG GET maxmemory
expect 'NOAUTH Authentication required.' inside env -u REDISCLI_AUTH redis-cli -p 6390 ping
stop

start -- --maxmemory 100mb --save ''
healthy
expect 104857600 setting maxmemory
expect '' setting save
stop

start --env REDISCLI_AUTH=x -- sh -c 'exec redis-server --requirepass "$REDISCLI_AUTH"'
healthy
expect '* -::*' setting bind
stop

# A configuration file: what it says holds, and the image's defaults only for the rest.
printf '%s\n' 'bind 127.0.0.1' 'maxmemory 100mb' 'maxmemory-policy volatile-ttl' 'save 900 1' >"$folder/redis.conf"
start --volume "$folder/redis.conf:/usr/local/etc/redis/redis.conf:ro" -- redis-server /usr/local/etc/redis/redis.conf
healthy
expect 127.0.0.1 setting bind
expect no setting protected-mode
expect volatile-ttl setting maxmemory-policy
expect '900 1' setting save
stop

# A user who may not write to /data has a cache without snapshots.
start --user 1234 --
healthy
expect '' setting save
expect_match "*user 1234 may not write to '/data'*" pod logs "$container"
stop

# --- What is wrong is told
code=0
told=$(once -- --maxmemory lots) || code=$?
[[ $code -eq 1 && $told == *maxmemory*lots* ]] || fail "$code: $told"
code=0
told=$(once --entrypoint healthcheck --) || code=$?
[[ $code -eq 1 && $told == *'has not started'* ]] || fail "$code: $told"
