#!/usr/bin/env bash
# Restarts every service of the cluster that up.sh started, one after the other, with the binaries that are there now: an
# upgrade that nobody notices.
#
#   CHATIRE_RUN_DIR, EDGE_PORT, PORT_BASE, SCALE_*   as up.sh was told
#   CHATIRE_PROFILE, CHATIRE_SKIP_BUILD, CHATIRE_BINARIES   as for up.sh
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
# shellcheck source=deploy/dev/lib/common.sh
. "$HERE/lib/common.sh"
# shellcheck source=deploy/dev/lib/packages.sh
. "$HERE/lib/packages.sh"
# shellcheck source=deploy/dev/lib/tools.sh
. "$HERE/lib/tools.sh"
# shellcheck source=deploy/dev/lib/cluster.sh
. "$HERE/lib/cluster.sh"
# shellcheck source=deploy/dev/lib/launch.sh
. "$HERE/lib/launch.sh"

# Longer than any of them goes on serving (listen.drain_seconds), and than a gateway's drain window.
ENDS_WITHIN=45

roll() {
  local name=$1 pid
  pid=$(service_pid "$name")
  [ -n "$pid" ] || die "$name does not run: start the cluster first (make up)"
  [ -s "$RUN/launch/$name" ] || die "it is not known how $name was started: \`make down\`, then \`make up\`"
  kill -TERM "$pid"
  # Not killed: what does not end in good order must be looked at.
  wait_until "$ENDS_WITHIN" is_dead "$pid" || die "$name (pid $pid) did not end within $ENDS_WITHIN s"
  relaunch "$name"
  wait_ready "$name"
  say "$name is another one (pid $(service_pid "$name"))"
}

open_run
build_binaries "${CHATIRE_PROFILE:-release}" auth-service chat-api ws-gateway
BINARIES=${CHATIRE_BINARIES:-$BINARIES}
# Those who are asked before those who ask: a new one may ask for what only a new one knows.
for name in $(all_services); do roll "$name"; done
