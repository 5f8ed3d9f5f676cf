#!/usr/bin/env bash
# Puts a backup that backup.sh has made into a cluster's two databases, which must exist. All services must have ended, the
# gateways too: they know positions of chats that may be newer than the backup.
#
#   deploy/restore.sh BACKUP [--replace]    --replace deletes what is in the databases
#
#   CHATIRE_AUTH_DATABASE_URL, CHATIRE_CHAT_DATABASE_URL   as for backup.sh; the databases' owners
#
# Each database is restored whole or not at all. Services of the same version or a newer one bring the schema up to date
# when they start. What is in the outbox goes out then; whoever has it already drops it.
set -euo pipefail

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

usage='usage: restore.sh BACKUP [--replace]'
FROM='' REPLACE=''
while [ $# -gt 0 ]; do
  case "$1" in
    --replace) REPLACE=yes ;;
    -*) die "$usage" ;;
    *) FROM=$1 ;;
  esac
  shift
done
[ -n "$FROM" ] || die "$usage"
for tool in psql pg_restore; do
  command -v "$tool" >/dev/null || die "$tool is missing: install PostgreSQL's client (Debian: postgresql-client)"
done
[ -n "${CHATIRE_AUTH_DATABASE_URL:-}" ] || die "CHATIRE_AUTH_DATABASE_URL is not set"
[ -n "${CHATIRE_CHAT_DATABASE_URL:-}" ] || die "CHATIRE_CHAT_DATABASE_URL is not set"

sql() { psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --dbname "$1" --command "$2"; }

url_of() { if [ "$1" = chat ]; then echo "$CHATIRE_CHAT_DATABASE_URL"; else echo "$CHATIRE_AUTH_DATABASE_URL"; fi; }

# check PART: nothing is changed before everything is known to be good.
check() {
  local url others tables
  url=$(url_of "$1")
  pg_restore --list "$FROM/$1.dump" >/dev/null || die "$FROM/$1.dump is no backup that can be read"
  others=$(sql "$url" "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend'") || die "the database of $1 does not answer"
  [ "$others" = 0 ] || die "$others connections use the database of $1: end all services first"
  tables=$(sql "$url" "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")
  if [ "$tables" != 0 ] && [ -z "$REPLACE" ]; then die "the database of $1 is not empty: --replace deletes what is in it"; fi
}

# restore PART: without the last word, which only comes when everything before it did, nothing of it stays.
restore() {
  {
    echo 'BEGIN;'
    if [ -n "$REPLACE" ]; then echo 'SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public;'; fi
    if pg_restore --no-owner --no-privileges --file=- "$FROM/$1.dump"; then echo 'ANALYZE; COMMIT;'; else exit 1; fi
  } | psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --output=/dev/null --dbname "$(url_of "$1")" ||
    die "the database of $1 is as it was: the words above say why it could not be restored"
}

check chat
check auth
# As they were made, so that one that is interrupted in between leaves no messages of accounts that are not there.
restore auth
restore chat
printf '%s is restored\n' "$FROM"
