#!/usr/bin/env bash
# scripts/deploy.sh: told to end it undoes what it did, killed the next one does that; a deployment is the
# repair of a cache that is down; on a terminal it has colours.
source "$(dirname "${BASH_SOURCE[0]}")/with_deployments.sh"
deploys
revision second
load_begins

# deploy_until LINE SIGNAL: sends it when that has been said.
deploy_until() {
  "$tree/scripts/deploy.sh" --env "$folder/env" >"$folder/told" 2>&1 &
  local pid=$!
  until grep -q "$1" "$folder/told"; do
    kill -0 "$pid" 2>/dev/null || fail "it has ended: $(<"$folder/told")"
    sleep 0.05
  done
  kill "-$2" "$pid"
  code=0
  wait "$pid" 2>/dev/null || code=$?
}

# --- A signal, when a new replica has been started
deploy_until 'sideline-green-api-1 is healthy' TERM
told 1 "$code" '*it was told to end*all is as it was before*'
unchanged

# --- Killed when the traffic has gone over. The next one finds that, and undoes it first
deploy_until 'name sideline-green to Prometheus' KILL
expect 137 echo "$code"
expect green readlink "$state/proxy/current"
deploy --dry-run >"$folder/told"
expect_match '*would undo a deployment before*' cat "$folder/told"
rolls_back 'code update' 'there is no no-such-thing' --ref no-such-thing
expect_match '*a deployment before was killed*' cat "$folder/told"
load_ends "a signal, and a death"

# --- The cache is down: that costs nobody the deployment. On a terminal, which ends with the colours
podman kill sideline-blue-cache >/dev/null
script --quiet --return --command "'$tree/scripts/deploy.sh' --env '$folder/env'" "$folder/terminal" >"$folder/told" ||
  fail "exit code $?: $(<"$folder/told")"
runs green
expect_match '*starts cold*' cat "$folder/told"
grep -q $'\e\\[32m.*done' "$folder/told" || fail "there are no colours: $(<"$folder/told")"
! grep -q $'\e' "$state"/log/*.log || fail "there are colours in the log"
