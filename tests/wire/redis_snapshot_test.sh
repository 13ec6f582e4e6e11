#!/usr/bin/env bash
# A snapshot moves from redis-server to the server and back; and where it cannot be written, the old
# one stays.
source "$(dirname "${BASH_SOURCE[0]}")/with_server.sh"

needs redis-server

redis_pid=
mounted=
clean_up() {
  [[ -z $redis_pid ]] || kill "$redis_pid" 2>/dev/null || true
  [[ -z $mounted ]] || umount "$mounted"
  stop_server
}
trap clean_up EXIT

cli() { timeout 30 redis-cli -p "$port" "$@"; }
redis() { timeout 30 redis-cli -s "$folder/redis.sock" "$@"; }

start_redis() {
  redis-server --port 0 --unixsocket "$folder/redis.sock" --dir "$folder" --save '' "$@" \
    >"$folder/redis.log" 2>&1 &
  redis_pid=$!
  until [[ $(redis PING 2>&1) == PONG ]]; do
    kill -0 "$redis_pid" || fail "redis-server did not start: $(cat "$folder/redis.log")"
    sleep 0.02
  done
}
end_redis() {
  kill "$redis_pid"
  wait "$redis_pid" || true
  redis_pid=
}
end_server() {
  kill "$server_pid"
  wait "$server_pid"
  server_pid=
  rm "$folder/port"
}

# All strings of a server, and their deadlines in seconds.
strings() {
  local key
  for database in 0 9; do
    while read -r key; do
      echo "$database $key $("$1" -n "$database" --no-raw GET "$key" | md5sum)" \
           "$("$1" -n "$database" EXPIRETIME "$key")"
    done < <("$1" -n "$database" KEYS 's:*' | sort)
  done
}

# --- From Redis: every encoding of strings, and every type
start_redis
redis EVAL "
  for _, text in ipairs({'0', '-1', '127', '-129', '32768', '-2147483648', '2147483648', '007', '',
                         'plain', string.rep('compress me ', 100), string.rep('x', 20000)}) do
    redis.call('SET', 's:' .. #text .. text:sub(1, 12), text)
  end
  for i = 1, 1000 do
    redis.call('RPUSH', 'list', string.rep('item', 20) .. i)
    redis.call('SADD', 'set', 'member' .. i)
    redis.call('SADD', 'intset', i)
    redis.call('ZADD', 'zset', i / 3, 'member' .. i)
    redis.call('HSET', 'hash', 'field' .. i, i)
    redis.call('XADD', 'stream', i .. '-1', 'field', i)
  end
  redis.call('RPUSH', 'small list', 'a', 1)
  redis.call('ZADD', 'small zset', 1, 'a')
  redis.call('HSET', 'small hash', 'a', 1)
  redis.call('XGROUP', 'CREATE', 'stream', 'group', '0')
  redis.call('XREADGROUP', 'GROUP', 'group', 'me', 'COUNT', '5', 'STREAMS', 'stream', '>')" 0 >/dev/null
redis FUNCTION LOAD "#!lua name=lib
redis.register_function('f', function() return 1 end)" >/dev/null
redis SET s:expires v EX 10000 >/dev/null
redis -n 9 SET s:elsewhere v >/dev/null
expect OK redis SAVE
strings redis >"$folder/of_redis"
end_redis

start_server --dir "$folder"
until [[ $(cli PING) == PONG ]]; do sleep 0.02; done
strings cli >"$folder/of_server"
diff "$folder/of_redis" "$folder/of_server" || fail "what was loaded is not what Redis saved"
expect 13 cli DBSIZE
for type in list set "sorted set" hash stream; do
  grep -q "not loaded because the type '$type' is not supported" "$folder/log" ||
    fail "the log does not name the $type: $(cat "$folder/log")"
done
grep -q "Functions and data of modules not loaded: 1" "$folder/log" || fail "no word of the function"

# --- And back
cli SET s:new v >/dev/null
strings cli >"$folder/of_server"
expect OK cli SAVE
expect_match '*RDB looks OK*' redis-check-rdb "$folder/dump.rdb"
end_server
start_redis
strings redis >"$folder/of_redis"
diff "$folder/of_server" "$folder/of_redis" || fail "what Redis loaded is not what was saved"
end_redis

# --- A disk that is full, and one that is read-only
if [[ $EUID -ne 0 ]] || ! mkdir "$folder/disk" || ! mount -t tmpfs -o size=256k none "$folder/disk"; then
  echo "all passed but for a full disk and a read-only one: there is no right to mount"
  exit 77
fi
mounted=$folder/disk
start_server --dir "$mounted" --save '3600 1000000'
cli SET k v >/dev/null
expect OK cli SAVE
cp "$mounted/dump.rdb" "$folder/old"
head -c 600000 /dev/urandom >"$folder/large"
cli -x SET large <"$folder/large" >/dev/null
expect 'ERR' cli SAVE
expect 'Background saving started' cli BGSAVE
until cli INFO persistence | grep -q rdb_last_bgsave_status:err; do sleep 0.02; done
expect_match 'MISCONF*' cli SET k w
grep -q "can't write .*No space left on device" "$folder/log" || fail "no reason: $(cat "$folder/log")"
cmp "$mounted/dump.rdb" "$folder/old"
[[ $(ls "$mounted") == dump.rdb ]] || fail "something is left: $(ls "$mounted")"

mount -o remount,ro "$mounted"
expect 'ERR' cli SAVE
grep -q "can't open .*Read-only file system" "$folder/log" || fail "no reason: $(cat "$folder/log")"
cmp "$mounted/dump.rdb" "$folder/old"
kill "$server_pid"
wait "$server_pid" && fail "it did not say that it could not save"
server_pid=
