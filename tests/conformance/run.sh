#!/usr/bin/env bash
# Holds the gateway's sockets against RFC 6455, by the cases of the Autobahn suite:
#     tests/conformance/run.sh <the echo server> <address for it> <folder for the reports>
# KOSOKU names the program, when it is not in the PATH. Cases 12 and 13 are about compression, which is not offered.
set -euo pipefail
KOSOKU=${KOSOKU:-kosoku}
# So many there are without those: fewer would mean that some were not run.
CASES=301

[ "$#" = 3 ] || {
  echo "usage: run.sh <the echo server> <host:port for it> <folder for the reports>" >&2
  exit 2
}
server=$1 address=$2 reports=$3
rm -rf "$reports"
mkdir -p "$reports"
"$server" "$address" >"$reports/server.log" 2>&1 &
pid=$!
trap 'kill "$pid" 2>/dev/null || true' EXIT
for _ in $(seq 100); do
  if (exec 3<>"/dev/tcp/${address%:*}/${address##*:}") 2>/dev/null; then break; fi
  sleep 0.1
done
"$KOSOKU" -m fuzzingclient -p 2 -x '12.*' -x '13.*' -o "$reports" "ws://$address" >"$reports/output.log" 2>&1 || {
  grep -v '^wrote' "$reports/output.log" | tail -n 40
  echo "conformance: the cases above failed; their reports are in $reports"
  exit 1
}
passed=$(sed -n 's/^\([0-9]*\) cases passed$/\1/p' "$reports/output.log")
echo "conformance: ${passed:-0} passed, $((CASES - ${passed:-0})) failed or missing"
[ "${passed:-0}" = "$CASES" ]
