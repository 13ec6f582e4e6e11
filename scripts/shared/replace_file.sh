# shellcheck shell=bash

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
