#!/usr/bin/env bash
# docker/nginx and its replicas: one that is dead, hangs or breaks off costs no failed request and is used
# again when it is back; nothing is done twice; connections are kept; a reload loses nothing.
source "$(dirname "${BASH_SOURCE[0]}")/with_nginx.sh"
source "$(dirname "${BASH_SOURCE[0]}")/with_http_load.sh"
start_nginx

# load_begins: many clients ask, until load_ends, which says how many requests failed.
load_begins() { start_http_load $python "$here/nginx/client.py" load "$url/api/x" "$ca"; }
load_ends() {
  end_http_load "$1"
  [[ $(tail -n 1 "$folder/load") =~ ^[0-9]+$ ]] || fail "$1: $(<"$folder/load")"
  echo "$1: $(tail -n 1 "$folder/load") requests, none failed"
}
# gets REPLICA NUMBER: waits until it has got so many requests.
gets() {
  local deadline=$((SECONDS + 30))
  until [[ $(count "$1") -ge $2 ]]; do
    [[ $SECONDS -lt $deadline ]] || fail "$1 gets no requests: $(count "$1")"
    sleep 0.05
  done
}

# --- Connections to the replicas are kept: each of two workers has one to each of them
switch a ok
switch b ok
for _ in {1..8}; do get '/api/x?[1-10]' -o /dev/null; done
expect 80 echo $(($(count a) + $(count b)))
connections=$(($(count a connections) + $(count b connections)))
[[ $connections -le 4 ]] || fail "$connections connections for 80 requests"
[[ $(count a) -ge 20 && $(count b) -ge 20 ]] || fail "one of them gets most: $(count a) to $(count b)"

# --- A replica dies, under load; another one takes over, and it is used again when it is back
load_begins
switch a dead
gets b 50
switch a ok
gets a 20
load_ends "a replica dies, and comes back"

# --- A replica breaks off what it has begun
load_begins
switch a die
gets b 50
switch a ok
gets a 20
load_ends "a replica breaks off"

# --- A replica hangs: who has asked it waits for its 10 s, then the other one answers
load_begins
switch a hang
gets a 3
switch b ok
load_ends "a replica hangs"
hung=$(count a)
[[ $(count b) -ge $hung ]] || fail "$hung requests hung, and the other one got $(count b)"
# It gets nothing for 5 s, then one request, to see whether it is back.
get '/api/x?[1-10]' -o /dev/null
[[ $(count a) -le $((hung + 1)) ]] || fail "requests are sent to a replica that hangs: $(count a)"
switch a ok
deadline=$((SECONDS + 30))
until [[ $(count a) -gt 1 ]]; do
  expect 200 status /api/x
  [[ $SECONDS -lt $deadline ]] || fail "the replica that hung is not used again"
done

# --- What is not idempotent is not repeated once it is on its way
# sent METHOD: how many replicas have got such a request.
sent() { echo $(($(count a "$1") + $(count b "$1"))); }
for method in POST PATCH; do
  reload  # nobody is known to fail
  switch a die
  switch b die
  expect 502 status /api/x -X $method -d body
  expect 1 sent $method
done
reload
switch a die
switch b die
expect 502 status /api/x
expect 2 sent GET
# What could not be sent is: a replica that is dead costs no POST either.
switch a dead
switch b ok
reload
for _ in {1..4}; do expect 200 status /api/x -d body; done
expect 4 sent POST
# An error that a replica answers with is its answer.
switch a fail
switch b fail
reload
for _ in {1..10}; do expect 500 status /api/x; done
expect 10 sent GET

# --- A reload loses nothing, not what is under way either, whether or not it changes the replicas
switch a slow
switch b slow
load_begins
reload
reload
sed -i 1d "$folder/nginx/upstream.conf"  # a
reload
switch a slow
switch b ok
gets b 50
expect 0 count a
switch a dead
gets b 100
load_ends "three reloads"
