#!/usr/bin/env bash
# Counts the instructions of the hot paths under valgrind, and fails when one of them needs 5 % more than what
# tests/instructions says. Seconds are noisy where others run too; instructions are not. tests/instructions/README.md says
# more.
#
#   WRITE_BOUNDS=1        what is counted becomes the bounds
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
# shellcheck source=deploy/dev/lib/common.sh
. "$HERE/lib/common.sh"
# shellcheck source=deploy/dev/lib/packages.sh
. "$HERE/lib/packages.sh"
# shellcheck source=deploy/dev/lib/tools.sh
. "$HERE/lib/tools.sh"

# Percent above the bound that are no failure.
TOLERANCE=5
# Where the hot paths are, and what they call of ours.
COUNTED="service-kit ws-gateway chat-api"
OPTIMISED="shared-proto $COUNTED"
BOUNDS=$ROOT/tests/instructions/$(uname -m).txt
OUT=$ROOT/.run/instructions

# build: prints the unit tests' programs. Of all that `make test` builds, only our own crates are built again, optimised:
# what a debug build of them needs says little. What we depend on stays as the other parts have built it.
build() {
  local crate arguments=()
  for crate in $COUNTED; do arguments+=(--package "$crate"); done
  for crate in $OPTIMISED; do
    arguments+=(--config "profile.dev.package.$crate.opt-level=2" --config "profile.dev.package.$crate.codegen-units=4")
    arguments+=(--config "profile.dev.package.$crate.debug=false")
  done
  # How code is cut up for incremental builds changes what is inlined.
  CARGO_INCREMENTAL=0 cargo test --locked --lib --no-run --message-format=json-render-diagnostics "${arguments[@]}" |
    sed -n 's/.*"executable":"\([^"]*\)".*/\1/p'
}

# count PROGRAM: "NAME INSTRUCTIONS" of each of its functions that are called counted_…, with all that they call.
count() {
  local out=$OUT/${1##*/}
  # What the C library copies memory with depends on the processor, unless it is told.
  GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-AVX_Fast_Unaligned_Load,-ERMS,-FSRM \
    valgrind --tool=callgrind --callgrind-out-file="$out.callgrind" "$1" instructions:: --test-threads=1 >"$out.log" 2>&1 ||
    { cat "$out.log" >&2 && die "the program to be counted failed"; }
  callgrind_annotate --inclusive=yes --threshold=100 "$out.callgrind" |
    sed -n 's/^ *\([0-9,]*\) .*[:.]counted_\([a-z0-9_]*\).*/\2 \1/p' | tr -d , | sort -u -k 1,1
}

# compare COUNTS: a line for each, and how many are within their bounds; fails unless all are.
compare() {
  awk -v tolerance="$TOLERANCE" '
    NR == FNR { if ($1 != "#" && NF == 2) bound[$1] = $2; next }
    {
      counted[$1] = 1
      if (!($1 in bound)) { printf "%-44s %12d  has no bound\n", $1, $2; failed++; next }
      change = ($2 / bound[$1] - 1) * 100
      verdict = change > tolerance ? "TOO MANY" : change < -tolerance ? "fewer: lower the bound" : ""
      printf "%-44s %12d %12d %+7.2f %%  %s\n", $1, $2, bound[$1], change, verdict
      if (change > tolerance) failed++; else passed++
    }
    END {
      for (name in bound) if (!(name in counted)) { printf "%-44s was not counted\n", name; failed++ }
      printf "%d passed, %d failed\n", passed, failed
      exit failed > 0 || passed == 0
    }
  ' "$BOUNDS" "$1"
}

require_rust
require_command valgrind valgrind "install it (Debian: apt-get install valgrind)"
cd "$ROOT"
rm -rf "$OUT"
mkdir -p "$OUT"
compiler=$(rustc --version)
build >"$OUT/programs" || die "the build failed: cargo's words above say why"
while read -r program; do count "$program"; done <"$OUT/programs" >"$OUT/counts"
if [ -n "${WRITE_BOUNDS:-}" ]; then
  {
    printf '# Instructions of each hot path; deploy/dev/instructions.sh allows %s %% more. Written by WRITE_BOUNDS=1 with\n' "$TOLERANCE"
    printf '# %s\n' "$compiler"
    cat "$OUT/counts"
  } >"$BOUNDS"
fi
[ -e "$BOUNDS" ] || die "there are no bounds for this processor: WRITE_BOUNDS=1 writes $BOUNDS"
if ! compare "$OUT/counts"; then
  grep -qF "# $compiler" "$BOUNDS" ||
    say "the bounds were written with another compiler than $compiler: on the commit before yours, does it count as many?"
  die "a hot path needs more instructions than it did. What it calls: callgrind_annotate --inclusive=yes" \
    "$OUT/*.callgrind. When it is worth it: WRITE_BOUNDS=1 deploy/dev/instructions.sh"
fi
