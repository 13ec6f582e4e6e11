#!/usr/bin/env bash
# Usage: systemd_test.sh SERVER    systemd takes the unit as it is, with the server at its path.
set -euo pipefail
command -v systemd-analyze >/dev/null || { echo "skipped: no systemd-analyze"; exit 77; }
unit=$(dirname "${BASH_SOURCE[0]}")/../../conf/systemd/sideline.service
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sed "s|/usr/bin/sideline-server|$1|" "$unit" >"$folder/sideline.service"
grep -qF "$1" "$folder/sideline.service"
problems=$(systemd-analyze verify --man=no "$folder/sideline.service" 2>&1) || { echo "$problems"; exit 1; }
[[ -z $problems ]] || { echo "$problems"; exit 1; }
