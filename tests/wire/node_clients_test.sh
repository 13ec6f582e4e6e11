#!/usr/bin/env bash
# ioredis and node-redis, from npm in the versions of node/package-lock.json. Without Node.js or a
# registry there is nothing to test with: the exit code is then 77, which is "skipped" to ctest.
source "$(dirname "${BASH_SOURCE[0]}")/with_server.sh"

needs npm
cp -r "$(dirname "${BASH_SOURCE[0]}")"/node "$folder/"
cd "$folder/node"
timeout 120 npm ci --prefer-offline --no-audit --no-fund --ignore-scripts >"$folder/npm" 2>&1 ||
  skip "npm could not install the clients: $(grep -m 3 '^npm error' "$folder/npm" || tail -3 "$folder/npm")"

start_server --requirepass secret --maxmemory-policy allkeys-lru
export SERVER_PORT=$port SERVER_PASSWORD=secret
for file in *.test.js; do  # one after the other: they share the databases
  timeout 100 node --test --test-reporter=spec "$file"
done
