# shellcheck shell=bash
# The parts of a test run: each is run on its own, timed, logged and accounted for.

PART_NAMES=() PART_RESULTS=() PART_SECONDS=() PART_NOTES=()

# What a part ends with (`exit`) when this machine can't run it.
NOT_COVERED=77

# not_covered WHY: inside a part.
not_covered() {
  printf 'not covered: %s\n' "$*"
  exit "$NOT_COVERED"
}

record() {
  PART_NAMES+=("$1") PART_RESULTS+=("$2") PART_SECONDS+=("$3") PART_NOTES+=("$4")
}

# result_of PART: its result, or nothing.
result_of() {
  local i
  for i in ${PART_NAMES[@]+"${!PART_NAMES[@]}"}; do
    if [ "${PART_NAMES[$i]}" = "$1" ]; then printf '%s' "${PART_RESULTS[$i]}"; fi
  done
}

# tests_in LOG: how many tests the runners say they ran: nextest, cargo test, vitest, or "N passed, N failed".
tests_in() {
  sed $'s/\x1b\\[[0-9;]*m//g' "$1" | awk '
    function add(pattern) {
      if (match($0, pattern)) count += substr($0, RSTART, RLENGTH) + 0
    }
    /^ *Summary \[/                       { add("[0-9]+ tests? run"); next }
    /^test result: /                      { add("[0-9]+ passed"); add("[0-9]+ failed"); next }
    /^ *Tests  +[0-9]/                    { add("[0-9]+ passed"); add("[0-9]+ failed"); next }
    /^([a-z]+: )?[0-9]+ passed, [0-9]+ failed/ { add("[0-9]+ passed"); add("[0-9]+ failed") }
    END { print count + 0 }
  '
}

# run_part NAME tests|checks NEEDED-PARTS FUNCTION: FUNCTION runs in a shell of its own. With "tests", running none is
# a failure too.
run_part() {
  local name=$1 kind=$2 needs=$3 function=$4 log=$LOGS/$1.log began=$SECONDS code count need
  if ! is_selected "$name"; then
    record "$name" "left out" 0 "by ONLY=$ONLY"
    return 0
  fi
  for need in $needs; do
    case "$(result_of "$need")" in
      passed | 'left out' | '') ;;
      *)
        record "$name" "not covered" 0 "$need did not pass"
        return 0
        ;;
    esac
  done
  say ""
  say "=== $name"
  rm -f "$log.code"
  # In the background, since bash hears signals while it waits, but not while a command runs in the foreground.
  (
    trap 'echo "$?" >"$log.code"' EXIT
    set -e
    "$function"
  ) </dev/null 2>&1 | tee "$log" &
  wait "$!" || true
  code=$(cat "$log.code" 2>/dev/null || echo 1)
  case "$code" in
    0)
      count=$(tests_in "$log")
      if [ "$kind" = checks ]; then
        record "$name" passed "$((SECONDS - began))" ""
      elif [ "$count" -gt 0 ]; then
        record "$name" passed "$((SECONDS - began))" "$count tests"
      else
        record "$name" failed "$((SECONDS - began))" "it ran no test"
      fi
      ;;
    "$NOT_COVERED")
      record "$name" "not covered" "$((SECONDS - began))" "$(sed -n 's/^not covered: //p' "$log" | tail -n 1)"
      ;;
    *) record "$name" failed "$((SECONDS - began))" "see $log" ;;
  esac
  say "=== $name: $(result_of "$name") ($((SECONDS - began)) s)"
}

# descendants PID: the pids of everything below that process.
descendants() {
  ps -A -o pid= -o ppid= | awk -v root="$1" '
    { parent[$1] = $2 }
    END {
      found[root] = 1
      do {
        more = 0
        for (pid in parent) if (!(pid in found) && (parent[pid] in found)) { found[pid] = 1; more = 1 }
      } while (more)
      for (pid in found) if (pid != root) print pid
    }
  '
}

# end_descendants: everything that this shell started and that is still its own.
end_descendants() {
  local pid all
  all=$(descendants "$$")
  for pid in $all; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in $all; do end_process "a part" "$pid" 60; done
}

# summary: the table; fails unless every part that was asked for passed.
summary() {
  local i passed=0 bad=0 left_out=0
  printf '\n%-20s %-12s %8s  %s\n' part result seconds ''
  for i in ${PART_NAMES[@]+"${!PART_NAMES[@]}"}; do
    printf '%-20s %-12s %8s  %s\n' "${PART_NAMES[$i]}" "${PART_RESULTS[$i]}" "${PART_SECONDS[$i]}" "${PART_NOTES[$i]}"
    case "${PART_RESULTS[$i]}" in
      passed) passed=$((passed + 1)) ;;
      'left out') left_out=$((left_out + 1)) ;;
      *) bad=$((bad + 1)) ;;
    esac
  done
  printf '\nparts: %s passed, %s failed, %s skipped\n' "$passed" "$bad" "$left_out"
  [ "$bad" = 0 ] && [ "$passed" -gt 0 ]
}
