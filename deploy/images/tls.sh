# shellcheck shell=bash
# A private certificate authority, and servers that speak TLS with certificates of it. For the check of the images only.

# sign NAME FOLDER: FOLDER/NAME.pem and NAME.key, for localhost, signed by FOLDER/ca.pem.
sign() {
  local name=$1 folder=$2
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name" \
    -keyout "$folder/$name.key" -out "$folder/$name.csr"
  printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' >"$folder/$name.ext"
  openssl x509 -req -in "$folder/$name.csr" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -CAcreateserial -days 2 \
    -extfile "$folder/$name.ext" -out "$folder/$name.pem"
}

# make_authority FOLDER NAME: FOLDER/NAME.pem and NAME.key.
make_authority() {
  openssl req -x509 -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=Chatire check $2" \
    -addext basicConstraints=critical,CA:TRUE -keyout "$1/$2.key" -out "$1/$2.pem"
}

# make_certificates FOLDER: of all servers, and an authority that signed none of them.
make_certificates() {
  local name
  require_command openssl openssl "install it (Debian: apt-get install openssl)"
  rm -rf "$1"
  mkdir -p "$1"
  {
    make_authority "$1" ca
    make_authority "$1" stranger
    for name in postgres rabbitmq edge; do sign "$name" "$1"; done
  } >"$1/log" 2>&1 || {
    cat "$1/log" >&2
    die "certificates could not be made: openssl's words above say why"
  }
  cat "$1/edge.pem" "$1/ca.pem" >"$1/fullchain.pem"
  cp "$1/edge.key" "$1/privkey.pem"
  # Read by users of containers; they are good for nothing else.
  chmod 755 "$1"
  chmod 644 "$1"/*
}

# hand_to USER NAME FOLDER TARGET: a server's key and certificate, where only it can read them.
hand_to() {
  mkdir -p "$4"
  cp "$3/$2.pem" "$3/$2.key" "$4/"
  chmod 600 "$4/$2.key"
  if is_root; then chown -R "$1:" "$4"; fi
}

# start_tls_servers RUN CERTIFICATES SECRETS PG-PORT AMQP-PORT: PostgreSQL and RabbitMQ, the broker's TLS on AMQP-PORT + 1. With
# the roles, rights and passwords that compose.yaml gives.
start_tls_servers() {
  local run=$1 certificates=$2 secrets=$3 pg=$4 amqp=$5 data services=$ROOT/deploy/dev/services.sh
  PG_URL="postgres://chatire@127.0.0.1:$pg/postgres"
  CHATIRE_AMQP_URL=none "$services" start --dir "$run" --pg-port "$pg"
  data=$(cd "$run/services" && pwd -P)
  hand_to postgres postgres "$certificates" "$data/postgres/tls"
  # Whoever comes without a password, or without TLS, is let in as the superuser only.
  { printf 'local all all trust\nhost all chatire 127.0.0.1/32 trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n'; } \
    >"$data/postgres/data/pg_hba.conf"
  sql "ALTER SYSTEM SET ssl_cert_file = '$data/postgres/tls/postgres.pem'" \
    "ALTER SYSTEM SET ssl_key_file = '$data/postgres/tls/postgres.key'" "ALTER SYSTEM SET ssl = on" \
    "SELECT pg_reload_conf()" >/dev/null
  wait_until 10 uses_tls || die "PostgreSQL does not speak TLS: see $data/postgres/data"
  PGHOST=127.0.0.1 PGPORT=$pg POSTGRES_USER=chatire CHATIRE_SECRETS=$secrets "$ROOT/deploy/compose/create-databases.sh"
  hand_to rabbitmq rabbitmq "$certificates" "$data/broker-$amqp/tls"
  cat "$secrets/rabbitmq_conf" - >"$data/broker-$amqp/more.conf" <<END
listeners.ssl.1 = 127.0.0.1:$((amqp + 1))
ssl_options.certfile = $data/broker-$amqp/tls/rabbitmq.pem
ssl_options.keyfile = $data/broker-$amqp/tls/rabbitmq.key
END
  "$services" broker-start --dir "$run" --amqp-port "$amqp"
}

# sql STATEMENT...: their bare answers.
sql() {
  local arguments=() statement
  for statement in "$@"; do arguments+=(--command "$statement"); done
  psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --dbname "$PG_URL" "${arguments[@]}"
}

uses_tls() { [ "$(sql 'SHOW ssl')" = on ]; }
