#!/usr/bin/env bash
# Starts the whole cluster on this machine: PostgreSQL, RabbitMQ, the services and the edge.
#
#   SCALE_CHAT, SCALE_GATEWAY         replicas (2 and 2); SCALE_AUTH of auth-service (1)
#   EDGE_PORT, PORT_BASE              the edge's port (8080); the services' ports begin here (8100)
#   PG_PORT, AMQP_PORT                ports of the private servers (25432, 25672)
#   CHATIRE_POSTGRES_URL, CHATIRE_AMQP_URL   servers to use instead
#   CHATIRE_RUN_DIR                   state, logs and secrets (.run/up)
#   CHATIRE_SETTINGS                  more settings of all services: CHATIRE__LIMITS__ENABLED=false …
#   CHATIRE_AUTH_SETTINGS             more settings of auth-service
#   CHATIRE_PROFILE                   release or dev; CHATIRE_SKIP_BUILD=1 takes the binaries as they are,
#                                     CHATIRE_BINARIES those of that folder
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
# shellcheck source=deploy/dev/lib/common.sh
. "$HERE/lib/common.sh"
# shellcheck source=deploy/dev/lib/packages.sh
. "$HERE/lib/packages.sh"
# shellcheck source=deploy/dev/lib/tools.sh
. "$HERE/lib/tools.sh"
# shellcheck source=deploy/dev/lib/cluster.sh
. "$HERE/lib/cluster.sh"
# shellcheck source=deploy/dev/lib/launch.sh
. "$HERE/lib/launch.sh"
# shellcheck source=deploy/dev/lib/edge.sh
. "$HERE/lib/edge.sh"

runs_already() {
  local name
  [ -n "$(edge_pid)" ] || return 1
  for name in $(all_services); do
    [ -n "$(service_pid "$name")" ] || return 1
  done
}

anything_runs() {
  local name
  [ -z "$(edge_pid)" ] || return 0
  for name in $(started ''); do
    [ -z "$(service_pid "$name")" ] || return 0
  done
  return 1
}

require_free_ports() {
  local name
  require_free "$EDGE_PORT" EDGE_PORT
  for name in $(all_services); do
    require_free "$(public_port "$name")" PORT_BASE
    require_free "$(internal_port "$name")" PORT_BASE
  done
}

# make_secret NAME: 32 random bytes, made once.
make_secret() {
  local file=$RUN/secrets/$1
  mkdir -p "$RUN/secrets"
  chmod 700 "$RUN/secrets"
  [ -s "$file" ] || (umask 077 && head -c 32 /dev/urandom | base64 | tr -d '\n' >"$file")
}

start_services() {
  local name jwks auth settings chat_internals='' database_of_auth database_of_chat
  eval "$("$HERE/services.sh" env --dir "$RUN")"
  database_of_auth=$("$HERE/services.sh" create-database chatire_auth --dir "$RUN")
  database_of_chat=$("$HERE/services.sh" create-database chatire_chat --dir "$RUN")
  # Words of the form NAME=VALUE.
  settings=${CHATIRE_SETTINGS:-}
  make_secret internal_credential
  make_secret keys_secret
  mkdir -p "$RUN/pids" "$RUN/logs"

  for name in $(auth_services); do
    # shellcheck disable=SC2086 # several words
    launch "$name" auth-service CHATIRE__DATABASE__URL="$database_of_auth" \
      CHATIRE__KEYS__SECRET_FILE="$RUN/secrets/keys_secret" $settings ${CHATIRE_AUTH_SETTINGS:-}
    wait_ready "$name"
  done

  jwks="http://127.0.0.1:$(public_port auth-service)/.well-known/jwks.json"
  auth="http://127.0.0.1:$(internal_port auth-service)"
  export CHATIRE__AUTH__JWKS_URL=$jwks CHATIRE__AUTH__INTERNAL_URL=$auth
  for name in $(replicas chat-api "$SCALE_CHAT"); do
    # shellcheck disable=SC2086 # several words
    launch "$name" chat-api CHATIRE__DATABASE__URL="$database_of_chat" $settings
    chat_internals="${chat_internals:+$chat_internals,}http://127.0.0.1:$(internal_port "$name")"
  done
  for name in $(replicas chat-api "$SCALE_CHAT"); do wait_ready "$name"; done

  for name in $(replicas ws-gateway "$SCALE_GATEWAY"); do
    # shellcheck disable=SC2086 # several words
    launch "$name" ws-gateway CHATIRE__CHAT_API__INTERNAL_URLS="$chat_internals" $settings
  done
  for name in $(replicas ws-gateway "$SCALE_GATEWAY"); do wait_ready "$name"; done
}

end_what_was_started() {
  local code=$?
  trap - EXIT INT TERM
  [ "$code" = 0 ] && return
  say "starting failed: ending what was started"
  "$HERE/down.sh" || true
  exit "$code"
}

open_run
address="http://localhost:$EDGE_PORT"
if runs_already; then
  say "Chatire runs already at $address (\`make down\` ends it)"
  exit 0
fi
if anything_runs; then "$HERE/down.sh"; fi

require_nginx
[ -n "${CHATIRE_SKIP_BUILD:-}" ] || "$HERE/web.sh"
build_binaries "${CHATIRE_PROFILE:-release}" auth-service chat-api ws-gateway
BINARIES=${CHATIRE_BINARIES:-$BINARIES}
[ -e "$ROOT/web/dist/index.html" ] || die "web/dist is missing: build the web client first (deploy/dev/web.sh)"

require_free_ports
trap end_what_was_started EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
"$HERE/services.sh" start --dir "$RUN" --pg-port "$PG_PORT" --amqp-port "$AMQP_PORT"
start_services
start_edge || die "nginx did not start: its words above say why"
say "Chatire runs at $address ($SCALE_CHAT chat-api, $SCALE_GATEWAY ws-gateway; logs in $RUN/logs; \`make down\` ends it)"
