#!/usr/bin/env bash
# Usage: environment_test.sh SERVER    .env.production.template is what the production stack reads: each
# of its variables, no other, with values that are accepted; and what is wrong is told, all at once.
# PREDICTION_API names the API's program.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$(dirname "$here")")
template=$root/.env.production.template
server=$1 api=${PREDICTION_API:-} python=/usr/bin/python3  # Debian's, which finds python3-yaml
$python -c 'import yaml' 2>/dev/null || { echo "skipped: no python3-yaml"; exit 77; }
[[ -x $api ]] || { echo "skipped: there is no prediction-api; what it needs is not installed"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() { echo "FAILED: $*" >&2; exit 1; }
# nothing WHAT: fails with what standard input has, if it has anything.
nothing() {
  local got
  got=$(paste -sd ' ')
  [[ -z $got ]] || fail "$1: $got"
}

# --- Names: those that are set, and those that are only told of
sed -n 's/^\([A-Z][A-Z0-9_]*\)=.*/\1/p' "$template" >"$folder/in order"
uniq -d <(sort "$folder/in order") | nothing "set twice in the template"
sort "$folder/in order" >"$folder/set"
sed -n 's/^#*\([A-Z][A-Z0-9_]*\)=.*/\1/p' "$template" | sort -u >"$folder/told"
# Each is after its comment.
awk '/^#?[A-Z]/ && last !~ /^# / { print } { last = $0 }' "$template" | nothing "without a comment"

$python "$here/compose.py" read | sort >"$folder/compose"
$python "$here/compose.py" settled | sort >"$folder/settled"
"$api" --help | sed -n 's/^  \([A-Z_]*\)\[_FILE\] .*/\1_FILE/p; s/^  \([A-Z_]*\) .*/\1/p' | sort >"$folder/api"
# The table in deploy.sh's settings has a name at the start of each line.
deploy=$root/scripts/deploy/settings.sh
if [[ -e $deploy ]]; then sed -n 's/^\([A-Z][A-Z_]*\) .*/\1/p' "$deploy"; fi | sort >"$folder/deploy"
sort -u "$folder/compose" "$folder/deploy" >"$folder/read"

comm -13 "$folder/set" "$folder/read" | nothing "read, and not set in the template"
comm -23 "$folder/set" "$folder/read" | nothing "set in the template, and read by nobody"
sort -u "$folder/read" "$folder/settled" "$folder/api" >"$folder/known"
comm -13 "$folder/told" "$folder/known" | nothing "not in the template"
comm -23 "$folder/told" "$folder/known" | nothing "in the template, and known to nobody"

# --- Values: accepted, through Compose, with its secrets filled in
for secret in cache_password admin_token analyst_password; do echo secret >"$folder/$secret"; done
echo postgresql://api:secret@database/api >"$folder/database_url"
openssl rand -hex 32 >"$folder/jwt_secret"

# exported FILE COMMAND...: runs it with the variables of FILE.
# shellcheck disable=SC1090
exported() (set -a && source "$1" && "${@:2}")
# container FILE SERVICE COMMAND...: runs it with the environment that the container of a service has with
# the variables of FILE.
container() {
  local file=$1 service=$2 environment
  shift 2
  mapfile -d '' -t environment < <(exported "$file" "$python" "$here/compose.py" environment "$service")
  environment=("${environment[@]//\/run\/secrets/$folder}")
  environment=("${environment[@]/#SIDELINE_DIR=*/SIDELINE_DIR=$folder}")
  env -i "${environment[@]}" "$@"
}
exported "$template" "$python" "$here/compose.py" check || fail "the stack with the template"
container "$template" api-1 "$api" --check || fail "the API does not take the template"
conf=$root/conf/production.conf
container "$template" cache "$server" --check-config "$conf" >/dev/null || fail "the cache does not take the template"

# They are the defaults, as the comments say: what holds without the file.
awk -F '; default: ' '/^[A-Z]/ { value = $0; gsub(/^[^=]*=|"/, "", value)
    if (value != "" && told != "" && value != told) print }
  { told = $2 }' "$template" | nothing "not the default of the comment"
settings() { container "$1" cache "$server" --print-config "$conf" | sed 's/ [^ ]*$//'; }
diff <(settings /dev/null) <(settings "$template") || fail "the cache has other defaults than the template"
while read -r name default _; do
  grep -qx "$name=$default" "$template" || fail "the API's $name is $default by default, not as in the template"
done < <("$api" --help | sed -n 's/^  \([A-Z_]*  .*\)/\1/p' | grep -wFf "$folder/set" | grep -v '^CORS_ORIGINS ')

# --- What is wrong: each program names all of it, and does not start. Numbers are easily wrong.
sed 's/=[0-9].*/=many/' "$template" >"$folder/wrong"
# refuses PREFIX SERVICE COMMAND...: names each number of the service that is wrong.
refuses() {
  local prefix=$1 service=$2 code=0
  shift 2
  container "$folder/wrong" "$service" env | sed -n "s/^\(${prefix}[A-Z_]*\)=many\$/\1/p" | sort >"$folder/many"
  [[ $(wc -l <"$folder/many") -ge 7 ]] || fail "few are wrong: $(cat "$folder/many")"
  container "$folder/wrong" "$service" timeout 10 "$@" >"$folder/errors" 2>&1 || code=$?
  [[ $code -eq 1 ]] || fail "$1 ended with $code, not 1: $(cat "$folder/errors")"
  grep -oE '[A-Z][A-Z_]+[A-Z]' "$folder/errors" | sort -u | comm -13 - "$folder/many" | nothing "$1 does not say that it is wrong"
}
refuses '' api-1 "$api"
refuses SIDELINE_ cache "$server" "$conf"
