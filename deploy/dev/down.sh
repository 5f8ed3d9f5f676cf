#!/usr/bin/env bash
# Ends what up.sh started, from the edge inwards, and waits until nothing of it runs.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
# shellcheck source=deploy/dev/lib/common.sh
. "$HERE/lib/common.sh"
# shellcheck source=deploy/dev/lib/cluster.sh
. "$HERE/lib/cluster.sh"

# Longer than a gateway's drain window.
DRAIN_SECONDS=45
STOP_SECONDS=20

# end_all SERVICE SECONDS: all its replicas at the same time.
end_all() {
  local name pid running=''
  for name in $(started "$1"); do
    pid=$(service_pid "$name")
    if [ -n "$pid" ]; then
      kill -TERM "$pid" 2>/dev/null || true
      running="$running $name"
    else
      rm -f "$RUN/pids/$name.pid"
    fi
  done
  for name in $running; do
    end_waiting "$name" "$(pid_in "$RUN/pids/$name.pid")" "$2"
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
end_all ws-gateway "$DRAIN_SECONDS"
end_all chat-api "$STOP_SECONDS"
end_all auth-service "$STOP_SECONDS"
if [ -n "$edge" ]; then
  wait_until 2 is_dead "$edge" || end_process nginx "$edge" 10
  say "the edge is stopped"
fi
"$HERE/services.sh" stop --dir "$RUN" ${1+"$@"}
