#!/usr/bin/env bash
# Builds everything into the one standalone binary and becomes it.
# PORT and DATA choose the port and the data folder.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
# shellcheck source=deploy/dev/lib/common.sh
. "$HERE/lib/common.sh"
# shellcheck source=deploy/dev/lib/packages.sh
. "$HERE/lib/packages.sh"
# shellcheck source=deploy/dev/lib/tools.sh
. "$HERE/lib/tools.sh"

if [ -z "${CHATIRE_SKIP_BUILD:-}" ]; then "$HERE/web.sh"; fi
build_binaries "${CHATIRE_PROFILE:-release}" chatire

if [ -n "${PORT:-}" ]; then
  export CHATIRE__LISTEN__PUBLIC="127.0.0.1:$PORT"
  export CHATIRE__PUBLIC_URL="http://localhost:$PORT"
fi
if [ -n "${DATA:-}" ]; then export CHATIRE__DATA="$DATA"; fi
cd "$ROOT"
exec "$BINARIES/chatire"
