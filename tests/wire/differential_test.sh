#!/usr/bin/env bash
# The same commands to Redis and to the server: the replies must be the same bytes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/differential"
python3 run_test.py
exec python3 run.py --subject "$SERVER_UNDER_TEST" "$@"
