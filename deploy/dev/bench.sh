#!/usr/bin/env bash
# Measures Chatire beside its references: starts PostgreSQL and RabbitMQ, then the benchmark, which starts everything
# else itself. tests/load/README.md says what the figures mean.
#
#   ONLY=sends-50,reads   these workloads only
#   QUICK=1               some minutes, for trying it out: targets that are missed are only reported
#   STRICT=1              then too, they make the run red
#   GATEWAY=1             with a ws-gateway also where only sends are measured
#   PLANT=loss            a fault on the way from the gateways to the clients, which must turn the run red: loss, duplicate,
#                         delay (2 ms), or nothing, which must not
#   REPORT=PREFIX         takes the results: PREFIX.json, PREFIX.md and PREFIX.html (.run/bench/DATE)
#   PG_PORT, AMQP_PORT    ports of the private servers (25412, 25652)
#   CHATIRE_NATS_SERVER   a nats-server of your own (else Debian's, which root installs)
#   CHATIRE_SKIP_BUILD=1  takes the release binaries as they are
#
# Exits with 1 when something failed (a message was lost or doubled or came in disorder, or a workload did not come to its
# end), with 2 when nothing did and a target was missed.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
# shellcheck source=deploy/dev/lib/common.sh
. "$HERE/lib/common.sh"
# shellcheck source=deploy/dev/lib/packages.sh
. "$HERE/lib/packages.sh"
# shellcheck source=deploy/dev/lib/tools.sh
. "$HERE/lib/tools.sh"

RUN=$ROOT/.run/bench
PG_PORT=${PG_PORT:-25412}
AMQP_PORT=${AMQP_PORT:-25652}
LOAD=

# A reference of fan-out, which is measured without it where there is none.
find_nats() {
  # Debian keeps it where only root's PATH looks.
  PATH="$PATH:/usr/sbin:/usr/local/sbin"
  if [ -z "${CHATIRE_NATS_SERVER:-}" ] && offer_command nats-server nats-server; then
    CHATIRE_NATS_SERVER=$(command -v nats-server)
  fi
  if [ -z "${CHATIRE_NATS_SERVER:-}" ]; then
    say "nats-server is missing: fan-out is measured WITHOUT NATS beside it (Debian: apt-get install nats-server)"
  fi
  export CHATIRE_NATS_SERVER=${CHATIRE_NATS_SERVER:-}
}

# command_line: what makes the same run again.
command_line() {
  local name line="make bench"
  for name in ONLY QUICK STRICT GATEWAY PLANT; do
    [ -z "${!name:-}" ] || line="$line $name=${!name}"
  done
  printf '%s' "$line"
}

end_everything() {
  local code=$?
  trap - EXIT INT TERM
  set +e
  [ -z "$LOAD" ] || end_process "the benchmark" "$LOAD" 30
  "$HERE/services.sh" stop --wipe --dir "$RUN/servers" 2>/dev/null
  exit "$code"
}

[ -r /proc/self/stat ] || die "the benchmark reads CPU times from /proc: it needs Linux"
forget_settings
# Servers that are used by others too would be measured with what those do.
unset CHATIRE_POSTGRES_URL CHATIRE_AMQP_URL
REFERENCE=$ROOT/tests/load/reference
install_npm_packages "$REFERENCE"
case ",${ONLY:-fan-out}," in *,fan-out,*) find_nats ;; esac
[ -n "${CHATIRE_SKIP_BUILD:-}" ] || "$HERE/web.sh"
build_binaries release auth-service chat-api ws-gateway chatire chatire-load

mkdir -p "$RUN"
trap end_everything EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
"$HERE/services.sh" start --dir "$RUN/servers" --pg-port "$PG_PORT" --amqp-port "$AMQP_PORT"
eval "$("$HERE/services.sh" env --dir "$RUN/servers")"

arguments=()
[ -z "${ONLY:-}" ] || arguments+=(--only "$ONLY")
[ -z "${QUICK:-}" ] || arguments+=(--quick)
[ -z "${GATEWAY:-}" ] || arguments+=(--gateway)
[ -z "${STRICT:-}" ] || arguments+=(--strict)
[ -z "${PLANT:-}" ] || arguments+=(--plant "$PLANT")
export CHATIRE_BIN_DIR=$BINARIES
# In the background, since bash hears signals while it waits, but not while a command runs in the foreground.
"$BINARIES/chatire-load" --dir "$RUN/work" --report "${REPORT:-$RUN/$(date +%Y%m%d-%H%M%S)}" --reference "$REFERENCE/server.mjs" \
  --began "$(date -u '+%Y-%m-%d %H:%M UTC')" --command "$(command_line)" \
  --revision "$(git -C "$ROOT" describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)" \
  --postgres-url "$CHATIRE_POSTGRES_URL" --postgres-pid "$("$HERE/services.sh" postgres-pid --dir "$RUN/servers")" \
  --amqp-url "$CHATIRE_AMQP_URL" \
  --broker-pid "$("$HERE/services.sh" broker-pid --dir "$RUN/servers" --amqp-port "$AMQP_PORT")" \
  ${arguments[@]+"${arguments[@]}"} &
LOAD=$!
wait "$LOAD"
