#!/usr/bin/env bash
# Makes what deploy/compose.yaml needs to be secret, in deploy/secrets (or the folder that is named). What is there already is
# kept: again is harmless, and whatever is missing is made. Keep a copy somewhere safe; keys_secret above all, without which
# the signing keys in the database can't be read.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
FOLDER=${1:-$HERE/secrets}

# keep NAME: standard input, unless the file is there. A container's user is not its owner and has to read it: what keeps
# others out is the folder.
keep() {
  local file=$FOLDER/$1
  if [ ! -e "$file" ]; then
    cat >"$file.new"
    chmod 444 "$file.new"
    mv "$file.new" "$file"
    echo "made $file"
  else
    cat >/dev/null
  fi
}

# word: 32 random bytes, in characters that may stand in a URL.
word() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

value() { cat "$FOLDER/$1"; }

umask 077
mkdir -p "$FOLDER"
chmod 700 "$FOLDER"
word | keep internal_credential
head -c 32 /dev/urandom | base64 | tr -d '\n' | keep keys_secret
word | keep postgres_password
for service in auth chat; do
  word | keep "${service}_database_password"
  printf 'postgres://chatire_%s:%s@postgres/chatire_%s' "$service" "$(value "${service}_database_password")" "$service" |
    keep "${service}_database_url"
done
word | keep rabbitmq_password
printf 'amqp://chatire:%s@rabbitmq/%%2f' "$(value rabbitmq_password)" | keep bus_url
# The broker's only user, who may use what is Chatire's, and rule over nothing.
keep rabbitmq_conf <<END
default_user = chatire
default_pass = $(value rabbitmq_password)
default_user_tags.administrator = false
default_permissions.configure = ^(chat\\..*|amq\\.gen-.*)$
default_permissions.write = ^(chat\\..*|amq\\.gen-.*)$
default_permissions.read = ^(chat\\..*|amq\\.gen-.*)$
END
# Where mails go: nowhere yet.
printf '' | keep mail_smtp
word | keep grafana_password
