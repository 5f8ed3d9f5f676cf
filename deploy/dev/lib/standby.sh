# shellcheck shell=bash
# A second PostgreSQL that follows the private one of lib/postgres.sh, and takes its place.

# on_server PORT SQL: the answer's bare values.
on_server() { PGCONNECT_TIMEOUT=5 "$PG_BIN/psql" -XAtq -v ON_ERROR_STOP=1 "postgres://chatire@127.0.0.1:$1/postgres" -c "$2"; }

standby_control() { (cd "$DATA" && become_user postgres "$PG_BIN/pg_ctl" -D "$DATA/postgres/standby" "$@"); }

# standby_start PORT OF-PORT: commits of the one wait from here on until the other one has them on its disk.
standby_start() {
  require_free "$1" "the port of the standby"
  (cd "$DATA" && become_user postgres "$PG_BIN/pg_basebackup" --pgdata="$DATA/postgres/standby" --write-recovery-conf \
    --checkpoint=fast --dbname="postgres://chatire@127.0.0.1:$2/postgres?application_name=standby") >"$DATA/standby.log" 2>&1 || {
    tail -n 20 "$DATA/standby.log" >&2
    die "the standby could not be made: pg_basebackup's words above say why"
  }
  standby_control -w -t 60 -l "$DATA/postgres/standby.log" -o "-c listen_addresses=127.0.0.1 -c port=$1 \
    -c unix_socket_directories='' -c max_connections=400" start >/dev/null || {
    tail -n 20 "$DATA/postgres/standby.log" >&2
    die "the standby did not start: its log above says why"
  }
  # Not before the copy was made, which would wait for a standby of its own when it is promoted.
  on_server "$2" "ALTER SYSTEM SET synchronous_standby_names = 'standby'" && on_server "$2" 'SELECT pg_reload_conf()' >/dev/null
  wait_until 20 standby_is_synchronous "$2" || die "the standby does not follow: see $DATA/postgres/standby.log"
  say "PostgreSQL on port $1 follows the one on port $2"
}

standby_is_synchronous() { [ "$(on_server "$1" "SELECT sync_state FROM pg_stat_replication")" = sync ]; }

# As long as it takes somebody to be sure that the first one is gone.
NOTICED_AFTER=5

# fail_over: the first one ends as in a crash, and the standby is promoted.
fail_over() {
  pg_control -m immediate stop >/dev/null || die "the first PostgreSQL can't be ended"
  sleep "$NOTICED_AFTER"
  standby_control -w -t 30 promote >/dev/null || die "the standby can't be promoted: see $DATA/postgres/standby.log"
}

standby_stop() {
  [ -d "$DATA/postgres/standby" ] || return 0
  standby_control status >/dev/null 2>&1 || return 0
  standby_control -w -t 30 -m fast stop >/dev/null || die "the standby can't be ended"
}
