#!/usr/bin/env bash
# Renders the Helm chart as Helm does, holds what comes out against Kubernetes' schemas, and against what is promised of it:
#     tests/charts/run.sh [pytest's arguments]
# PYTHON names a Python that has what requirements.txt lists. nginx, for the edge's settings, is looked for in the PATH.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PYTHON=${PYTHON:-python3}

export PYTHONDONTWRITEBYTECODE=1
output=$(mktemp)
trap 'rm -f "$output"' EXIT
code=0
"$PYTHON" -m pytest -q -p no:cacheprovider --rootdir "$HERE" "$HERE" "$@" 2>&1 | tee "$output" || code=$?

# count WORD: how many pytest says it has of those.
count() { tail -n 1 "$output" | sed -n "s/^\(.*[^0-9]\)\{0,1\}\([0-9][0-9]*\) $1.*/\2/p"; }
passed=$(count passed) failed=$(count failed) errors=$(count 'errors\{0,1\}')
echo "charts: ${passed:-0} passed, $((${failed:-0} + ${errors:-0})) failed"
exit "$code"
