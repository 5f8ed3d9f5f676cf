#!/usr/bin/env bash
# Checks what operators see of a running cluster: metrics, alerts, dashboard and runbook.
#     tests/observability/run.sh FOLDER PORT SERVICE=PUBLIC:INTERNAL...
# FOLDER takes Prometheus' data, PORT is where it listens; each process of the cluster is given with its two ports on
# 127.0.0.1. CHATTER is the example of that name, built. PROMETHEUS and PROMTOOL name the programs, when they are not in
# the PATH.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SHIPPED=$HERE/../../deploy/observability
PROMETHEUS=${PROMETHEUS:-prometheus}
PROMTOOL=${PROMTOOL:-promtool}
# Prometheus asks every so many seconds, and people chat for so long.
SCRAPE=1
CHAT=20

if [ "$#" -lt 3 ] || [ ! -x "${CHATTER:-}" ]; then
  echo "usage: CHATTER=<the example> run.sh <folder> <port> <service>=<public port>:<internal port>..." >&2
  exit 2
fi
folder=$1 port=$2
shift 2
publics=() internals=()
for word in "$@"; do
  ports=${word#*=}
  publics+=("127.0.0.1:${ports%:*}")
  internals+=("${word%%=*}=127.0.0.1:${ports#*:}")
done

# counted NAME COMMAND...: promtool has no count that test runners know.
counted() {
  local name=$1
  shift
  if "$@"; then echo "$name: 1 passed, 0 failed"; else
    echo "$name: 0 passed, 1 failed"
    failed=yes
  fi
}

failed=
export PYTHONDONTWRITEBYTECODE=1
counted config "$PROMTOOL" check config "$SHIPPED/prometheus.yml"
counted rules "$PROMTOOL" check rules "$SHIPPED/alerts.yaml" "$SHIPPED/recording.yaml"
for file in "$HERE"/alerts/*.yaml; do counted "$(basename "$file" .yaml)" "$PROMTOOL" test rules "$file"; done
python3 "$HERE/check.py" documents || failed=yes

rm -rf "$folder"
mkdir -p "$folder"
python3 "$HERE/check.py" configure "$folder/prometheus.yml" "$SCRAPE" "${internals[@]}"
"$PROMETHEUS" --config.file="$folder/prometheus.yml" --storage.tsdb.path="$folder/data" \
  --web.listen-address="127.0.0.1:$port" --log.level=warn >"$folder/prometheus.log" 2>&1 &
pid=$!
trap 'kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true' EXIT
"$CHATTER" "$CHAT" "${publics[@]}"
python3 "$HERE/check.py" figures "${internals[@]}" || failed=yes
kill -0 "$pid" 2>/dev/null || {
  cat "$folder/prometheus.log"
  exit 1
}
python3 "$HERE/check.py" queries "http://127.0.0.1:$port" || failed=yes
[ -z "$failed" ]
