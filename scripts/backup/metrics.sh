# shellcheck shell=bash
# Of backup.sh: figures for Prometheus.

metrics() {
  local last all count=0 label=$dir
  label=${label//\\/\\\\}
  label=${label//\"/\\\"}
  label=${label//$'\n'/\\n}
  all=$(backups)
  last=$(tail -n 1 <<<"$all")
  [[ -z $all ]] || count=$(wc -l <<<"$all")
  metric last_success_timestamp_seconds "When the newest backup was made; 0: there is none." "$(seconds_of "$last")"
  metric size_bytes "Bytes of the snapshot in the newest backup." "$([[ -z $last ]] || manifest_value "$last" bytes)"
  metric keys "Keys in the newest backup." "$([[ -z $last ]] || manifest_value "$last" keys)"
  metric kept "Backups that are there." "$count"
  local success='' end='' seconds=''
  read -r success end seconds <<<"${last_run:-$(cat "$dir/.last-run" 2>/dev/null || true)}" || true
  metric last_run_success "Whether the last run made a backup." "$success"
  metric last_run_timestamp_seconds "When the last run ended." "$end"
  metric last_run_duration_seconds "How long the last run took." "$seconds"
}

# metric NAME HELP VALUE: nothing if there is no value.
metric() {
  [[ -n $3 ]] || return 0
  printf '# HELP sideline_backup_%s %s\n# TYPE sideline_backup_%s gauge\n' "$1" "$2" "$1"
  printf 'sideline_backup_%s{folder="%s"} %s\n' "$1" "$label" "$3"
}

# seconds_of BACKUP: of the UNIX clock.
seconds_of() {
  if [[ -z $1 ]]; then
    echo 0
  else
    date -u -d "${1:0:4}-${1:4:2}-${1:6:2} ${1:9:2}:${1:11:2}:${1:13:2}" +%s
  fi
}

# record SUCCESS: what metrics tell of this run from now on.
record() {
  last_run="$1 $(date +%s) $SECONDS"
  if [[ -d $dir ]]; then echo "$last_run" >"$dir/.last-run"; fi
}

# Where --metrics-file wants them.
write_metrics() {
  local file=${option[metrics-file]:-} text
  [[ -n $file ]] || return 0
  text=$(metrics)
  open_new "$file"
  if ! { echo "$text" >&6 && chmod 644 /dev/fd/6 && mv -fT -- "$new_file" "$file"; }; then
    rm -f -- "$new_file"
    fail "the metrics could not be written to '$file'"
  fi
  exec 6>&-
}
