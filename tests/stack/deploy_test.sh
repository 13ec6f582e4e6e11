#!/usr/bin/env bash
# scripts/deploy.sh: the first deployment, and under load one after it, which costs no request and no hit;
# what it tells, and that it tells only so in a dry run.
source "$(dirname "${BASH_SOURCE[0]}")/with_deployments.sh"

# everything: what there is, of files and containers.
everything() {
  (cd "$folder" && { find tree deploy backups -printf '%p %s %T@ %l\n' 2>/dev/null || true; } | grep -v '/\.git' | sort)
  git -C "$tree" rev-parse HEAD origin/main
  podman ps --all --format '{{.Names}} {{.ID}}'
  podman volume ls --quiet
  podman images --quiet
}

# --- The settings: the template has them, with the defaults that hold without it
"$tree/scripts/deploy.sh" --help | sed -n 's/^  \([A-Z][A-Z_]*\)  *\(.*\)/\1 \2/p' | while read -r name rest; do
  value=$(sed -n "s/^$name=\"\{0,1\}\([^\"]*\)\"\{0,1\}\$/\1/p" "$root/.env.production.template")
  [[ $rest == "$value"* ]] || fail "$name is '$value' in the template, and '$rest' in --help"
done
expect 9 sh -c "'$tree/scripts/deploy.sh' --help | grep -c '^  [A-Z][A-Z_]* '"

# --- What is wrong in them is told at once, before anything is done
settings "$folder/wrong" HEALTH_SECONDS=soon FREE_MIB=0 PROBE_URL=localhost DEPLOY_DIR=here COMPOSE_FILE=none.yml
echo 'and this' >>"$folder/wrong"
refuses 1 '*not NAME=VALUE*DEPLOY_DIR*COMPOSE_FILE*PROBE_URL*HEALTH_SECONDS*FREE_MIB*' --env "$folder/wrong"
refuses 1 '*cannot be read' --env "$folder/none"
refuses 2 '*unknown option --force*' --force
[[ ! -e $state ]] || fail "something was done"

# --- A dry run changes nothing, before the first deployment
everything >"$folder/before"
deploy --dry-run >"$folder/told" || fail "exit code $?: $(<"$folder/told")"
everything | diff "$folder/before" - || fail "a dry run has changed something"
expect 8 grep -c '^[0-9:]*Z \[[1-8]/8\] ' "$folder/told"

# --- The first deployment
deploys
runs blue
expect blue state colour
expect "$commit" state commit
expect "$commit" podman image inspect --format '{{index .Labels "org.opencontainers.image.revision"}}' "sideline:${commit:0:12}"
expect '[{"targets": ["sideline-blue-api-1:8000", "sideline-blue-api-2:8000"]}]' cat "$state/monitoring/prediction-api.json"
expect hello curl -sS --cacert "$ca" "https://$address/"

# --- Another one, with a change of the proxy's configuration and of a page, under load
echo 'hello again' >"$folder/origin/docker/www/index.html"
sed -i 's/max-age=63072000/max-age=31536000/' "$folder/origin/docker/nginx/http/headers.conf"
revision second
load_begins
deploys
load_ends "deployed under load"
runs green
expect green state colour
expect "$commit" state commit
expect 'hello again' curl -sS --cacert "$ca" "https://$address/"
expect_match '*max-age=31536000*' curl -sS --cacert "$ca" -D - -o "$folder/body" "https://$address/"
seconds_of() { date -d "1970-01-01 $(sed -n "s/Z   $1.*//p" "$folder/told" | tail -n 1)Z" +%s; }
echo "from the last backup to the new workers: $(($(seconds_of 'ask http') - $(seconds_of 'back up the cache'))) s"
# The new cache began with what the old one had: 200 predictions, and those corrected.
warm=$(grep -o 'loaded from.*' "$folder"/images/volumes/sideline_cache-logs/_data/sideline.log | tail -n 1)
[[ $warm =~ ([0-9]+)\ keys && ${BASH_REMATCH[1]} -ge 210 ]] || fail "the new cache is cold: $warm"
echo "the new cache: $warm"
expect '' sh -c "podman volume ls --quiet | grep sideline-blue || true"
expect '999 999' podman exec sideline-green-cache stat -c '%u %g' /data/dump.rdb
# A container that was started has not kept the lock; secrets are in no log.
! grep -rF -f "$tree/docker/secrets/cache_password" "$state" "$folder/told" || fail "the password is in a log"
! grep -rF -f "$tree/docker/secrets/jwt_secret" "$state" "$folder/told" || fail "the secret is in a log"
# Plain without a terminal, and in the log always.
! grep -q $'\e' "$folder/told" "$state"/log/*.log || fail "there are colours"

# --- A dry run changes nothing, with a stack that runs
revision third
everything >"$folder/before"
deploy --dry-run --ref "$(state commit)" >"$folder/told" || fail "exit code $?: $(<"$folder/told")"
everything | diff "$folder/before" - || fail "a dry run has changed something"

# --- A second one at the same time refuses, and so does one with changes that are not committed
exec 7>"$state/lock"
flock 7
touch "$state/unfinished"
refuses 1 '*failed in start: another deployment runs'
rm "$state/unfinished"
exec 7>&-
echo changed >>"$tree/CHANGES"
refuses 1 '*has changes that are not committed*'
git -C "$tree" checkout --quiet CHANGES
