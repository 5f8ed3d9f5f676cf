#!/usr/bin/env bash
# PostgreSQL and RabbitMQ for development and tests, on the loopback interface.
#
# Servers named by CHATIRE_POSTGRES_URL and CHATIRE_AMQP_URL are used as they are. What is not named is started:
# in Docker if an engine answers, else from installed packages (on Debian, root installs them).
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/dev/lib/common.sh
. "$HERE/lib/common.sh"
# shellcheck source=deploy/dev/lib/packages.sh
. "$HERE/lib/packages.sh"
# shellcheck source=deploy/dev/lib/data.sh
. "$HERE/lib/data.sh"
# shellcheck source=deploy/dev/lib/postgres.sh
. "$HERE/lib/postgres.sh"
# shellcheck source=deploy/dev/lib/broker.sh
. "$HERE/lib/broker.sh"
# shellcheck source=deploy/dev/lib/docker.sh
. "$HERE/lib/docker.sh"

usage() {
  cat <<'END'
usage: services.sh COMMAND --dir DIR [options]

  start [--pg-port P] [--amqp-port P]   start both and wait until they answer; again is harmless
        [--postgres-only]               the one alone, for those who have a broker of their own
  stop [--wipe]                         end everything started for DIR; --wipe deletes its data too
  env                                   print the servers' URLs as lines for `eval`
  create-database NAME                  make the database unless it is there, print its URL

  postgres-pid                          print the server's process id, if it was started here

One broker alone, for tests that break it (its data folder stays until `stop --wipe`):
  broker-start|broker-stop|broker-kill|broker-pid --amqp-port P
  broker-replace --amqp-port P          end it at once, and start an empty one in its place

DIR keeps the state. Ports by default: PostgreSQL 25432, RabbitMQ 25672.
END
}

# choose_way postgres|rabbitmq|both: sets WAY, once for a folder: data made in one way can't be read in the other.
choose_way() {
  WAY=
  if [ -s "$DATA/way" ]; then
    WAY=$(cat "$DATA/way")
  elif docker_answers; then
    WAY=docker
  else
    WAY=packages
  fi
  if [ "$WAY" = packages ]; then require_packages "$1"; fi
  echo "$WAY" >"$DATA/way"
}

require_packages() {
  local missing=()
  case "$1" in postgres | both) find_postgres || missing+=(postgresql) ;; esac
  case "$1" in rabbitmq | both) find_rabbitmq || missing+=(rabbitmq-server) ;; esac
  [ "${#missing[@]}" -gt 0 ] || return 0
  if can_install && install_packages "${missing[@]}"; then
    case "$1" in postgres | both) find_postgres || die "postgresql is installed, but its initdb is not found" ;; esac
    case "$1" in rabbitmq | both) find_rabbitmq || die "rabbitmq-server is installed, but not found" ;; esac
    return 0
  fi
  die "no way to run ${missing[*]} here. Start Docker, or install ${missing[*]} (Debian: apt-get install" \
    "${missing[*]}), or name running servers with CHATIRE_POSTGRES_URL and CHATIRE_AMQP_URL"
}

start() {
  local postgres=${CHATIRE_POSTGRES_URL:-} amqp=${CHATIRE_AMQP_URL:-} needed=
  open_data "$DIR"
  [ -n "$postgres" ] || needed=postgres
  if [ -z "$amqp" ] && [ -z "$POSTGRES_ONLY" ]; then
    if [ -n "$needed" ]; then needed=both; else needed=rabbitmq; fi
  fi
  [ -z "$needed" ] || choose_way "$needed"
  if [ -n "$postgres" ]; then
    say "using the PostgreSQL that CHATIRE_POSTGRES_URL names"
  else
    if [ "$WAY" = docker ]; then docker_postgres_start "$PG_PORT"; else postgres_start "$PG_PORT"; fi
    postgres="postgres://chatire@127.0.0.1:$PG_PORT/postgres"
  fi
  if [ -n "$POSTGRES_ONLY" ]; then
    amqp=
  elif [ -n "$amqp" ]; then
    say "using the RabbitMQ that CHATIRE_AMQP_URL names"
  else
    if [ "$WAY" = docker ]; then docker_broker_start "$AMQP_PORT"; else broker_start "$AMQP_PORT"; fi
    amqp="amqp://guest:guest@127.0.0.1:$AMQP_PORT/%2f"
  fi
  printf 'export CHATIRE_POSTGRES_URL=%q\nexport CHATIRE_AMQP_URL=%q\n' "$postgres" "$amqp" >"$DATA/env"
}

stop() {
  local port
  if ! has_data "$DIR"; then
    say "nothing was started in $DIR"
    return 0
  fi
  open_data "$DIR"
  WAY=$(cat "$DATA/way" 2>/dev/null || true)
  for port in $(brokers); do
    if [ "$WAY" = docker ]; then docker_broker_stop "$port"; else broker_stop "$port"; fi
  done
  if [ "$WAY" = docker ]; then docker_postgres_stop; else postgres_stop; fi
  rm -f "$DATA/env"
  [ -n "$WIPE" ] || return 0
  if [ "$WAY" = docker ]; then docker_wipe; fi
  wipe_data
}

