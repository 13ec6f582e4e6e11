#!/usr/bin/env bash
# scripts/deploy.sh: whatever fails in whichever stage, and whatever ends it, what ran before runs on, with
# no failed request.
source "$(dirname "${BASH_SOURCE[0]}")/with_deployments.sh"
deploys
first=$commit
revision second
good=$commit

# unchanged: all is as the first deployment left it.
unchanged() {
  runs blue
  expect "blue $first" sh -c "echo \$(sed -n 's/^colour //p; s/^commit //p' '$state/current')"
  expect "$first" git -C "$tree" rev-parse HEAD
  expect blue readlink "$state/proxy/current"
  expect '[{"targets": ["sideline-blue-cache:9379"]}]' cat "$state/monitoring/sideline.json"
  expect '' sh -c "ls -d '$state/unfinished' 2>/dev/null; podman volume ls --quiet | grep sideline-green || true"
}
# rolls_back STAGE REASON ARGUMENT...
rolls_back() {
  local name=$1 reason=$2
  shift 2
  refuses 1 "*failed in $name: $reason*all is as it was before*" "$@"
  unchanged
  echo "rolled back: $name"
  : >"$FAULTS"
}
# changed NAME=VALUE...: settings other than those that hold.
changed() { settings "$folder/other" "$@"; }

load_begins

# --- 1: the certificate ends
mv "$tree/docker/tls/fullchain.pem" "$folder/certificate"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3 -subj /CN=localhost \
  -keyout /dev/null -out "$tree/docker/tls/fullchain.pem" 2>/dev/null
rolls_back requirements '*ends within a week'
mv "$folder/certificate" "$tree/docker/tls/fullchain.pem"
changed FREE_MIB=99999999
rolls_back requirements '*MiB left, and FREE_MIB asks for 99999999' --env "$folder/other"

# --- 2: another backup runs, and does not end
mkdir -p "$folder/backups"
exec 7>"$folder/backups/.lock"
flock 7
rolls_back backup "could not back up the cache*another run uses '$folder/backups'"
exec 7>&-

# --- 3: there is no such version; it cannot be built
rolls_back 'code update' 'there is no no-such-thing' --ref no-such-thing
echo "build --tag prediction-api:*" >"$FAULTS"
rolls_back 'code update' 'could not build prediction-api:*a fault of the test'

# --- 4: the API does not take its settings, and says of all that they are wrong
changed DATABASE_POOL=many LEASE_MS=soon
rolls_back deploy 'sideline-green-api-1 is not healthy*DATABASE_POOL*LEASE_MS*' --env "$folder/other"

# --- 5: a migration fails
echo "exec sideline-green-api-1 prediction-api --migrate" >"$FAULTS"
rolls_back migrations 'could not apply what migrations are left*a fault of the test'

# --- 6: nginx does not take its configuration; what it serves is not good, with the traffic over
sed -i '1i no_such_directive;' "$folder/origin/docker/nginx/http/gzip.conf"
revision 'wrong proxy'
rolls_back 'health validation' "could not check the proxy's configuration*no_such_directive*"
git -C "$folder/origin" reset --quiet --hard "$good"
changed PROBE_URL=https://localhost/none
rolls_back 'health validation' '*the status is 404, not 200' --env "$folder/other"

# --- 7: Prometheus is not there
changed PROMETHEUS_URL=http://localhost:9
rolls_back 'monitoring update' 'could not have Prometheus reload*' --env "$folder/other"

# --- 8: old backups cannot be deleted
echo 'run *backup.sh prune*' >"$FAULTS"
rolls_back 'backup cleanup' 'could not delete old backups*a fault of the test'

# --- A signal, when the new stack has been started
# deploy_until LINE SIGNAL: sends it when the log has the line.
deploy_until() {
  "$tree/scripts/deploy.sh" --env "$folder/env" >"$folder/told" 2>&1 &
  deploy_pid=$!
  until grep -q "$1" "$folder/told"; do
    kill -0 "$deploy_pid" 2>/dev/null || fail "it has ended: $(<"$folder/told")"
    sleep 0.05
  done
  kill "-$2" "$deploy_pid"
  code=0
  wait "$deploy_pid" || code=$?
}
deploy_until 'sideline-green-api-2 is healthy' TERM
told 1 "$code" '*it was told to end*all is as it was before*'
unchanged

# --- Killed while the proxy is being switched over: the next one finds that, and goes on
deploy_until 'name sideline-green to Prometheus' KILL
told 137 "$code" '*'
expect green readlink "$state/proxy/current"
deploy --dry-run >"$folder/told"
expect_match '*would undo a deployment before*' cat "$folder/told"
rolls_back 'code update' 'there is no no-such-thing' --ref no-such-thing
deploys
expect_match '*a deployment before was killed*' cat "$folder/told"
load_ends "11 failures, a signal, a death and a deployment"
runs green
expect "$good" state commit

# --- The cache is down: a deployment is the repair
podman kill sideline-green-cache >/dev/null
deploys --ref "$first"
expect_match '*is not healthy*starts cold*' cat "$folder/told"
runs blue
podman rm --all --force --time 0 >/dev/null
