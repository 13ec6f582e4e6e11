#!/usr/bin/env bash
# Usage: systemd_test.sh SERVER    systemd takes the units as they are, with the programs at their
# paths.
set -euo pipefail
command -v systemd-analyze >/dev/null || { echo "skipped: no systemd-analyze"; exit 77; }
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# place UNIT INSTALLED PROGRAM
place() {
  sed "s|$2|$3|" "conf/systemd/$1" >"$folder/$1"
  grep -qF "$3" "$folder/$1"
}
place sideline.service /usr/bin/sideline-server "$1"
place sideline-backup.service /usr/libexec/sideline/backup.sh "$PWD/scripts/backup.sh"
cp conf/systemd/sideline-backup.timer "$folder"

# Of the machine's own units nothing is asked. Tools before systemd 250 look at those too, and fail
# for them: only lines that name ours count then.
alone=()
if systemd-analyze --help | grep -F -- --recursive-errors >/dev/null; then
  alone=(--recursive-errors=no)
fi
for unit in sideline.service sideline-backup.service sideline-backup.timer; do
  code=0
  told=$(systemd-analyze verify --man=no "${alone[@]}" "$folder/$unit" 2>&1) || code=$?
  problems=$(grep -F sideline <<<"$told" || true)
  [[ -z $problems ]] || { echo "$problems"; exit 1; }
  [[ $code -eq 0 || ${#alone[@]} -eq 0 ]] || { echo "$told"; exit 1; }
done
