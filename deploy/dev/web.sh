#!/usr/bin/env bash
# Builds the web client into web/dist, unless what is there is newer than everything it is made from.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
# shellcheck source=deploy/dev/lib/common.sh
. "$HERE/lib/common.sh"
# shellcheck source=deploy/dev/lib/packages.sh
. "$HERE/lib/packages.sh"
# shellcheck source=deploy/dev/lib/tools.sh
. "$HERE/lib/tools.sh"

cd "$ROOT/web"

dist_is_stale() {
  [ ! -e dist/index.html ] ||
    [ -n "$(find . \( -path ./node_modules -o -path ./dist -o -path ./coverage \) -prune -o \
      -type f -newer dist/index.html -print | head -n 1)" ]
}

dist_is_stale || exit 0
install_npm_packages "$ROOT/web"
say "building the web client"
npm run build >&2 || die "the web client's build failed: its words above say why"
[ -e dist/index.html ] || die "the web client's build left no web/dist/index.html"
# Not every build tool gives its output the time of the build.
touch dist/index.html
