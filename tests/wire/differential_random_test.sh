#!/usr/bin/env bash
# Random commands to Redis and to the server. The seed is printed; --seed repeats a run.
exec python3 "$(dirname "${BASH_SOURCE[0]}")/differential/run_random.py" --subject "$SERVER_UNDER_TEST" "$@"
