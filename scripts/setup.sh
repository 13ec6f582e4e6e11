#!/usr/bin/env bash
# Installs the Debian 12 packages that are missing.
# Usage: setup.sh [build]     what building and running the server needs
#        setup.sh test        that, and what the tests and the other presets need
#        setup.sh bench       what building and running the benchmarks needs, other servers too
#        setup.sh example     what docs/examples/prediction-api needs
set -euo pipefail

packages=(g++ cmake ninja-build ccache libboost1.81-dev libabsl-dev libxxhash-dev liblzf-dev
          libisal-dev libssl-dev)
# What the example API is made of: Redis's protocol, JSON, SQLite, PostgreSQL, tokens, metrics; openssl
# makes its secret.
example=(pkg-config libhiredis-dev nlohmann-json3-dev libsqlite3-dev libpqxx-dev libjwt-dev prometheus-cpp-dev
         openssl)
case "${1:-build}" in
  build) ;;
  example) packages+=("${example[@]}") ;;
  # openssl: the tool, as a client that tests of TLS use; shellcheck: reads the scripts
  test) packages+=("${example[@]}" python3 libgtest-dev libgmock-dev libhiredis-dev redis-server redis-tools
                   nodejs npm shellcheck openssl clang-14 libclang-rt-14-dev clang-format-14 nlohmann-json3-dev
                   # what reads the metrics: promtool, redis_exporter, the parser of OpenMetrics
                   prometheus prometheus-redis-exporter python3-prometheus-client curl
                   # the proxy of docker/nginx, and what tells Prometheus of it, and of backups
                   nginx prometheus-nginx-exporter prometheus-node-exporter
                   # the client of the example in Python, and its consistent hash
                   python3-redis python3-uhashring
                   # the example API's tests start a PostgreSQL of their own
                   postgresql
                   # the browser in which the page of the admin port is tested
                   chromium
                   # what builds, runs and checks images, and makes their base; python3-yaml reads Compose files;
                   # the plugin lets containers find each other by name
                   buildah podman podman-compose runc debootstrap python3-yaml
                   golang-github-containernetworking-plugin-dnsname
                   # a machine to deploy to: its network and its repository
                   iproute2 git
                   # rotates the production stack's logs
                   logrotate
                   # the tool that reads units, and what sees the calls that the server makes
                   systemd strace) ;;
  bench) packages+=(python3 python3-matplotlib libbenchmark-dev libgtest-dev librocksdb-dev libtbb-dev
                    libhiredis-dev liblzma-dev memcached redis-server redis-tools openssl iproute2) ;;
  *) sed -n '2,6s/^# //p' "$0" >&2; exit 2 ;;
esac

if ! command -v apt-get >/dev/null; then
  echo "setup.sh: no apt-get. On Debian 12 the packages are: ${packages[*]}" >&2
  exit 1
fi

# A package that another one provides counts too.
installed() {
  dpkg-query --show --showformat='${db:Status-Status} ${Package}, ${Provides}\n' |
    sed -n 's/^installed //p' | tr ',' '\n' | sed 's/(.*//; s/ //g' | sort -u
}
before=$(installed)
mapfile -t missing < <(printf '%s\n' "${packages[@]}" | sort | comm -23 - <(printf '%s\n' "$before"))
[[ ${#missing[@]} -gt 0 ]] || exit 0

as_root=()
if [[ $EUID -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    echo "setup.sh: not root, and no sudo. As root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 "$@" \
    </dev/null
}

# Tests and benchmarks start redis-server, memcached, nginx and the exporters themselves: the services of
# their packages would take ports and memory. So no package starts a service now (policy-rc.d), and
# those do not start at the next boot either.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" install -m 755 /dev/stdin "$policy"
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi

echo "Installing ${missing[*]}"
apt update
apt install --yes --no-install-recommends "${missing[@]}" >/dev/null
# What another package brought along is new too.
mapfile -t new < <(comm -13 <(printf '%s\n' "$before") <(installed))
services=(redis-server memcached nginx postgresql prometheus prometheus-redis-exporter
          prometheus-node-exporter prometheus-nginx-exporter)
for service in "${services[@]}"; do
  if [[ " ${new[*]} " == *" $service "* ]]; then
    "${as_root[@]}" update-rc.d "$service" disable
  fi
done
if [[ " ${new[*]} " == *" podman "* ]] && command -v systemctl >/dev/null; then
  "${as_root[@]}" systemctl --quiet disable podman.{service,socket} podman-{auto-update,restart}.service podman-auto-update.timer
fi
if [[ " ${new[*]} " == *" logrotate "* ]] && command -v systemctl >/dev/null; then
  "${as_root[@]}" systemctl --quiet disable logrotate.timer
fi
