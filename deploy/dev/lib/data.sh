# shellcheck shell=bash
# Where a set of private services keeps its data and its state.
#
# DIR/services holds everything. PostgreSQL and RabbitMQ refuse to be root, and their own users mostly can't
# reach a checkout in root's home, so for root DIR/services is a link to a folder under /var/tmp.

# open_data DIR: sets DATA, and makes it on first use.
open_data() {
  DIR=$(absolute_dir "$1")
  if [ ! -e "$DIR/services" ]; then
    rm -f "$DIR/services"
    if is_root; then
      DATA=$(mktemp -d /var/tmp/chatire-XXXXXXXX)
      chmod 711 "$DATA"
      # Another call may have been quicker; then its folder counts.
      ln -sn "$DATA" "$DIR/services" 2>/dev/null || rmdir "$DATA"
    else
      mkdir -m 700 "$DIR/services"
    fi
  fi
  DATA=$(cd "$DIR/services" && pwd -P)
  [ -s "$DATA/id" ] || od -An -N4 -tx1 /dev/urandom | tr -d ' \n' >"$DATA/id"
}

# has_data DIR: services were started there before.
has_data() { [ -e "$1/services" ]; }

# wipe_data: deletes everything that the services of this folder ever kept.
wipe_data() {
  rm -rf "$DATA"
  rm -f "$DIR/services"
}