print_env() {
  if has_data "$DIR"; then
    open_data "$DIR"
    if [ -s "$DATA/env" ]; then
      cat "$DATA/env"
      return 0
    fi
  fi
  die "no services run for $DIR: start them first"
}

# with_database URL NAME: the URL of another database on the same server.
with_database() {
  local base=${1%%\?*} query='' authority
  case "$1" in *\?*) query="?${1#*\?}" ;; esac
  authority=${base#*://}
  printf '%s://%s/%s%s' "${base%%://*}" "${authority%%/*}" "$2" "$query"
}

# run_sql URL SQL: the answer's bare values.
run_sql() {
  local psql=psql
  if [ -n "${CONTAINER:-}" ]; then
    docker exec "$CONTAINER" psql --no-psqlrc --tuples-only --no-align --username chatire --dbname postgres --command "$2"
    return
  fi
  if find_postgres && [ -x "$PG_BIN/psql" ]; then psql=$PG_BIN/psql; fi
  have "$psql" || die "psql is missing: install PostgreSQL's client (Debian: apt-get install postgresql-client)"
  PGCONNECT_TIMEOUT=10 "$psql" --no-psqlrc --tuples-only --no-align --set ON_ERROR_STOP=1 --dbname "$1" --command "$2"
}

create_database() {
  local name=$1 found
  case "$name" in '' | [0-9]* | *[!a-z0-9_]*) die "\"$name\" is no database name: a-z, 0-9 and _ only" ;; esac
  eval "$(print_env)"
  open_data "$DIR"
  CONTAINER=
  if [ "$(cat "$DATA/way" 2>/dev/null)" = docker ] && container_runs "$(container_name postgres)"; then
    CONTAINER=$(container_name postgres)
  fi
  found=$(run_sql "$CHATIRE_POSTGRES_URL" "SELECT 1 FROM pg_database WHERE datname = '$name'") ||
    die "PostgreSQL does not answer: is it running, and is CHATIRE_POSTGRES_URL right?"
  if [ "$found" != 1 ]; then
    run_sql "$CHATIRE_POSTGRES_URL" "CREATE DATABASE $name" >/dev/null || die "the database $name can't be made"
  fi
  with_database "$CHATIRE_POSTGRES_URL" "$name"
  echo
}

postgres_pid() {
  has_data "$DIR" || die "nothing was started in $DIR"
  open_data "$DIR"
  if [ "$(cat "$DATA/way" 2>/dev/null)" = docker ]; then
    docker inspect --format '{{.State.Pid}}' "$(container_name postgres)" 2>/dev/null || true
  else
    head -n 1 "$DATA/postgres/data/postmaster.pid" 2>/dev/null || true
  fi
}

one_broker() {
  [ -n "$PORT_GIVEN" ] || die "$COMMAND needs --amqp-port P"
  if [ "$COMMAND" != broker-start ]; then has_data "$DIR" || die "nothing was started in $DIR"; fi
  open_data "$DIR"
  case "$COMMAND" in broker-start | broker-replace) choose_way rabbitmq ;; *) WAY=$(cat "$DATA/way") ;; esac
  if [ "$COMMAND" = broker-replace ]; then
    if [ "$WAY" = docker ]; then docker_broker_replace "$AMQP_PORT"; else broker_replace "$AMQP_PORT"; fi
    return 0
  fi
  local do_it="${COMMAND//-/_}"
  if [ "$WAY" = docker ]; then do_it=docker_$do_it; fi
  "$do_it" "$AMQP_PORT"
  if [ "$COMMAND" = broker-pid ]; then echo; fi
}

COMMAND=${1:-}
DIR='' PG_PORT=25432 AMQP_PORT=25672 PORT_GIVEN='' WIPE='' NAME='' POSTGRES_ONLY=''
[ $# -eq 0 ] || shift
while [ $# -gt 0 ]; do
  case "$1" in
    --dir | --pg-port | --amqp-port) [ $# -gt 1 ] || die "$1 needs a value" ;;
  esac
  case "$1" in
    --dir) DIR=$2 && shift 2 ;;
    --pg-port) PG_PORT=$2 && shift 2 ;;
    --amqp-port) AMQP_PORT=$2 PORT_GIVEN=yes && shift 2 ;;
    --wipe) WIPE=yes && shift ;;
    --postgres-only) POSTGRES_ONLY=yes && shift ;;
    -*) die "unknown option $1 (services.sh help lists them)" ;;
    *) NAME=$1 && shift ;;
  esac
done

case "$COMMAND" in help | --help | -h) usage && exit 0 ;; esac
[ -n "$COMMAND" ] || { usage >&2 && exit 1; }
[ -n "$DIR" ] || die "say which folder keeps the state: --dir DIR"
case "$COMMAND" in
  start) start ;;
  stop) stop ;;
  env) print_env ;;
  create-database) create_database "$NAME" ;;
  postgres-pid) postgres_pid ;;
  broker-start | broker-stop | broker-kill | broker-pid | broker-replace) one_broker ;;
  *) die "unknown command $COMMAND (services.sh help lists them)" ;;
esac
