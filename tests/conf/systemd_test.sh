#!/usr/bin/env bash
# Usage: systemd_test.sh SERVER    systemd takes the unit as it is, with the server at its path.
set -euo pipefail
command -v systemd-analyze >/dev/null || { echo "skipped: no systemd-analyze"; exit 77; }
unit=$(dirname "${BASH_SOURCE[0]}")/../../conf/systemd/sideline.service
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sed "s|/usr/bin/sideline-server|$1|" "$unit" >"$folder/sideline.service"
grep -qF "$1" "$folder/sideline.service"

# Of the machine's own units nothing is asked. Tools before systemd 250 look at those too, and fail
# for them: only lines that name ours count then.
alone=()
if systemd-analyze --help | grep -F -- --recursive-errors >/dev/null; then
  alone=(--recursive-errors=no)
fi
code=0
told=$(systemd-analyze verify --man=no "${alone[@]}" "$folder/sideline.service" 2>&1) || code=$?
problems=$(grep -F sideline <<<"$told" || true)
[[ -z $problems ]] || { echo "$problems"; exit 1; }
[[ $code -eq 0 || ${#alone[@]} -eq 0 ]] || { echo "$told"; exit 1; }
