#!/usr/bin/env bash
# Holds the answers of a running server against the OpenAPI documents that it serves:
#     tests/contract/run.sh http://localhost:8000 /api/openapi.json…
# SCHEMATHESIS names the program, when it is not in the PATH. Everything made on the server stays there.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SCHEMATHESIS=${SCHEMATHESIS:-schemathesis}

# check DOCUMENT ARGUMENT...: asks for everything that the document names.
check() {
  local document=$1
  shift
  "$SCHEMATHESIS" --config-file "$HERE/schemathesis.toml" run "$BASE_URL$document" "$@" | tee output || return 1
  count=$((count + $(sed -n 's/^ *\([0-9]*\) generated.*/\1/p' output)))
}

[ "$#" -ge 2 ] || {
  echo "usage: run.sh <address of a running server> <path of a document>..." >&2
  exit 2
}
export BASE_URL=$1 PYTHONPATH=$HERE PYTHONDONTWRITEBYTECODE=1
shift
# Hypothesis keeps what it has learned in the folder it runs in.
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT
cd "$SCRATCH"
count=0
failed=0
for document in "$@"; do
  echo "=== $document, of anything"
  # Little of it is there: warnings about that say nothing new.
  check "$document" --warnings off || failed=$((failed + 1))
  echo "=== $document, of what is there"
  SCENES=1 check "$document" || failed=$((failed + 1))
done
echo "contract: $count passed, $failed failed"
[ "$failed" = 0 ]
