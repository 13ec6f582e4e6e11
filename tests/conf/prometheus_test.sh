#!/usr/bin/env bash
# The files in conf/prometheus are valid, each alert fires when it should, and docs/operations.md tells
# what to do then.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
command -v promtool >/dev/null || { echo "skipped: no promtool"; exit 77; }
promtool check config ../../conf/prometheus/prometheus.yml
promtool test rules ./*.rules.test.yml
for alert in $(sed -n 's/^ *- alert: //p' ../../conf/prometheus/*.yml); do
  grep -q "^| \`$alert\` |" ../../docs/operations.md || { echo "docs/operations.md has no entry for $alert"; exit 1; }
done
