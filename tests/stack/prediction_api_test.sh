#!/usr/bin/env bash
# The example API (docs/examples/prediction-api) as a program: the unittests in prediction_api/.
# Usage: prediction_api_test.sh [TEST...]     for example: test_sidecar
set -euo pipefail
: "${SERVER_UNDER_TEST:?has to name the server program}"
[[ -x ${PREDICTION_API:-} ]] || { echo "skipped: there is no prediction-api; what it needs is not installed"; exit 77; }
cd "$(dirname "${BASH_SOURCE[0]}")/prediction_api"
if [[ $# -gt 0 ]]; then
  exec timeout 300 python3 -m unittest --verbose "$@"
fi
exec timeout 300 python3 -m unittest discover --verbose
