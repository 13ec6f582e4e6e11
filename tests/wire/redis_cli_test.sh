#!/usr/bin/env bash
# What people do with redis-cli works.
source "$(dirname "${BASH_SOURCE[0]}")/with_server.sh"

start_server --requirepass 'a secret'
cli() { timeout 30 redis-cli -h 127.0.0.1 -p "$port" -a 'a secret' --no-auth-warning "$@"; }

# A password
expect 'NOAUTH Authentication required.' redis-cli -p "$port" GET key
expect_match '*WRONGPASS invalid username-password pair or user is disabled.*' \
  redis-cli -p "$port" -a wrong --no-auth-warning PING
expect PONG cli --user default PING
expect PONG env REDISCLI_AUTH='a secret' redis-cli -p "$port" PING

# Keys and their time to live
expect OK cli SET key value EX 1800
expect value cli GET key
expect_match '1[78]??' cli TTL key
expect '(integer) 5' cli --no-raw STRLEN key
expect '(nil)' cli --no-raw GET none
expect '"value"' cli --no-raw GET key
expect '(error) ERR value is not an integer or out of range' cli --no-raw INCR key
expect 'value' cli -3 GET key
expect OK cli -n 3 SET other 1
expect 1 cli -n 3 DBSIZE
expect '' cli GET other
printf 'a\0b' | cli -x SET binary >/dev/null
expect 3 cli STRLEN binary
expect $'1\n2\n3' cli -r 3 INCR counter

# INFO
expect_match '*redis_version:7.*' cli INFO server
expect_match '*keyspace_hits:*' cli INFO stats
expect_match '*db0:keys=*db3:keys=1,*' cli INFO keyspace

# Commands on standard input
expect $'OK\nv' cli < <(printf 'SET k v\nGET k\n')

# Mass insertion, in the protocol and as plain lines
protocol() {
  for ((i = 0; i < 20000; ++i)); do
    printf '*3\r\n$3\r\nSET\r\n$%d\r\nmass:%d\r\n$5\r\nvalue\r\n' $((5 + ${#i})) "$i"
  done
}
expect_match '*errors: 0, replies: 20000' cli --pipe < <(protocol)
expect_match '*errors: 0, replies: 3' cli --pipe < <(printf 'SET inline:1 a\r\nSET inline:2 b\r\nGET inline:1\r\n')
pipe_with_an_error=$(printf 'SET inline:1 a\r\nINCR inline:1\r\n' | cli --pipe 2>&1 || true)
[[ $pipe_with_an_error == *'errors: 1, replies: 2' ]] || fail "--pipe: $pipe_with_an_error"

# Iteration and statistics
[[ $(cli --scan --pattern 'mass:*' | sort -u | wc -l) == 20000 ]] || fail "--scan found other than 20000 keys"
[[ $(cli --scan | wc -l) == $(cli DBSIZE) ]] || fail "--scan found other than all keys"
cli SET big "$(head -c 100000 /dev/zero | tr '\0' x)" >/dev/null
expect_match "*Biggest string found '\"big\"' has 100000 bytes*" cli --bigkeys
expect_match "*Biggest string found '\"big\"' has * bytes*" cli --memkeys
[[ $(cli --csv MGET key none) == '"value",NULL' ]] || fail "--csv"
[[ $(cli --json HELLO 3) == '{"server":"redis",'* ]] || fail "--json"

# Latency: without a terminal one line, after a second
expect_match '[0-9]* [0-9]* [0-9.]* [0-9]*' cli --latency --raw -i 1

# The end
cli SHUTDOWN NOSAVE
wait "$server_pid" || fail "exit code $? after SHUTDOWN"
server_pid=
echo "redis-cli works"
