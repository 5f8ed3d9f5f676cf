# shellcheck shell=bash
# The state of one cluster on this machine, shared by up.sh and down.sh.
#
# RUN (CHATIRE_RUN_DIR, by default .run/up) holds pids/NAME.pid, logs/NAME.log, secrets/ and the edge's settings.

# open_run: sets RUN, SERVICES_DIR and the ports.
open_run() {
  RUN=$(absolute_dir "${CHATIRE_RUN_DIR:-$ROOT/.run/up}")
  PORT_BASE=${PORT_BASE:-8100}
  EDGE_PORT=${EDGE_PORT:-8080}
  PG_PORT=${PG_PORT:-25432}
  AMQP_PORT=${AMQP_PORT:-25672}
  SCALE_CHAT=${SCALE_CHAT:-2}
  SCALE_GATEWAY=${SCALE_GATEWAY:-2}
  SCALE_AUTH=${SCALE_AUTH:-1}
  check_port "$EDGE_PORT"
  check_port "$PORT_BASE"
  check_port "$((PORT_BASE + 99))"
  check_scale SCALE_CHAT "$SCALE_CHAT"
  check_scale SCALE_GATEWAY "$SCALE_GATEWAY"
  case "$SCALE_AUTH" in [1-9]) ;; *) die "SCALE_AUTH is \"$SCALE_AUTH\": give a number from 1 to 9" ;; esac
}

check_scale() {
  case "$2" in
    [1-9] | 1[0-9]) ;;
    *) die "$1 is \"$2\": give a number from 1 to 19" ;;
  esac
}

# Ports from PORT_BASE on: auth-service +1 to +9, chat-api +11 to +29, ws-gateway +31 to +49; internal listeners 50 above.
public_port() {
  case "$1" in
    auth-service) printf '%s' "$((PORT_BASE + 1))" ;;
    auth-service-*) printf '%s' "$((PORT_BASE + ${1##*-}))" ;;
    chat-api-*) printf '%s' "$((PORT_BASE + 10 + ${1##*-}))" ;;
    ws-gateway-*) printf '%s' "$((PORT_BASE + 30 + ${1##*-}))" ;;
  esac
}

internal_port() { printf '%s' "$(($(public_port "$1") + 50))"; }

# replicas SERVICE COUNT: SERVICE-1 SERVICE-2 …
replicas() {
  local n
  for n in $(seq 1 "$2"); do printf '%s-%s\n' "$1" "$n"; done
}

# auth_services: the first one, whom the other services ask, and its replicas.
auth_services() { replicas auth-service "$SCALE_AUTH" | sed 's/^auth-service-1$/auth-service/'; }

all_services() {
  auth_services
  replicas chat-api "$SCALE_CHAT"
  replicas ws-gateway "$SCALE_GATEWAY"
}

# started SERVICE: the names under which it was started here, replicas or not.
started() {
  local file
  for file in "$RUN/pids/$1"*.pid; do
    if [ -e "$file" ]; then basename "$file" .pid; fi
  done
}

# service_pid NAME: the pid while it runs, or nothing.
service_pid() {
  local pid binary=$1
  # A replica's name ends in its number, the binary's does not.
  case "$1" in *-[0-9]*) binary=${1%-*} ;; esac
  pid=$(pid_in "$RUN/pids/$1.pid")
  if runs_as "$pid" "/$binary"; then printf '%s' "$pid"; fi
}

edge_pid() {
  local pid
  pid=$(pid_in "$RUN/edge.pid")
  if runs_as "$pid" nginx; then printf '%s' "$pid"; fi
}
