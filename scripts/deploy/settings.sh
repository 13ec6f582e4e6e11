# shellcheck shell=bash
# Of deploy.sh: its settings, which stand in one file with those of the containers.

# Name, kind, default, meaning; with bars between them, and without the blanks.
setting_rows() {
  sed 's/ *| */|/g' <<'ROWS'
DEPLOY_DIR     | folder         | /var/lib/sideline-deploy | what runs now, the proxy's configuration, logs
BACKUP_DIR     | folder         | /var/lib/sideline-backup | backups of the cache, as backup.sh keeps them
ENGINE         | command        | docker                   | runs containers: docker or podman
COMPOSE        | command        | docker compose           | and its compose
COMPOSE_FILE   | files          | docker/docker-compose.prod.yml:docker/docker-compose.colour.yml | files of the stack
PROBE_URL      | url            | https://localhost/health | what is asked through the proxy; 200 is good
HEALTH_SECONDS | number         | 120                      | how long a container may take to be healthy
FREE_MIB       | number         | 2048                     | what has to be free on the disk, in MiB
PROMETHEUS_URL | url or nothing |                          | a Prometheus that is told to reload
ROWS
}

# Of all variables of the file, for compose.
declare -A environment=()
engine=() compose=()

# Lines NAME=VALUE; one that begins with # is a comment; a value may stand in quotes. Unlike in a shell,
# nothing is run or expanded.
read_file() {
  local line number=0 value
  while IFS= read -r line || [[ -n $line ]]; do
    number=$((number + 1))
    [[ ! $line =~ ^[[:space:]]*(#|$) ]] || continue
    if [[ ! $line =~ ^([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]]; then
      errors+=("line $number is not NAME=VALUE")
      continue
    fi
    value=${BASH_REMATCH[2]}
    if [[ $value =~ ^\"(.*)\"$ || $value =~ ^\'(.*)\'$ ]]; then value=${BASH_REMATCH[1]}; fi
    [[ $line =~ ^([A-Za-z0-9_]+) ]]
    environment[${BASH_REMATCH[1]}]=$value
  done <"$env_file"
}

# check NAME KIND VALUE: adds what is wrong to `errors`.
check() {
  local file
  case $2 in
    folder) [[ $3 == /* ]] || errors+=("$1 has to begin with /, and is '$3'") ;;
    command) [[ -n $3 ]] || errors+=("$1 is empty") ;;
    number) [[ $3 =~ ^[1-9][0-9]{0,8}$ ]] || errors+=("$1 has to be a number above 0, and is '$3'") ;;
    url*)
      [[ -z $3 && $2 == *nothing ]] || [[ $3 =~ ^https?://[^[:space:]@]+$ ]] ||
        errors+=("$1 has to be http:// or https:// and have no password in it")
      ;;
    files)
      [[ -n $3 ]] || errors+=("$1 is empty")
      while read -r -d : file; do
        [[ -e $root/$file || $file == /* && -e $file ]] || errors+=("$1 names $file, which is not there")
      done <<<"$3:"
      ;;
  esac
}

# Sets a variable for each, or tells all that is wrong and ends.
read_settings() {
  local errors=() name kind default
  [[ -f $env_file && -r $env_file ]] || { echo "deploy.sh: $env_file cannot be read" >&2; exit 1; }
  read_file
  while IFS='|' read -r name kind default _; do
    printf -v "$name" %s "${environment[$name]-$default}"
    check "$name" "$kind" "${!name}"
  done < <(setting_rows)
  read -ra engine <<<"$ENGINE"
  read -ra compose <<<"$COMPOSE"
  [[ ${#errors[@]} != 0 ]] || return 0
  echo "deploy.sh: in $env_file" >&2
  printf '  %s\n' "${errors[@]}" >&2
  exit 1
}
