# shellcheck shell=bash
# Sourced by the tests of scripts/deploy.sh: a machine that it deploys to. That is namespaces of its own
# (network, mounts, processes), so that names and ports are those of production and nobody's else, and
# nothing outlives the test; in them podman, with a store of its own on top of the machine's images, a
# PostgreSQL, and a git repository with an `origin`. nginx is Debian's, under the name of its image.
source "$(dirname "${BASH_SOURCE[0]}")/with_containers.sh"
source "$(dirname "${BASH_SOURCE[0]}")/with_http_load.sh"
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")

make_images() {
  build_image Dockerfile server
  keep_image server
  build_image prediction-api.Dockerfile prediction-api "$PREDICTION_API"
  keep_image prediction-api
  make_image nginx "$here/nginx"
  keep_image nginx
}
# keep_image NAME: a container keeps it, whoever makes another one of its name meanwhile.
keep_image() {
  containers+=("$(podman create --network none --no-healthcheck "$image" true)")
  echo "$image" >"$folder/image.$1"
}

# The machine's part: images, made without compiling, and the namespaces.
enter() {
  local code=0
  [[ -x ${PREDICTION_API:-} ]] || skip "there is no prediction-api"
  needs podman-compose git curl openssl flock script unshare ip iptables dnsmasq /usr/lib/postgresql/15/bin/postgres
  [[ -x /usr/lib/cni/dnsname ]] || skip "no dnsname plugin, by which containers find each other"
  unshare --mount --net --pid --fork true || skip "no namespaces"
  make_images
  DEPLOY_TEST_FOLDER=$folder unshare --mount --net --pid --fork --kill-child --mount-proc --propagation private \
    -- "$(realpath "$0")" || code=$?
  exit "$code"
}

if [[ -z ${DEPLOY_TEST_FOLDER:-} ]]; then enter; fi
rm -rf "$folder"
folder=$DEPLOY_TEST_FOLDER
trap - EXIT
chmod 755 "$folder"

tree=$folder/tree state=$folder/deploy
# Where users reach it, and where the database is: an address of this machine.
address=192.0.2.1

prepare_machine() {
  local mount
  for mount in /run /dev/shm /var/lib/cni; do mount -t tmpfs -o mode=1777 tmpfs "$mount"; done
  ip link set lo up
  ip addr add "$address/32" dev lo
  # Who asks for a name that is not there is told so.
  dnsmasq --user=root --conf-file=/dev/null --no-resolv --no-hosts --pid-file --bind-interfaces \
    --listen-address="$address" --address=/#/
  echo "nameserver $address" >"$folder/resolv.conf"
  mount --bind "$folder/resolv.conf" /etc/resolv.conf
  # Clients, as many as there are requests: each address may ask ten times a second.
  ip route add local 10.77.0.0/16 dev lo
  mkdir "$folder/cni" "$folder/bin"
  printf '%s\n' '[storage]' 'driver = "overlay"' "graphroot = \"$folder/images\"" 'runroot = "/run/storage"' \
    '[storage.options]' 'additionalimagestores = ["/var/lib/containers/storage"]' >"$folder/storage.conf"
  printf '%s\n' '[containers]' 'default_ulimits = ["nofile=20000:20000", "nproc=1000:1000"]' '[engine]' \
    'runtime = "runc"' 'cgroup_manager = "cgroupfs"' 'events_logger = "none"' '[network]' "network_config_dir = \"$folder/cni\"" >"$folder/containers.conf"
  export CONTAINERS_CONF=$folder/containers.conf CONTAINERS_STORAGE_CONF=$folder/storage.conf
  # Of that store.
  trap 'podman rm --all --force --time 0 >/dev/null' EXIT
  # There is no systemd that would have timers for health checks: deploy.sh makes its own.
  export DISABLE_HC_SYSTEMD=true
  need_networks "$(<"$folder/image.server")"
  cp "$here/deploy/engine" "$here/deploy/compose" "$folder/bin/"
  export FAULTS=$folder/faults
  : >"$FAULTS"
  buildah bud --isolation=chroot --format=docker --pull-never --tag localhost/nginx:1.26-bookworm - \
    <<<"FROM $(<"$folder/image.nginx")" >"$folder/build.log" 2>&1 || fail "$(tail -n 5 "$folder/build.log")"
}

start_database() {
  local run=(runuser -u postgres --) bin=/usr/lib/postgresql/15/bin
  mkdir "$folder/database"
  chown postgres: "$folder/database"
  (
    cd "$folder/database"
    "${run[@]}" "$bin/initdb" --auth trust --username sideline --no-sync data >log.initdb
    echo 'host all all 10.89.0.0/16 trust' >>data/pg_hba.conf
    "${run[@]}" "$bin/pg_ctl" start -w -D data -l log \
      -o "-c listen_addresses=$address -c unix_socket_directories=$folder/database -c fsync=off" >/dev/null
  ) || fail "there is no database"
}

