#!/usr/bin/env bash
# Builds the example API if need be and starts it, in the foreground: the cache in process, SQLite in
# build/, nothing else. Environment variables win: run.sh --help
# Usage: run.sh [--migrate | --check | --help]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)

"$root/scripts/setup.sh" test
(
  cd "$root"
  cmake --preset release -DSIDELINE_TESTS=ON >/dev/null
  cmake --build --preset release --target prediction_api
)
export DATABASE_URL=${DATABASE_URL:-sqlite:$root/build/predictions.db}
# Tokens are good until it ends.
[[ -n ${JWT_SECRET:-}${JWT_SECRET_FILE:-} ]] || JWT_SECRET=$(openssl rand -hex 32)
export JWT_SECRET
exec "$root/build/release/bin/prediction-api" "$@"
