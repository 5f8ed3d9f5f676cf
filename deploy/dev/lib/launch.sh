# shellcheck shell=bash
# Starting one service of a cluster, the first time and again.

# launch NAME BINARY SETTING...: in the background, with its output in its log. What it is told is kept for `relaunch`.
launch() {
  local name=$1 binary=$2 file=$RUN/launch/$1
  shift 2
  mkdir -p "$RUN/launch"
  chmod 700 "$RUN/launch"
  # Beside what is named here, also what the caller's environment says.
  {
    echo "$binary"
    env | grep '^CHATIRE__' || true
    printf '%s\n' CHATIRE__LISTEN__PUBLIC="127.0.0.1:$(public_port "$name")" \
      CHATIRE__LISTEN__INTERNAL="127.0.0.1:$(internal_port "$name")" \
      CHATIRE__LISTEN__TRUSTED_PROXIES=127.0.0.1 \
      CHATIRE__PUBLIC_URL="http://localhost:$EDGE_PORT" \
      CHATIRE__BUS__URL="$CHATIRE_AMQP_URL" \
      CHATIRE__INTERNAL__CREDENTIAL_FILE="$RUN/secrets/internal_credential" \
      ${1+"$@"}
  } >"$file"
  rm -f "$RUN/logs/$name.log"
  relaunch "$name"
}

# relaunch NAME: as it was launched, with the binary that is in BINARIES now. Its log goes on.
relaunch() {
  local name=$1 line binary='' settings=()
  while IFS= read -r line; do
    if [ -z "$binary" ]; then binary=$BINARIES/$line; else settings+=("$line"); fi
  done <"$RUN/launch/$name"
  [ -x "$binary" ] || die "$binary is missing: build it first"
  env "${settings[@]}" nohup "$binary" </dev/null >>"$RUN/logs/$name.log" 2>&1 &
  echo "$!" >"$RUN/pids/$name.pid"
}

has_ended() { is_dead "$(pid_in "$RUN/pids/$1.pid")"; }

is_ready_or_ended() { answers_200 "$(internal_port "$1")" /readyz || has_ended "$1"; }

wait_ready() {
  local name=$1
  wait_until 60 is_ready_or_ended "$name" && answers_200 "$(internal_port "$name")" /readyz && return 0
  say "--- the end of $RUN/logs/$name.log"
  tail -n 30 "$RUN/logs/$name.log" >&2
  say "---"
  if has_ended "$name"; then
    die "$name ended while starting: its log above says why"
  fi
  die "$name was not ready within 60 s: its log above says why"
}
