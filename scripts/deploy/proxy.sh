# shellcheck shell=bash
# Of deploy.sh: the proxy, which belongs to neither stack. What it has mounted is the folder `proxy`: a
# configuration for each colour, and links to what `current` names. So all of it changes at once.

readonly proxy=sideline-nginx

write_proxy_configuration() {
  local folder=$DEPLOY_DIR/proxy file
  rm -rf -- "${folder:?}/$new"
  cp -R -- "$root/docker/nginx" "$folder/$new"
  sed -i "s/^server api-/server sideline-$new-api-/" "$folder/$new/upstream.conf"
  grep -q "^server sideline-$new-api-" "$folder/$new/upstream.conf" || fail "docker/nginx/upstream.conf has no replicas"
  chmod -R u=rwX,go=rX -- "$folder/$new"
  for file in "$folder/$new"/*; do
    ln -sfn -- "current/${file##*/}" "$folder/${file##*/}"
  done
}

proxied() { readlink -- "$DEPLOY_DIR/proxy/current" || true; }

# point_proxy COLOUR: for its next reload.
point_proxy() {
  ln -sfn -- "$1" "$DEPLOY_DIR/proxy/current.new" &&
    mv -T -- "$DEPLOY_DIR/proxy/current.new" "$DEPLOY_DIR/proxy/current"
}

in_proxy() { "${engine[@]}" exec "$proxy" "$@"; }

# check_proxy COLOUR: names are looked up, too.
check_proxy() { in_proxy nginx -t -q -e stderr -c "/etc/nginx/sideline/$1/nginx.conf"; }

# Process numbers of nginx's workers: of those that take requests, or with "is shutting down" of those
# that only end what they have begun.
workers() {
  in_proxy sh -c 'for folder in /proc/[0-9]*; do
      [ "$(tr -d "\0" <"$folder/cmdline" 2>/dev/null)" != "nginx: worker process$1" ] || echo "${folder#/proc/}"
    done' workers "${1:+ $1}"
}

# Returns once new workers take all requests. nginx keeps the old ones if it cannot use what it reads,
# and tells that in its log only.
reload_proxy() {
  local replaced end=$((SECONDS + 20))
  replaced=$(workers)
  in_proxy nginx -s reload -e stderr -c /etc/nginx/sideline/nginx.conf || return
  while grep -qxF -- "$replaced" < <(workers); do
    ((SECONDS < end)) || { echo "nginx does not take its configuration: its log says why" >&2; return 1; }
    sleep 0.1
  done
}

# Until no old worker is left, which may still ask the replicas of before. nginx ends them after
# worker_shutdown_timeout, 30 s.
drain_proxy() {
  local end=$((SECONDS + 40))
  while [[ -n $(workers 'is shutting down') ]]; do
    ((SECONDS < end)) || { warn "a worker of nginx has not ended"; break; }
    sleep 0.5
  done
}

# The service of docker-compose.prod.yml, in a project of its own. podman-compose does not heed --no-deps,
# but finds the replicas there, and starts none.
start_proxy() { run "start the proxy" compose_for proxy up -d --no-deps nginx; }
