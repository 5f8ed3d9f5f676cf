#!/usr/bin/env bash
# Looks at everything that we depend on: licences and sources (deny.toml, and the same licences for npm), and known holes where
# the registries tell them.
#
#   CHATIRE_OFFLINE=1   without asking anybody for known holes: said so, and no failure
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
# shellcheck source=deploy/dev/lib/common.sh
. "$HERE/lib/common.sh"
# shellcheck source=deploy/dev/lib/packages.sh
. "$HERE/lib/packages.sh"
# shellcheck source=deploy/dev/lib/tools.sh
. "$HERE/lib/tools.sh"

CARGO_DENY=0.20.2
FAILED=0 UNKNOWN=0

failed() {
  say "FAILED: $*"
  FAILED=$((FAILED + 1))
}

unknown() {
  say "NOT KNOWN: $*"
  UNKNOWN=$((UNKNOWN + 1))
}

# check_rust WHAT...: with cargo-deny.
check_rust() {
  say "=== Rust: $*"
  cargo deny --locked check "$@" >&2 || failed "Rust: $*"
}

# The list of known holes is a repository of its own, which not every network lets one fetch.
check_rust_holes() {
  local log=$ROOT/.run/advisories.log
  say "=== Rust: known holes"
  if cargo deny --locked fetch db >"$log" 2>&1; then
    check_rust advisories
  else
    tail -n 3 "$log" >&2
    unknown "holes in Rust crates: the RustSec database can't be fetched here"
  fi
}

# npm_folders: everything with a lock file of its own.
npm_folders() { (cd "$ROOT" && git ls-files '*package-lock.json' | xargs -n 1 dirname); }

check_npm_holes() {
  local folder report=$ROOT/.run/npm-audit.json
  for folder in $(npm_folders); do
    say "=== npm: known holes ($folder)"
    (cd "$ROOT/$folder" && npm audit --package-lock-only --json >"$report" 2>/dev/null) || true
    case "$(node "$HERE/lib/npm-report.mjs" "$report")" in
      clean) say "none" ;;
      unanswered) unknown "holes in npm packages of $folder: the registry does not tell" ;;
      *) failed "npm packages of $folder: npm audit in that folder tells more" ;;
    esac
  done
}

check_npm_licences() {
  local folder
  for folder in $(npm_folders); do
    say "=== npm: licences and sources ($folder)"
    node "$HERE/lib/npm-licences.mjs" "$ROOT/$folder" "$ROOT/deny.toml" >&2 || failed "npm: licences or sources of $folder"
  done
}

require_rust
require_node
mkdir -p "$ROOT/.run"
cd "$ROOT"
require_cargo_tool cargo-deny "$CARGO_DENY"
check_rust licenses bans sources
check_npm_licences
if [ -n "${CHATIRE_OFFLINE:-}" ]; then
  unknown "holes of any package: CHATIRE_OFFLINE is set"
else
  check_rust_holes
  check_npm_holes
fi
say ""
say "audit: $FAILED failed, $UNKNOWN not known"
[ "$FAILED" = 0 ]
