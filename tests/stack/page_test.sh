#!/usr/bin/env bash
# The page of the admin port in Chromium: page/page.test.js. Without Chromium or Node.js the exit
# code is 77, which is "skipped" to ctest.
# Usage: page_test.sh [screenshots FOLDER]     the second makes the pictures of docs/images
set -euo pipefail
: "${SERVER_UNDER_TEST:?has to name the server program}"
[[ $# -lt 2 ]] || set -- "$1" "$(realpath -m "$2")"
cd "$(dirname "${BASH_SOURCE[0]}")/page"

for tool in node chromium; do
  command -v $tool >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
case "${1:-test}" in
  test) timeout 300 node --test --test-reporter=spec page.test.js ;;
  screenshots)
    command -v pngquant >/dev/null || { echo "screenshots: no pngquant" >&2; exit 1; }
    timeout 600 node screenshots.js "${2:?a folder}"
    pngquant --ext .png --force "$2"/page-*.png  # a third of their size
    ;;
  *) sed -n '4s/^# //p' "$0" >&2; exit 2 ;;
esac
