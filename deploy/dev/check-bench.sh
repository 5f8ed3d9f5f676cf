#!/usr/bin/env bash
# Whether the benchmark turns red when it must: runs one workload as it is, and with each fault planted on the way from the
# gateways to the clients. Fails unless a loss and a duplicate are found, a delay of 2 ms makes a target be missed that is met
# without it, and nothing is found where nothing was planted. Takes less than three minutes, and what was built counts.
#
#   WORKLOAD=sign-ins     the one that is run
#   PG_PORT, AMQP_PORT, CHATIRE_SKIP_BUILD   as with bench.sh
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
# shellcheck source=deploy/dev/lib/common.sh
. "$HERE/lib/common.sh"
# shellcheck source=deploy/dev/lib/tools.sh
. "$HERE/lib/tools.sh"

RUN=$ROOT/.run/check-bench
BENCH=

end_everything() {
  local code=$?
  trap - EXIT INT TERM
  [ -z "$BENCH" ] || end_process "the benchmark" "$BENCH" 60
  exit "$code"
}

# run_bench NAME PLANT: its report goes to $RUN/NAME.*, and its exit code behind NAME in $RUN/codes.
run_bench() {
  local code=0
  say "$1 (to $RUN/$1.log)"
  ONLY=${WORKLOAD:-sign-ins} QUICK=1 STRICT=1 GATEWAY='' PLANT=$2 REPORT=$RUN/$1 "$HERE/bench.sh" >"$RUN/$1.log" 2>&1 &
  BENCH=$!
  # In the background, since bash hears signals while it waits.
  wait "$BENCH" || code=$?
  BENCH=
  echo "$1 $code" >>"$RUN/codes"
  export CHATIRE_SKIP_BUILD=1
}

require_node
rm -rf "$RUN"
mkdir -p "$RUN"
trap end_everything EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
run_bench clean ''
for plant in loss duplicate delay; do run_bench "$plant" "$plant"; done
node "$HERE/lib/check-bench.mjs" "$RUN"
