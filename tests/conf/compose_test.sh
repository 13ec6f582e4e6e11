#!/usr/bin/env bash
# Usage: compose_test.sh SERVER    the files for containers promise what they should, and the server
# takes the configuration that the production one gives it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=/usr/bin/python3  # Debian's, which finds python3-yaml
$python -c 'import yaml' 2>/dev/null || { echo "skipped: no python3-yaml"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

$python "$here/compose.py" check

# Of the image the folders and the file are: here they are others.
echo secret | tee "$folder/cache_password" >"$folder/admin_token"
mapfile -d '' -t environment < <($python "$here/compose.py" environment cache)
environment=("${environment[@]//\/run\/secrets/$folder}")
mapfile -d '' -t command < <($python "$here/compose.py" command cache)
[[ ${command[*]} == "sideline-server /etc/sideline/production.conf" ]] || { echo "${command[*]}"; exit 1; }
env -i "${environment[@]}" SIDELINE_DIR="$folder" "$1" --check-config "$here/../../conf/production.conf"

# podman-compose takes them too. It makes folders that they name and that are not there, and would make
# networks.
if command -v podman-compose >/dev/null; then
  cp -r "$here/../../docker" "$folder/"
  for file in docker-compose.yml docker-compose.prod.yml; do
    podman-compose --podman-path "$(command -v true)" -f "$folder/docker/$file" --dry-run up --no-build -d \
      >"$folder/told" 2>&1 || { cat "$folder/told"; exit 1; }
    # What it does not understand it leaves as it is.
    ! grep -F '${' "$folder/told" || exit 1
  done
fi
