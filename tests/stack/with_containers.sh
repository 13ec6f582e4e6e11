# shellcheck shell=bash
# Sourced by tests of images: builds them without compiling anything, and runs containers that have a
# network of their own with nothing but the loopback, so that any port is free.
#
# Neither Docker nor a registry is needed. The base is made of Debian's packages (debootstrap) if it is
# not there, which takes a minute, and stays, under the name that the Dockerfiles have for it; so does
# the image, as what the next build can use again.
source "$(dirname "${BASH_SOURCE[0]}")/../wire/with_server.sh"
[[ $EUID -eq 0 ]] || skip "not root"
needs buildah podman runc debootstrap

python=/usr/bin/python3  # Debian's, which finds python3-yaml
$python -c 'import yaml' 2>/dev/null || skip "no python3-yaml"

root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
base=debian:bookworm-slim
containers=()

remove_containers() {
  [[ ${#containers[@]} -eq 0 ]] || podman rm --force --time 0 --volumes "${containers[@]}" >/dev/null 2>&1 || true
  stop_server
}
trap remove_containers EXIT

limits=(--ulimit nofile=20000:20000 --ulimit nproc=1000:1000)

# pod COMMAND...: podman, for a minute at most.
pod() { timeout 60 podman --runtime runc "$@"; }

make_base() {
  local log=$folder/debootstrap.log
  ! podman image exists "$base" || return 0
  timeout 600 debootstrap --variant=minbase bookworm "$folder/base" >"$log" 2>&1 || fail "debootstrap: $(tail -n 5 "$log")"
  # What the image of that name does not have either.
  (cd "$folder/base" && rm -rf var/lib/apt/lists/* var/cache/apt/* usr/share/{doc,man,info,locale}/* var/log/*)
  tar -C "$folder/base" -cf "$folder/base.tar" .
  podman import "$folder/base.tar" "$base" >/dev/null 2>&1 || fail "the base could not be imported"
  rm -rf "$folder/base" "$folder/base.tar"
}

# make_image NAME ARGUMENT...: sets `image`; the arguments are those of buildah.
make_image() {
  local name=localhost/sideline-test-$1 log=$folder/build.log before
  shift
  make_base
  before=$(podman image inspect --format '{{.Id}}' "$name" 2>/dev/null || true)
  timeout 600 buildah bud --isolation=chroot --format=docker --layers --pull-never "${limits[@]}" \
    --iidfile "$folder/image" --tag "$name" "$@" >"$log" 2>&1 || fail "buildah: $(tail -n 20 "$log")"
  image=$(sed s/^sha256:// "$folder/image")
  [[ -z $before || $before == "$image" ]] || podman rmi "$before" >/dev/null 2>&1 || true
}

# build_image DOCKERFILE COMPONENT [PROGRAM]: sets `image`. The program (the server) is the one that its
# build tree has: its installation takes the place of the Dockerfile's stage `build`, which would make the
# same from the sources in some ten minutes.
build_image() {
  local program=${3:-$SERVER_UNDER_TEST} log=$folder/install.log
  rm -rf "$folder/built"
  DESTDIR=$folder/built/out cmake --install "$(dirname "$program")/.." --component "$2" --prefix /usr --strip \
    >"$log" 2>&1 || fail "cmake --install: $(tail -n 5 "$log")"
  make_image "$2" --build-context "build=$folder/built" --build-arg REVISION=tested --file "$root/docker/$1" "$root"
}

# need_networks IMAGE: skips the test where podman may not make a network with a bridge.
need_networks() {
  local name=sideline-probe-$$ why code=0
  why=$(podman network create "$name" 2>&1 &&
    pod run --rm --network "$name" --no-healthcheck --entrypoint true "${limits[@]}" "$1" 2>&1) || code=$?
  podman network rm --force "$name" >/dev/null 2>&1 || true
  [[ $code == 0 ]] || skip "podman makes no network here: ${why##*$'\n'}"
}

# start OPTION... -- ARGUMENT...: sets `container`, which runs in the background.
start() {
  local options=()
  while [[ $1 != -- ]]; do options+=("$1"); shift; done
  shift
  container=$(pod run --detach --network=none --no-healthcheck "${limits[@]}" "${options[@]}" "$image" "$@") ||
    fail "no container: $container"
  containers+=("$container")
}

inside() { pod exec "$container" "$@"; }

# once OPTION... -- ARGUMENT...: what a container writes that ends by itself; with its exit code.
once() {
  local options=()
  while [[ $1 != -- ]]; do options+=("$1"); shift; done
  shift
  pod run --rm --network=none --no-healthcheck "${limits[@]}" "${options[@]}" "$image" "$@" 2>&1
}

# healthy: waits until the image's HEALTHCHECK says so.
healthy() {
  local deadline=$((SECONDS + 30))
  until inside healthcheck >"$folder/health" 2>&1; do
    [[ $(pod inspect --format '{{.State.Running}}' "$container") == true ]] ||
      fail "it has ended: $(pod logs "$container" 2>&1)"
    [[ $SECONDS -lt $deadline ]] || fail "it is not healthy: $(cat "$folder/health")"
    sleep 0.1
  done
}

# stop: as Docker does, with SIGTERM; it has to end well.
stop() {
  pod stop --time 30 "$container" >/dev/null 2>&1
  expect 0 pod inspect --format '{{.State.ExitCode}}' "$container"
}
