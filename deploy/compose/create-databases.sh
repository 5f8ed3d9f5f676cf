#!/usr/bin/env bash
# Run once by PostgreSQL's image, when it has made its data folder: a database for each service, owned by a role that can log
# in, and do nothing outside of it.
set -euo pipefail
SECRETS=${CHATIRE_SECRETS:-/run/secrets}

as_superuser() {
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres "$@"
}

for service in auth chat; do
  as_superuser --set role="chatire_$service" --set password="$(cat "$SECRETS/${service}_database_password")" <<'SQL'
CREATE ROLE :"role" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'password';
CREATE DATABASE :"role" OWNER :"role";
REVOKE ALL ON DATABASE :"role" FROM PUBLIC;
SQL
done
as_superuser --command 'REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC'
