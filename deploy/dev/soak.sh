#!/usr/bin/env bash
# Lets the system run for a while with people who come and go, and breaks everything that can break: starts PostgreSQL, then
# the soak, which starts everything else itself. tests/soak/README.md says what is checked and why.
#
#   MINUTES=20            how long
#   MODE=cluster          or standalone: the one process on SQLite
#   SEED=number           makes the same choices again (not the same timing)
#   PLANT=loss            or double, swap, leak: done on purpose, and must be found
#   PG_PORT               port of the private server (25422)
#   CHATIRE_SKIP_BUILD=1  takes the release binaries as they are
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
# shellcheck source=deploy/dev/lib/common.sh
. "$HERE/lib/common.sh"
# shellcheck source=deploy/dev/lib/packages.sh
. "$HERE/lib/packages.sh"
# shellcheck source=deploy/dev/lib/tools.sh
. "$HERE/lib/tools.sh"

RUN=$ROOT/.run/soak
MINUTES=${MINUTES:-20}
MODE=${MODE:-cluster}
SEED=${SEED:-$RANDOM$RANDOM}
PG_PORT=${PG_PORT:-25422}
SOAK=

end_everything() {
  local code=$?
  trap - EXIT INT TERM
  set +e
  [ -z "$SOAK" ] || end_process "the soak" "$SOAK" 60
  if [ -e "$RUN/servers" ]; then "$HERE/services.sh" stop --wipe --dir "$RUN/servers" 2>/dev/null; fi
  exit "$code"
}

[ -r /proc/self/smaps_rollup ] || die "the soak reads from /proc what processes hold: it needs Linux"
case "$MODE" in cluster | standalone) ;; *) die "MODE is \"$MODE\": give cluster or standalone" ;; esac
forget_settings
[ -n "${CHATIRE_SKIP_BUILD:-}" ] || "$HERE/web.sh"
build_binaries release auth-service chat-api ws-gateway chatire chatire-soak

# The logs of a run that found something stay until the next one.
rm -rf "$RUN/tmp"
mkdir -p "$RUN/tmp"
trap end_everything EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if [ "$MODE" = cluster ]; then
  # The broker is the soak's own, to be broken.
  "$HERE/services.sh" start --postgres-only --dir "$RUN/servers" --pg-port "$PG_PORT"
  eval "$("$HERE/services.sh" env --dir "$RUN/servers")"
  export CHATIRE_TEST_POSTGRES_URL=$CHATIRE_POSTGRES_URL
fi

arguments=(--minutes "$MINUTES" --mode "$MODE" --json "$RUN/$(date +%Y%m%d-%H%M%S)-$MODE.json")
[ -z "${PLANT:-}" ] || arguments+=(--plant "$PLANT")
export CHATIRE_BIN_DIR=$BINARIES CHATIRE_TEST_SEED=$SEED TMPDIR=$RUN/tmp
say "soaking for $MINUTES minutes ($MODE); SEED=$SEED makes the same choices again"
# Every client, and every connection through a proxy, is a file or two.
ulimit -n "$(ulimit -H -n)"
# In the background, since bash hears signals while it waits, but not while a command runs in the foreground.
"$BINARIES/chatire-soak" "${arguments[@]}" &
SOAK=$!
wait "$SOAK"
