#!/usr/bin/env bash
# Measures Sideline beside its peers; tables and plots go to build/bench/results/<date>-<commit>/.
# Usage: bench.sh [engine|network|hitratio|memory|latency|snapshot|all]... [--quick|--brief] [--document]
#   --quick: a smoke test of seconds; its figures mean nothing.
#   --brief: of `network`, what one steers by: the CPU time over TCP beside redis-server's. 2 minutes.
#   --document: the tables also go into docs/benchmarks.md.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

usage() {
  sed -n '2,6s/^# //p' "$0" >&2
  exit 2
}

all=(engine network hitratio memory latency snapshot)
command="scripts/bench.sh $*"
kinds=() scale=full document=()
for word in "$@"; do
  case $word in
    --quick|--brief) scale=${word#--} ;;
    --document) document=(--document docs/benchmarks.md) ;;
    all) kinds=("${all[@]}") ;;
    engine|network|hitratio|memory|latency|snapshot) kinds+=("$word") ;;
    *) usage ;;
  esac
done
[[ ${#kinds[@]} -gt 0 ]] || kinds=("${all[@]}")
[[ $scale != brief || ${kinds[*]} == network ]] || usage

scripts/setup.sh bench
cmake --preset bench >/dev/null
cmake --build --preset bench

# Debian's Python: matplotlib is one of its packages.
export PYTHONPATH=$root PYTHONDONTWRITEBYTECODE=1
results=build/bench/results/$(date -u +%Y%m%dT%H%M%S)-$(git rev-parse --short HEAD)
mkdir -p "$results"
# For root, a loopback without the machine's firewall: its rules and its tracking of connections, which
# container tools leave behind, take a tenth of a single GET, from all servers alike.
own_network=()
if unshare --net ip link set lo up 2>/dev/null; then
  own_network=(unshare --net sh -c 'ip link set lo up && exec "$@"' sh)
fi
for kind in "${kinds[@]}"; do
  echo "Measuring: $kind"
  "${own_network[@]}" /usr/bin/python3 -m bench.run build/bench/bin "$results" "$kind" --scale "$scale" \
    --command "$command"
done
/usr/bin/python3 -m bench.report "$results" "${document[@]}"
echo "In $results"
