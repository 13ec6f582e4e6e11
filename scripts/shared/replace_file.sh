# shellcheck shell=bash
# Putting another file in the place of one.

# suffix_before FILE...: what the names of their copies of before end with: the time, and a number if there
# are copies of this second.
suffix_before() {
  local time suffix number=1 file
  time=before-$(date -u +%Y%m%dT%H%M%SZ)
  suffix=$time
  for file in "$@"; do
    while [[ -e $file.$suffix ]]; do suffix=$time-$((++number)); done
  done
  echo "$suffix"
}

# replace_file FILE: what standard input has takes its place, at once and as a whole, with its owner and mode.
replace_file() {
  local partial
  partial=$(mktemp -- "$1.XXXXXX")
  cat >"$partial"
  chmod --reference="$1" -- "$partial"
  chown --reference="$1" -- "$partial"
  sync -- "$partial"
  mv -T -- "$partial" "$1"
}
