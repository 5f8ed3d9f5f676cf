#!/usr/bin/env bash
# PostgreSQL dies under load and a standby takes its place; fails if anything acknowledged is not there, or came to anybody
# twice or out of order. Needs PostgreSQL and RabbitMQ as packages.
#
#   check-failover.sh           everything
#   check-failover.sh now       only the fail-over, in the cluster that this script has started: what the test calls
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
# shellcheck source=deploy/dev/lib/common.sh
. "$HERE/lib/common.sh"
# shellcheck source=deploy/dev/lib/tools.sh
. "$HERE/lib/tools.sh"
# shellcheck source=deploy/dev/lib/data.sh
. "$HERE/lib/data.sh"
# shellcheck source=deploy/dev/lib/postgres.sh
. "$HERE/lib/postgres.sh"
# shellcheck source=deploy/dev/lib/standby.sh
. "$HERE/lib/standby.sh"

SERVERS=$ROOT/.run/failover/servers

end_everything() {
  local code=$?
  trap - EXIT INT TERM
  "$HERE/down.sh" --wipe || true
  if has_data "$SERVERS"; then
    open_data "$SERVERS"
    standby_stop || true
    "$HERE/services.sh" stop --wipe --dir "$SERVERS" || true
  fi
  exit "$code"
}

if [ "${1:-}" = now ]; then
  open_data "$SERVERS"
  find_postgres || die "PostgreSQL's programs are not found"
  fail_over
  exit 0
fi

require_rust
(cd "$ROOT" && cargo build --locked --workspace --bins --tests >&2) || die "the build failed: cargo's words above say why"
[ -e "$ROOT/web/dist/index.html" ] || "$HERE/web.sh"

export CHATIRE_RUN_DIR=$ROOT/.run/failover/cluster CHATIRE_PROFILE=dev CHATIRE_SKIP_BUILD=1
export EDGE_PORT=${EDGE_PORT:-8495} PORT_BASE=${PORT_BASE:-8700} PG_PORT=${PG_PORT:-25472} AMQP_PORT=${AMQP_PORT:-25712}
export CHATIRE_SETTINGS='CHATIRE__LIMITS__ENABLED=false CHATIRE__LISTEN__DRAIN_SECONDS=0'
trap end_everything EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
unset CHATIRE_POSTGRES_URL
open_data "$SERVERS"
# Not Docker, also where there is one.
echo packages >"$DATA/way"
"$HERE/services.sh" start --dir "$SERVERS" --pg-port "$PG_PORT" --amqp-port "$AMQP_PORT"
eval "$("$HERE/services.sh" env --dir "$SERVERS")"
find_postgres || die "PostgreSQL's programs are not found"
STANDBY_PORT=$((PG_PORT + 1))
standby_start "$STANDBY_PORT" "$PG_PORT"
# As OPERATIONS.md says it: libpq looks for the one that may be written to.
export CHATIRE_POSTGRES_URL="postgres://chatire@127.0.0.1:$PG_PORT,127.0.0.1:$STANDBY_PORT/postgres?target_session_attrs=read-write&connect_timeout=2"
export CHATIRE_AMQP_URL
"$HERE/up.sh"
export CHATIRE_TEST_EDGE=127.0.0.1:$EDGE_PORT CHATIRE_TEST_FAILOVER=$HERE/check-failover.sh
cd "$ROOT"
cargo test --locked --workspace --test e2e -- --ignored --exact --nocapture \
  failover::what_was_acknowledged_is_there_after_the_database_has_failed_over
