#!/usr/bin/env bash
# The files in conf/prometheus are valid, and each alert fires when it should.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
command -v promtool >/dev/null || { echo "skipped: no promtool"; exit 77; }
promtool check config ../../conf/prometheus/prometheus.yml
promtool test rules ./*.rules.test.yml
