# shellcheck shell=bash
# A private PostgreSQL from installed packages: own data folder and port, loopback only.
# Whoever reaches the loopback interface is let in: for development and tests only.

# Its log can be read by SQL (pg_current_logfile), which the tests do to see how queries are run.
POSTGRES_LOG='-c logging_collector=on -c log_filename=postgresql.log -c log_rotation_age=0 -c log_rotation_size=0'

# find_postgres: sets PG_BIN to the folder of initdb and pg_ctl. Data that exists needs the version that made it.
find_postgres() {
  local version='*' folder
  PG_BIN=
  if [ -s "$DATA/postgres/data/PG_VERSION" ]; then version=$(cat "$DATA/postgres/data/PG_VERSION"); fi
  # shellcheck disable=SC2231 # the version may be a star
  for folder in /usr/lib/postgresql/$version/bin; do
    if [ -x "$folder/initdb" ]; then PG_BIN=$folder; fi
  done
  if [ -z "$PG_BIN" ] && have initdb; then PG_BIN=$(dirname "$(command -v initdb)"); fi
  [ -n "$PG_BIN" ]
}

# pg_control ARGUMENT...: pg_ctl on our data folder. Its folder must be one that its user may enter.
pg_control() { (cd "$DATA" && become_user postgres "$PG_BIN/pg_ctl" -D "$DATA/postgres/data" "$@"); }

postgres_runs() { find_postgres && [ -d "$DATA/postgres/data" ] && pg_control status >/dev/null 2>&1; }

# postgres_start PORT
postgres_start() {
  local port=$1 running_port
  if postgres_runs; then
    running_port=$(sed -n 4p "$DATA/postgres/data/postmaster.pid")
    if [ "$running_port" = "$port" ]; then
      say "PostgreSQL runs already on port $port"
      return 0
    fi
    postgres_stop
  fi
  require_free "$port" --pg-port
  [ -s "$DATA/postgres/data/PG_VERSION" ] || make_postgres_data
  pg_control -w -t 60 -l "$DATA/postgres/log" -o "-c listen_addresses=127.0.0.1 -c port=$port \
    -c unix_socket_directories='' -c max_connections=400 $POSTGRES_LOG" start >/dev/null || {
    tail -n 20 "$DATA/postgres/log" >&2 || true
    die "PostgreSQL did not start: its log above (or $DATA/postgres/log) says why"
  }
  say "PostgreSQL runs on port $port"
}

make_postgres_data() {
  local locale=C
  # Case-insensitive search needs lower() to know more than ASCII.
  if locale -a 2>/dev/null | grep -qixE 'C\.utf-?8'; then locale=C.UTF-8; fi
  rm -rf "$DATA/postgres"
  mkdir -m 700 "$DATA/postgres"
  if is_root; then chown postgres: "$DATA/postgres"; fi
  (cd "$DATA" && become_user postgres "$PG_BIN/initdb" --pgdata="$DATA/postgres/data" --username=chatire --auth=trust \
    --encoding=UTF8 --locale="$locale" --no-instructions) >"$DATA/initdb.log" 2>&1 || {
    tail -n 20 "$DATA/initdb.log" >&2
    die "PostgreSQL's data folder could not be made: initdb's words above say why"
  }
}

postgres_stop() {
  postgres_runs || return 0
  pg_control -w -t 30 -m fast stop >/dev/null 2>&1 || pg_control -w -t 10 -m immediate stop >/dev/null 2>&1 ||
    die "PostgreSQL in $DATA/postgres can't be stopped"
  say "PostgreSQL is stopped"
}
