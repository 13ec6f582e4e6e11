#!/usr/bin/env bash
# scripts/deploy.sh: what fails before anything of the new stack gets traffic, in stages 1 to 5, leaves
# what ran before as it was, with no failed request.
source "$(dirname "${BASH_SOURCE[0]}")/with_deployments.sh"
deploys
revision second
load_begins

# --- 1: the certificate ends; the disk is full
mv "$tree/docker/tls/fullchain.pem" "$folder/certificate"
certify /dev/null "$tree/docker/tls/fullchain.pem" 3
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

load_ends "faults in stages 1 to 5"
