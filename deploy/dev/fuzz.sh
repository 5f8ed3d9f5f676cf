#!/usr/bin/env bash
# Lets libFuzzer look for bytes that a socket or the bus' consumer can't bear: each target in turn, for SECONDS_EACH. What
# it finds is left in tests/fuzz/artifacts; inputs that reach new code are kept in .run/fuzz, beside those in tests/fuzz/corpus
# that `make test` runs.
#
#   SECONDS_EACH=600      how long each target runs
#   ONLY=socket           one target only
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
# shellcheck source=deploy/dev/lib/common.sh
. "$HERE/lib/common.sh"
# shellcheck source=deploy/dev/lib/packages.sh
. "$HERE/lib/packages.sh"
# shellcheck source=deploy/dev/lib/tools.sh
. "$HERE/lib/tools.sh"

SECONDS_EACH=${SECONDS_EACH:-600}

require_rust
require_cargo_tool cargo-fuzz 0.13.2
cd "$ROOT/tests"
for target in ${ONLY:-socket bus}; do
  found=$(absolute_dir "$ROOT/.run/fuzz/$target")
  say "fuzzing $target for $SECONDS_EACH s"
  # The compiler's switches for coverage are open to its nightly only, unless one insists. There is no unsafe code here that
  # a sanitizer could watch.
  RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer none "$target" "$found" "fuzz/corpus/$target" -- \
    -max_total_time="$SECONDS_EACH" -rss_limit_mb=1024 -timeout=10 -print_final_stats=1
done
