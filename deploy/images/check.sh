#!/usr/bin/env bash
# Builds the images and starts each of them, as hardened as compose.yaml does, in front of a PostgreSQL and a RabbitMQ that
# are reached with TLS only. Needs Linux; everything listens on the loopback interface.
#
#   PORT_BASE              its ports begin here (27000); it takes a hundred
#   CHATIRE_SKIP_BUILD=1   takes the images as they are
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
# shellcheck source=deploy/dev/lib/common.sh
. "$ROOT/deploy/dev/lib/common.sh"
# shellcheck source=deploy/dev/lib/packages.sh
. "$ROOT/deploy/dev/lib/packages.sh"
# shellcheck source=deploy/images/engine.sh
. "$HERE/engine.sh"
# shellcheck source=deploy/images/tls.sh
. "$HERE/tls.sh"

RUN=$ROOT/.run/images
TLS=$RUN/tls
SECRETS=$RUN/secrets
BASE=${PORT_BASE:-27000}
PG_PORT=$((BASE + 90)) AMQP_PORT=$((BASE + 91))
PASSED=0
NAMES=()

passed() {
  say "ok: $*"
  PASSED=$((PASSED + 1))
}

# A container's name here.
named() { printf 'chatire-check-%s' "$1"; }

# start NAME TARGET ARGUMENT...: a container with nothing that it does not need. Options of `run` come before --, the
# program's own behind it.
start() {
  local name=$1 target=$2 options=()
  shift 2
  while [ $# -gt 0 ] && [ "$1" != -- ]; do options+=("$1") && shift; done
  [ $# -eq 0 ] || shift
  NAMES+=("$name")
  engine rm --force --volumes "$(named "$name")" >/dev/null 2>&1 || true
  # No more open files than this machine allows.
  engine run ${RUN_OPTIONS[@]+"${RUN_OPTIONS[@]}"} --detach --name "$(named "$name")" --network host --read-only \
    --cap-drop ALL --security-opt no-new-privileges --ulimit "nofile=$(ulimit -Hn):$(ulimit -Hn)" \
    --ulimit "nproc=4096:4096" ${options[@]+"${options[@]}"} "$(image "$target")" "$@" >/dev/null ||
    die "$name can't be started: the words above say why"
}

# start_service NAME TARGET NUMBER OPTION...: with its listeners on BASE + NUMBER and 10 above.
start_service() {
  local name=$1 target=$2 number=$3
  shift 3
  start "$name" "$target" --env "CHATIRE__LISTEN__PUBLIC=127.0.0.1:$((BASE + number))" \
    --env "CHATIRE__LISTEN__INTERNAL=127.0.0.1:$((BASE + number + 10))" --env CHATIRE__LISTEN__TRUSTED_PROXIES=127.0.0.1 \
    --env "CHATIRE__PUBLIC_URL=http://localhost:$((BASE + 4))" --volume "$TLS:/tls:ro" "$@"
}

# in_cluster: options that all services of the cluster share.
in_cluster() {
  printf '%s\n' --env "CHATIRE__BUS__URL=amqps://chatire:$(cat "$SECRETS/rabbitmq_password")@localhost:$((AMQP_PORT + 1))/%2f" --env "SSL_CERT_FILE=/tls/${1:-ca}.pem" \
    --env "CHATIRE__INTERNAL__CREDENTIAL=$(cat "$SECRETS/internal_credential")"
}

asks_auth() {
  printf '%s\n' --env "CHATIRE__AUTH__JWKS_URL=http://127.0.0.1:$((BASE + 1))/.well-known/jwks.json" \
    --env "CHATIRE__AUTH__INTERNAL_URL=http://127.0.0.1:$((BASE + 11))"
}

# database auth|chat AUTHORITY: options that name it, with a server that proves who it is.
database() {
  local login
  login="chatire_$1:$(cat "$SECRETS/$1_database_password")"
  printf '%s\n' --env \
    "CHATIRE__DATABASE__URL=postgres://$login@localhost:$PG_PORT/chatire_$1?sslmode=verify-full&sslrootcert=/tls/${2:-ca}.pem"
}

# start_auth NAME NUMBER AUTHORITY: with this one's word for who the database is.
start_auth() {
  # shellcheck disable=SC2046 # several words
  start_service "$1" auth-service "$2" $(in_cluster) $(database auth "$3") \
    --env CHATIRE__KEYS__SECRET="$(cat "$SECRETS/keys_secret")"
}

# is_well NAME PORT: alive, ready, and well in the eyes of its own health check.
is_well() {
  local name=$1 port=$2 path
  shift 2
  for path in "${@:-/healthz}"; do
    wait_until 60 answers_200 "$port" "$path" || {
      log_of "$name" | tail -n 20 >&2
      die "$name does not answer $path with 200: its log above says why"
    }
  done
  if [ "$ENGINE" = podman ]; then
    engine healthcheck run "$(named "$name")" >/dev/null || die "$name fails its own health check"
  else
    wait_until 60 says_healthy "$name" || die "$name fails its own health check"
  fi
  passed "$name answers ${*:-/healthz}, and its health check passes"
}

says_healthy() { [ "$(docker inspect --format '{{.State.Health.Status}}' "$(named "$1")")" = healthy ]; }

log_of() { engine logs "$(named "$1")" 2>&1; }

says() { log_of "$1" | grep -qE "$2"; }

# ends NAME: within the time that Docker gives by default, and well.
ends() {
  local code
  engine stop --time 20 "$(named "$1")" >/dev/null
  code=$(engine inspect --format '{{.State.ExitCode}}' "$(named "$1")")
  [ "$code" = 0 ] || die "$1 ended with $code when it was asked to end"
  passed "$1 ends when it is asked to"
}

# is_bare TARGET: neither root nor a shell.
is_bare() {
  local user root files
  user=$(engine inspect --format '{{.Config.User}}' "$(image "$1")")
  [ "$user" = 10001:10001 ] || die "the image of $1 runs as \"$user\""
  root=$(engine create "$(image "$1")")
  files=$(engine export "$root" | tar -t)
  engine rm "$root" >/dev/null
  if printf '%s\n' "$files" | grep -E '(^|/)(sh|bash|dash|busybox|apt|dpkg|perl|curl|wget)$'; then
    die "the image of $1 has what is named above"
  fi
  passed "the image of $1 has no root, no shell and no package manager"
}

# write_edge_settings FOLDER: the image's own, on ports of this check and in front of its services.
write_edge_settings() {
  mkdir -p "$1"
  sed "s/listen 8090/listen 127.0.0.1:$((BASE + 14))/" "$ROOT/deploy/edge/nginx.conf" >"$1/nginx.conf"
  sed "s/listen 8080/listen 127.0.0.1:$((BASE + 4))/" "$ROOT/deploy/edge/sites/plain.conf" >"$1/plain.conf"
  sed -e "s/listen 8080/listen 127.0.0.1:$((BASE + 4))/" -e "s/listen 8443/listen 127.0.0.1:$((BASE + 5))/" \
    "$ROOT/deploy/edge/tls.conf" >"$1/tls.conf"
  sed -e "s/auth-service:8101/127.0.0.1:$((BASE + 1))/" -e "s/chat-api:8102/127.0.0.1:$((BASE + 2))/" \
    -e "s/ws-gateway:8103/127.0.0.1:$((BASE + 3))/" "$ROOT/deploy/edge/services.conf" >"$1/services.conf"
}

# start_edge SITE
start_edge() {
  local to=/etc/nginx
  start edge edge --tmpfs /tmp --env "CHATIRE__LISTEN__INTERNAL=127.0.0.1:$((BASE + 14))" --volume "$TLS:$to/tls:ro" \
    --volume "$RUN/edge/nginx.conf:$to/nginx.conf:ro" \
    --volume "$RUN/edge/$1.conf:$to/chatire/sites/plain.conf:ro" \
    --volume "$RUN/edge/services.conf:$to/chatire/services.conf:ro" -- -g 'worker_shutdown_timeout 5s;'
}

end_everything() {
  local code=$? name
  trap - EXIT INT TERM
  set +e
  for name in ${NAMES[@]+"${NAMES[@]}"}; do
    if [ "$code" != 0 ]; then log_of "$name" >"$RUN/$name.log"; fi
    engine rm --force --volumes "$(named "$name")" >/dev/null 2>&1
  done
  "$ROOT/deploy/dev/services.sh" stop --wipe --dir "$RUN" 2>/dev/null
  exit "$code"
}

check_standalone() {
  start_service standalone standalone 6
  is_well standalone "$((BASE + 16))" /healthz /readyz
  answers_200 "$((BASE + 6))" / || die "standalone serves no web client"
  passed "standalone serves the web client"
  ends standalone
}

check_cluster() {
  start_auth auth-service 1 ca
  is_well auth-service "$((BASE + 11))" /healthz /readyz
  # shellcheck disable=SC2046 # several words
  start_service chat-api chat-api 2 $(in_cluster) $(asks_auth) $(database chat)
  is_well chat-api "$((BASE + 12))" /healthz /readyz
  # shellcheck disable=SC2046
  start_service ws-gateway ws-gateway 3 $(in_cluster) $(asks_auth) \
    --env "CHATIRE__CHAT_API__INTERNAL_URLS=http://127.0.0.1:$((BASE + 12))"
  is_well ws-gateway "$((BASE + 13))" /healthz /readyz
  [ "$(sql "SELECT count(*) > 0 AND bool_and(ssl) FROM pg_stat_activity JOIN pg_stat_ssl USING (pid)
    WHERE datname LIKE 'chatire\\_%'")" = t ] || die "PostgreSQL has connections without TLS"
  passed "all connections to PostgreSQL are encrypted, and its certificate was proved"
}

check_edge() {
  write_edge_settings "$RUN/edge"
  start_edge plain
  is_well edge "$((BASE + 14))"
  python3 "$ROOT/tests/edge/check.py" "http://127.0.0.1:$((BASE + 4))" --encoding br
  passed "the edge keeps what it promises"
  ends edge
  start_edge tls
  is_well edge "$((BASE + 14))"
  python3 "$ROOT/tests/edge/check.py" "https://localhost:$((BASE + 5))" --encoding br --tls-ca "$TLS/ca.pem"
  passed "the edge keeps it with TLS"
}

# Servers that can't prove who they are get nothing: neither the database's password nor the broker's.
check_strangers() {
  start_auth no-database 7 stranger
  wait_until 30 says no-database 'certificate verify failed' || die "a PostgreSQL of a stranger is believed"
  passed "a PostgreSQL whose certificate nobody vouches for is refused"
  # shellcheck disable=SC2046 # several words
  start_service no-broker ws-gateway 8 $(in_cluster stranger) $(asks_auth) \
    --env "CHATIRE__CHAT_API__INTERNAL_URLS=http://127.0.0.1:$((BASE + 12))"
  wait_until 30 says no-broker '(UnknownIssuer|invalid peer certificate)' || die "a RabbitMQ of a stranger is believed"
  passed "a RabbitMQ whose certificate nobody vouches for is refused"
}

require_engine
[ "$(uname)" = Linux ] || die "the check needs Linux: its containers share this machine's network"
require_command python3 python3 "install it"
[ -n "${CHATIRE_SKIP_BUILD:-}" ] || "$HERE/build.sh"
mkdir -p "$RUN"
trap end_everything EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
make_certificates "$TLS"
rm -rf "$SECRETS"
"$ROOT/deploy/make-secrets.sh" "$SECRETS" >/dev/null
"$ROOT/deploy/dev/services.sh" stop --wipe --dir "$RUN" 2>/dev/null
for target in $TARGETS; do is_bare "$target"; done
check_standalone
start_tls_servers "$RUN" "$TLS" "$SECRETS" "$PG_PORT" "$AMQP_PORT"
check_cluster
check_edge
check_strangers
for name in edge ws-gateway chat-api auth-service; do ends "$name"; done
say ''
for target in $TARGETS; do
  printf '%-16s %s MB\n' "$target" "$(($(engine image inspect --format '{{.Size}}' "$(image "$target")") / 1000000))"
done
printf '\nimages: %s passed, 0 failed\n' "$PASSED"
