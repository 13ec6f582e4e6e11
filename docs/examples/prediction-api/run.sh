#!/usr/bin/env bash
# Builds the example API if need be and starts it, in the foreground: the cache in process, SQLite in
# build/prediction-api, nothing else. Environment variables win: run.sh --help
# Usage: run.sh [--migrate | --check | --help]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
build=$root/build/prediction-api

"$root/scripts/setup.sh" example
[[ -f $build/build.ninja ]] || cmake -S "$here" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release >/dev/null
cmake --build "$build" --target prediction_api
export DATABASE_URL=${DATABASE_URL:-sqlite:$build/predictions.db}
# Tokens are good until it ends.
[[ -n ${JWT_SECRET:-}${JWT_SECRET_FILE:-} ]] || JWT_SECRET=$(openssl rand -hex 32)
export JWT_SECRET
exec "$build/prediction-api" "$@"
