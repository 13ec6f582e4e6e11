#!/usr/bin/env bash
# Builds the server if need be and starts it, in the foreground, with conf/sideline.conf.
# Usage: run.sh [server arguments]     for example: run.sh --port 6380 --maxmemory 1gb
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

"$root/scripts/setup.sh" build
(
  cd "$root"
  [[ -f build/release/build.ninja ]] || cmake --preset release -DSIDELINE_TESTS=OFF
  cmake --build --preset release --target sideline-server
)
exec "$root/build/release/bin/sideline-server" "$root/conf/sideline.conf" "$@"
