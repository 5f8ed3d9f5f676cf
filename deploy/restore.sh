#!/usr/bin/env bash
# Puts a backup that backup.sh has made into a cluster's two databases, which must exist. All services must have ended, the
# gateways too: they know positions of chats that may be newer than the backup.
#
#   deploy/restore.sh BACKUP [--replace]    --replace deletes what is in the databases
#
#   CHATIRE_AUTH_DATABASE_URL, CHATIRE_CHAT_DATABASE_URL (or …_FILE)   as for backup.sh; the databases' owners
#
# Each database is restored whole or not at all. When only one of them could be, which it says, the services must not be
# started. Services of the same version or a newer one bring the schema up to date when they start. What is in the outbox
# goes out then; whoever has it already drops it.
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
for name in CHATIRE_AUTH_DATABASE_URL CHATIRE_CHAT_DATABASE_URL; do
  file=${name}_FILE
  if [ -n "${!file:-}" ]; then printf -v "$name" '%s' "$(cat "${!file}")"; fi
  [ -n "${!name:-}" ] || die "neither $name nor $file is set"
done

sql() { psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --dbname "$1" --command "$2"; }

url_of() { if [ "$1" = chat ]; then echo "$CHATIRE_CHAT_DATABASE_URL"; else echo "$CHATIRE_AUTH_DATABASE_URL"; fi; }

# tables_of PART: how many there are.
tables_of() {
  sql "$(url_of "$1")" "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
}

# check PART: nothing is changed before everything is known to be good.
check() {
  local url others tables
  url=$(url_of "$1")
  pg_restore --list "$FROM/$1.dump" >/dev/null || die "$FROM/$1.dump is no backup that can be read"
  others=$(sql "$url" "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend'") || die "the database of $1 does not answer"
  [ "$others" = 0 ] || die "$others connections use the database of $1: end all services first"
  tables=$(tables_of "$1")
  if [ "$tables" != 0 ] && [ -z "$REPLACE" ]; then die "the database of $1 is not empty: --replace deletes what is in it"; fi
}

# restore PART: without the last words, which only come when everything before them did, nothing of it stays.
restore() {
  # An owner who is no superuser is told of every table of the system that it may not analyze.
  local last_words='SET client_min_messages = error; ANALYZE; COMMIT;'
  {
    echo 'BEGIN;'
    if [ -n "$REPLACE" ]; then echo 'SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public;'; fi
    if pg_restore --no-owner --no-privileges --file=- "$FROM/$1.dump"; then echo "$last_words"; else exit 1; fi
  } | psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --output=/dev/null --dbname "$(url_of "$1")" ||
    die "the database of $1 is as it was: the words above say why it could not be restored"
}

# Said however it ends in between.
HALF=''
say_half() {
  [ -z "$HALF" ] || printf '%s\n' "error: only the database of $HALF is of the backup now. The services must not be started before" \
    "restore.sh --replace has gone through: who signs up could get the id of somebody whom auth's database does not know," \
    "and with it that person's chats" >&2
}
trap say_half EXIT

check chat
check auth
# An id that auth's database does not know of is given to somebody new, who then has all chats of that id. So at no moment may
# there be chats beside an auth that is older than they are: over one that is there the chats are restored first, and an empty
# one is filled before there are chats.
first=chat second=auth
if [ "$(tables_of auth)" = 0 ]; then first=auth second=chat; fi
restore "$first"
HALF=$first
restore "$second"
HALF=''
printf '%s is restored\n' "$FROM"
