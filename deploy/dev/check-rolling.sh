#!/usr/bin/env bash
# Restarts or upgrades every service of a cluster under load, one after the other, and fails if a message was lost, doubled
# or out of order for anybody. From today's services to today's, it also fails if a client was shown an error.
#
#   FROM=REVISION    the cluster begins with the services of this git revision, and each is replaced by today's
#   KEEP=1           the binaries of FROM are kept in .run/upgrade and used again
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
# shellcheck source=deploy/dev/lib/common.sh
. "$HERE/lib/common.sh"
# shellcheck source=deploy/dev/lib/tools.sh
. "$HERE/lib/tools.sh"

FROM=${FROM:-}
OLD=$ROOT/.run/upgrade

# build_old: sets OLD_BINARIES to the folder of FROM's services, built from a copy of its files.
build_old() {
  local revision package
  revision=$(git -C "$ROOT" rev-parse --verify --quiet "$FROM^{commit}") || die "FROM=$FROM: there is no such revision"
  OLD_BINARIES=$OLD/$revision
  if [ -n "${KEEP:-}" ] && [ -x "$OLD_BINARIES/ws-gateway" ]; then return 0; fi
  rm -rf "$OLD/source" "$OLD_BINARIES"
  mkdir -p "$OLD/source" "$OLD_BINARIES"
  git -C "$ROOT" archive "$revision" | tar -x -C "$OLD/source"
  say "building the services of $FROM ($revision)"
  # Dependencies are shared with today's build.
  (cd "$OLD/source" && CARGO_TARGET_DIR=$(target_dir) cargo build --locked -p auth-service -p chat-api -p ws-gateway >&2) ||
    die "the services of $FROM can't be built: cargo's words above say why"
  for package in auth-service chat-api ws-gateway; do
    cp "$(target_dir)/debug/$package" "$OLD_BINARIES/$package"
    # Today's take their places again.
    touch "$ROOT/$package/src/main.rs"
  done
  rm -rf "$OLD/source"
}

end_everything() {
  local code=$?
  trap - EXIT INT TERM
  "$HERE/down.sh" --wipe || true
  exit "$code"
}

require_rust
OLD_BINARIES=
if [ -n "$FROM" ]; then
  build_old
  export CHATIRE_TEST_UPGRADE=1
fi
(cd "$ROOT" && cargo build --locked --workspace --bins --tests >&2) || die "the build failed: cargo's words above say why"
[ -e "$ROOT/web/dist/index.html" ] || "$HERE/web.sh"

# A cluster of its own, beside one that may run already.
export CHATIRE_RUN_DIR=$ROOT/.run/rolling CHATIRE_PROFILE=dev CHATIRE_SKIP_BUILD=1
export EDGE_PORT=${EDGE_PORT:-8490} PORT_BASE=${PORT_BASE:-8600} PG_PORT=${PG_PORT:-25462} AMQP_PORT=${AMQP_PORT:-25702}
export SCALE_AUTH=2 SCALE_CHAT=2 SCALE_GATEWAY=2
export CHATIRE_SETTINGS=CHATIRE__LIMITS__ENABLED=false
trap end_everything EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
CHATIRE_BINARIES=$OLD_BINARIES "$HERE/up.sh"
export CHATIRE_TEST_EDGE=127.0.0.1:$EDGE_PORT CHATIRE_TEST_ROLL=$HERE/roll.sh
cd "$ROOT"
cargo test --locked --workspace --test e2e -- --ignored --exact rolling::every_service_is_replaced_under_load_and_nobody_notices --nocapture
