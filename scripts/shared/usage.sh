# shellcheck shell=bash

# print_usage FILE: what the script begins with, a comment down to the line that begins with `set`.
print_usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$1"; }
