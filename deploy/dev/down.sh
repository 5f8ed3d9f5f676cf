#!/usr/bin/env bash
# Ends what up.sh started, and waits until nothing of it runs.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
# shellcheck source=deploy/dev/lib/common.sh
. "$HERE/lib/common.sh"
# shellcheck source=deploy/dev/lib/cluster.sh
. "$HERE/lib/cluster.sh"

# Longer than any of them goes on serving (listen.drain_seconds), and than a gateway's drain window.
ENDS_WITHIN=45

# end_all NAME...: all are asked at the same moment, since each goes on serving the others for a while.
end_all() {
  local name pid
  for name in ${1+"$@"}; do
    pid=$(service_pid "$name")
    if [ -n "$pid" ]; then kill -TERM "$pid" 2>/dev/null || true; fi
  done
  for name in ${1+"$@"}; do
    pid=$(service_pid "$name")
    if [ -n "$pid" ]; then end_waiting "$name" "$pid" "$ENDS_WITHIN"; fi
    rm -f "$RUN/pids/$name.pid"
    say "$name is stopped"
  done
}

# The signal was sent already: a second one would mean "at once".
end_waiting() {
  wait_until "$3" is_dead "$2" && return 0
  say "$1 (pid $2) did not end within $3 s: killed"
  kill -KILL "$2" 2>/dev/null || true
  wait_until 5 is_dead "$2" || die "$1 (pid $2) can't be ended"
}

open_run
edge=$(edge_pid)
# Takes nothing new, while open sockets stay until their gateway has told them to reconnect.
[ -z "$edge" ] || kill -QUIT "$edge" 2>/dev/null || true
# shellcheck disable=SC2046 # one word for each
end_all $(started ws-gateway) $(started chat-api) $(started auth-service)
if [ -n "$edge" ]; then
  wait_until 2 is_dead "$edge" || end_process nginx "$edge" 10
  say "the edge is stopped"
fi
"$HERE/services.sh" stop --dir "$RUN" ${1+"$@"}