# Sets `first`, a version. The repository that is deployed from: what of this tree a deployment needs.
make_repository() {
  local origin=$folder/origin
  export GIT_CONFIG_GLOBAL=$folder/gitconfig
  printf '%s\n' '[user]' name=tester email=tester@localhost '[init]' defaultBranch=main '[advice]' detachedHead=false >"$GIT_CONFIG_GLOBAL"
  mkdir -p "$origin"
  (cd "$root" && tar -cf - --exclude=docker/secrets --exclude=docker/tls .gitignore docker scripts conf) | tar -C "$origin" -xf -
  git -C "$origin" init --quiet
  mkdir "$origin/docker/www"
  echo hello >"$origin/docker/www/index.html"
  revision first
  first=$commit
  git clone --quiet "$origin" "$tree"
  make_secrets
  install -d -o 101 "$folder/nginx-logs"
}

make_secrets() {
  local secrets=$tree/docker/secrets tls=$tree/docker/tls
  mkdir "$secrets" "$tls"
  openssl rand -hex 16 | tee "$secrets/cache_password" >"$secrets/analyst_password"
  openssl rand -hex 32 | tee "$secrets/admin_token" >"$secrets/jwt_secret"
  echo "postgresql://sideline@$address/postgres" >"$secrets/database_url"
  chown 999:999 "$secrets"/*
  ca=$tls/fullchain.pem
  certify "$tls/privkey.pem" "$ca" 30 "IP:$address,DNS:localhost"
  chown 101:101 "$tls"/*
  chmod 400 "$secrets"/* "$tls"/*
}

# revision MESSAGE: commits what origin has; sets `commit`.
revision() {
  echo "$1" >"$folder/origin/CHANGES"
  git -C "$folder/origin" add --all
  git -C "$folder/origin" commit --quiet --message "$1"
  commit=$(git -C "$folder/origin" rev-parse HEAD)
}

# settings FILE [NAME=VALUE...]: the template with the values of this machine.
settings() {
  local to=$1 name
  shift
  install -m 600 "$root/.env.production.template" "$to"
  for name in MODEL_MS=5 "NGINX_LOGS=$folder/nginx-logs" "DEPLOY_DIR=$state" "BACKUP_DIR=$folder/backups" "ENGINE=$folder/bin/engine" \
    "COMPOSE=$folder/bin/compose" HEALTH_SECONDS=30 FREE_MIB=100 "$@"; do
    sed -i "/^${name%%=*}=/d" "$to"
    echo "$name" >>"$to"
  done
}

# deploy ARGUMENT...: with the settings in $folder/env, unless others are given.
deploy() { timeout 300 "$tree/scripts/deploy.sh" --env "$folder/env" "$@"; }

# deploys ARGUMENT...: has to succeed.
deploys() {
  local began=$SECONDS
  deploy "$@" >"$folder/told" 2>&1 || fail "exit code $?: $(cat "$folder/told"; tail -n 40 "$state"/log/*.log)"
  echo "deployed in $((SECONDS - began)) s"
}

# refuses CODE PATTERN ARGUMENT...: has to fail with the code, and to say so.
refuses() {
  local code=0 pattern=$2 expected=$1
  shift 2
  deploy "$@" >"$folder/told" 2>&1 || code=$?
  told "$expected" "$code" "$pattern"
}
# told EXPECTED CODE PATTERN: what it has to have ended with and said, in $folder/told.
told() {
  # shellcheck disable=SC2053
  [[ $2 == "$1" && $(<"$folder/told") == $3 ]] || fail "expected $1 and '$3', got $2: $(cat "$folder/told"; tail -n 40 "$state"/log/*.log)"
}

state() { sed -n "s/^$1 //p" "$state/current"; }
running() { podman ps --format '{{.Names}}' | sort | paste -sd ' '; }
# What runs when COLOUR does, and nothing else.
runs() { expect "sideline-$1-api-1 sideline-$1-api-2 sideline-$1-cache sideline-nginx" running; }

# unchanged: all is as the first deployment left it.
unchanged() {
  runs blue
  expect "blue $first" sh -c "echo \$(sed -n 's/^colour //p; s/^commit //p' '$state/current')"
  expect "$first" git -C "$tree" rev-parse HEAD
  expect blue readlink "$state/proxy/current"
  expect '[{"targets": ["sideline-blue-cache:9379"]}]' cat "$state/monitoring/sideline.json"
  expect '' sh -c "ls -d '$state/unfinished' 2>/dev/null; podman volume ls --quiet | grep sideline-green || true"
}
# rolls_back STAGE REASON ARGUMENT...: it fails there for that reason, and all is as before.
rolls_back() {
  local name=$1 reason=$2 began=$SECONDS
  shift 2
  refuses 1 "*failed in $name: $reason*all is as it was before*" "$@"
  unchanged
  echo "rolled back in $((SECONDS - began)) s: $name"
  : >"$FAULTS"
}
# changed NAME=VALUE...: settings other than those that hold, in $folder/other.
changed() { settings "$folder/other" "$@"; }

# load_begins: many clients ask, and one writes, until load_ends.
load_begins() {
  start_http_load $python -B "$here/deploy/load.py" "https://$address" "$ca" "$tree/docker/secrets/analyst_password"
}
# load_ends WHAT: no request may have failed, and some have to have been hits at any time.
load_ends() {
  end_http_load "$1"
  echo "$1: $(tail -n 1 "$folder/load")"
}

prepare_machine
start_database
make_repository
settings "$folder/env"
