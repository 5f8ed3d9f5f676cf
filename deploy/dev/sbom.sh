#!/usr/bin/env bash
# Lists what Chatire consists of as CycloneDX documents in .run/sbom: one for each program, one for the web client.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
# shellcheck source=deploy/dev/lib/common.sh
. "$HERE/lib/common.sh"
# shellcheck source=deploy/dev/lib/packages.sh
. "$HERE/lib/packages.sh"
# shellcheck source=deploy/dev/lib/tools.sh
. "$HERE/lib/tools.sh"

CARGO_CYCLONEDX=0.5.9
OUT=$ROOT/.run/sbom

require_rust
require_node
require_cargo_tool cargo-cyclonedx "$CARGO_CYCLONEDX"
rm -rf "$OUT"
mkdir -p "$OUT"
cd "$ROOT"
# It writes beside each Cargo.toml; what is no program of ours goes again. As the images are built: with the system's libpq.
trap 'find "$ROOT" -name "*.cdx.json" -not -path "*/.run/*" -not -path "*/node_modules/*" -not -path "*/target/*" -delete' EXIT
cargo cyclonedx --quiet --format json --spec-version 1.5 --no-default-features --manifest-path Cargo.toml >&2
for program in auth-service chat-api ws-gateway; do mv "$program/$program.cdx.json" "$OUT/"; done
mv deploy/standalone/chatire.cdx.json "$OUT/"
(cd web && npm sbom --package-lock-only --omit dev --sbom-format cyclonedx --sbom-type application) >"$OUT/web.cdx.json"
for file in "$OUT"/*.cdx.json; do node "$HERE/lib/count-components.mjs" "$file" || die "$file is no list of components"; done
