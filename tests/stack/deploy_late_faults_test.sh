#!/usr/bin/env bash
# scripts/deploy.sh: what fails in stages 6 to 8, where the traffic goes over to the new stack, brings it
# back to what ran before, with no failed request.
source "$(dirname "${BASH_SOURCE[0]}")/with_deployments.sh"
deploys
revision second
load_begins

# --- 6: nginx does not take its configuration; what it serves is not good
sed -i '1i no_such_directive;' "$folder/origin/docker/nginx/http/gzip.conf"
revision 'wrong proxy'
rolls_back 'health validation' "could not check the proxy's configuration*no_such_directive*"
changed PROBE_URL=https://localhost/none
rolls_back 'health validation' '*the status is 404, not 200' --env "$folder/other" --ref origin/main~1

# --- 7: Prometheus is not there
changed PROMETHEUS_URL=http://localhost:9
rolls_back 'monitoring update' 'could not have Prometheus reload*' --env "$folder/other" --ref origin/main~1

# --- 8: old backups cannot be deleted
echo 'run *backup.sh prune*' >"$FAULTS"
rolls_back 'backup cleanup' 'could not delete old backups*a fault of the test' --ref origin/main~1

load_ends "faults in stages 6 to 8"
