#!/usr/bin/env bash
# Builds what is shipped (the preset `release`) and runs the whole test suite on it.
# Usage: test.sh [ctest arguments]     for example: test.sh -R wire
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

"$root/scripts/setup.sh" test
cd "$root"
cmake --preset release
cmake --build --preset release
exec ctest --preset release "$@"
