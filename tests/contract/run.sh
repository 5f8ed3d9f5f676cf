#!/usr/bin/env bash
# Holds the answers of a running server against the OpenAPI documents that it serves:
#     tests/contract/run.sh http://localhost:8000 /api/openapi.json…
# SCHEMATHESIS names the program, when it is not in the PATH. Everything made on the server stays there.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SCHEMATHESIS=${SCHEMATHESIS:-schemathesis}

# check NAME DOCUMENT ARGUMENT...: asks for everything that the document names, in a folder of its own.
check() {
  local name=$1 document=$2
  shift 2
  mkdir "$name"
  (cd "$name" && "$SCHEMATHESIS" --config-file "$HERE/schemathesis.toml" run "$BASE_URL$document" "$@") >"$name/output" 2>&1
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
number=0
for document in "$@"; do
  number=$((number + 1))
  echo "asking for everything in $document, of anything and of what is there"
  # Side by side: each is one thread, which waits for answers for half of its time. Little of "anything" is there:
  # warnings about that say nothing new.
  check "anything-$number" "$document" --warnings off &
  anything=$!
  SCENES=1 check "scenes-$number" "$document" || failed=$((failed + 1))
  wait "$anything" || failed=$((failed + 1))
  echo "=== $document, of anything"
  cat "anything-$number/output"
  echo "=== $document, of what is there"
  cat "scenes-$number/output"
  for output in "anything-$number/output" "scenes-$number/output"; do
    count=$((count + $(sed -n 's/^ *\([0-9]*\) generated.*/\1/p' "$output")))
  done
done
echo "contract: $count passed, $failed failed"
[ "$failed" = 0 ]
