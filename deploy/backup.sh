#!/usr/bin/env bash
# Backs up a cluster's two databases while it runs, into a new folder inside FOLDER, whose name is printed.
#
#   deploy/backup.sh FOLDER [--keep N]      --keep deletes all but the newest N backups that are there
#
#   CHATIRE_AUTH_DATABASE_URL   auth-service's database.url
#   CHATIRE_CHAT_DATABASE_URL   chat-api's database.url
#   CHATIRE_AUTH_DATABASE_URL_FILE, CHATIRE_CHAT_DATABASE_URL_FILE   files that hold them
#
# Needs pg_dump and pg_restore of the server's version or a newer one. The broker holds nothing that is not in the
# databases. Not in the backup: the secret `keys.secret` of auth-service, without which its signing keys and second factors
# can't be read. Keep it where your other secrets are.
set -euo pipefail
umask 077

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

usage='usage: backup.sh FOLDER [--keep N]'
INTO='' KEEP=''
while [ $# -gt 0 ]; do
  case "$1" in
    --keep)
      [ $# -gt 1 ] || die "$usage"
      KEEP=$2
      shift
      ;;
    -*) die "$usage" ;;
    *) INTO=$1 ;;
  esac
  shift
done
[ -n "$INTO" ] || die "$usage"
case "$KEEP" in '') ;; 0 | *[!0-9]*) die "--keep $KEEP: give a number from 1 on" ;; esac
for tool in pg_dump pg_restore; do
  command -v "$tool" >/dev/null || die "$tool is missing: install PostgreSQL's client (Debian: postgresql-client)"
done
for name in CHATIRE_AUTH_DATABASE_URL CHATIRE_CHAT_DATABASE_URL; do
  file=${name}_FILE
  if [ -n "${!file:-}" ]; then printf -v "$name" '%s' "$(cat "${!file}")"; fi
  [ -n "${!name:-}" ] || die "neither $name nor $file is set"
done

mkdir -p "$INTO"
INTO=$(cd "$INTO" && pwd -P)
NAME=chatire-$(date -u +%Y-%m-%dT%H%M%SZ)
[ ! -e "$INTO/$NAME" ] || die "$INTO/$NAME is there already"
UNFINISHED=$INTO/.$NAME.unfinished
mkdir "$UNFINISHED"
trap 'rm -rf "$UNFINISHED"' EXIT

# Each dump shows its database as it was at one moment. That of the chats comes first: an account that is made in between is
# in no chat yet, as it should be. The other way round there could be messages of an account that is in no backup, and
# whoever signs up after a restore would get its id and everything that belongs to it.
for part in chat auth; do
  url=$CHATIRE_CHAT_DATABASE_URL
  [ "$part" = chat ] || url=$CHATIRE_AUTH_DATABASE_URL
  pg_dump --format=custom --no-owner --no-privileges --lock-wait-timeout=60000 --file="$UNFINISHED/$part.dump" \
    --dbname="$url" || die "the database of $part can't be dumped: pg_dump's words above say why"
  pg_restore --list "$UNFINISHED/$part.dump" >/dev/null || die "the dump of $part can't be read again"
done

mv "$UNFINISHED" "$INTO/$NAME"
trap - EXIT
sync
printf '%s\n' "$INTO/$NAME"

[ -n "$KEEP" ] || exit 0
# Names go the way of time.
find "$INTO" -mindepth 1 -maxdepth 1 -type d -name 'chatire-*Z' | sort -r | tail -n "+$((KEEP + 1))" | while read -r old; do
  if [ ! -e "$old/chat.dump" ] || [ ! -e "$old/auth.dump" ]; then continue; fi
  rm -rf "$old"
  printf '%s is deleted\n' "$old" >&2
done
