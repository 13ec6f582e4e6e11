#!/usr/bin/env bash
# docs/examples/python with redis-py against servers: ../python/server_test.py, sharding_test.py.
# Without redis-py and uhashring the exit code is 77, which is "skipped" to ctest.
set -euo pipefail
: "${SERVER_UNDER_TEST:?has to name the server program}"
python=/usr/bin/python3  # Debian's own, which has Debian's packages
$python -c "import redis, uhashring" 2>/dev/null || { echo "skipped: no python3-redis, python3-uhashring"; exit 77; }
CERTIFICATE=$(mktemp -d)
export CERTIFICATE
trap 'rm -r "$CERTIFICATE"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=cache \
  -addext subjectAltName=IP:127.0.0.1 -keyout "$CERTIFICATE/tls.key" -out "$CERTIFICATE/tls.pem" 2>/dev/null
export PYTHONDONTWRITEBYTECODE=1
cd "$(dirname "${BASH_SOURCE[0]}")/../python"
for test in server_test.py sharding_test.py; do timeout 100 $python $test; done
