# shellcheck shell=bash
# A private RabbitMQ from installed packages: own node name, data folder and ports, loopback only, no plugins.
# Beside its port P a broker takes P+1000 (its node's) and P+2000 (its own epmd's, Erlang's name server).

# find_rabbitmq: sets RABBITMQ. Debian's /usr/sbin/rabbitmq-server is a wrapper for the one system-wide broker.
find_rabbitmq() {
  RABBITMQ=/usr/lib/rabbitmq/bin/rabbitmq-server
  [ -x "$RABBITMQ" ] || RABBITMQ=$(command -v rabbitmq-server) || return 1
  have epmd
}

broker_folder() { printf '%s' "$DATA/broker-$1"; }

# broker_pid PORT: the pid of a running broker, or nothing.
broker_pid() {
  local pid
  pid=$(pid_in "$(broker_folder "$1")/pid")
  if runs_as "$pid" "-chatire_broker $1"; then printf '%s' "$pid"; fi
}

# broker_answers PORT: it greets an AMQP client (the first byte of Connection.Start is a method frame's).
broker_answers() {
  local first=
  {
    exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
    printf 'AMQP\0\0\11\1' >&3
    IFS= read -r -t 3 -n 1 first <&3 || true
    exec 3>&-
  } 2>/dev/null
  [ "$first" = $'\001' ]
}

# broker_start PORT: starts it, with the data it had before if there is any.
broker_start() {
  local port=$1 folder
  folder=$(broker_folder "$port")
  check_port "$((port + 2000))"
  if [ -n "$(broker_pid "$port")" ]; then
    wait_for_broker "$port"
    say "RabbitMQ runs already on port $port"
    return 0
  fi
  require_free "$port" --amqp-port
  require_free "$((port + 1000))" --amqp-port
  write_broker_settings "$port" "$folder"
  start_epmd "$port" "$folder"
  launch_broker "$port" "$folder"
  wait_for_broker "$port"
  say "RabbitMQ runs on port $port"
}

write_broker_settings() {
  local port=$1 folder=$2
  mkdir -p "$folder/home" "$folder/log" "$folder/mnesia"
  chmod 700 "$folder"
  cat >"$folder/rabbitmq.conf" <<END
listeners.tcp.1 = 127.0.0.1:$port
loopback_users.guest = true
END
  # What somebody wants of this one alone.
  if [ -s "$folder/more.conf" ]; then cat "$folder/more.conf" >>"$folder/rabbitmq.conf"; fi
  echo '[].' >"$folder/enabled_plugins"
  if [ ! -s "$folder/home/.erlang.cookie" ]; then
    od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$folder/home/.erlang.cookie"
    chmod 400 "$folder/home/.erlang.cookie"
  fi
  if is_root; then chown -R rabbitmq: "$folder"; fi
}

# become_broker PORT FOLDER COMMAND...: turns this shell into the command, with nothing of the caller's settings.
become_broker() {
  local port=$1 folder=$2
  shift 2
  cd "$folder" || return 1
  become_user rabbitmq env -i PATH="$PATH" LANG=C.UTF-8 HOME="$folder/home" \
    ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$((port + 2000))" \
    RABBITMQ_NODENAME="chatire-$port@localhost" RABBITMQ_NODE_PORT="$port" \
    RABBITMQ_DIST_PORT="$((port + 1000))" RABBITMQ_PID_FILE="$folder/pid" \
    RABBITMQ_MNESIA_BASE="$folder/mnesia" RABBITMQ_LOG_BASE="$folder/log" \
    RABBITMQ_GENERATED_CONFIG_DIR="$folder/config" RABBITMQ_CONFIG_FILE="$folder/rabbitmq.conf" \
    RABBITMQ_ADVANCED_CONFIG_FILE="$folder/none" RABBITMQ_CONF_ENV_FILE="$folder/none" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$folder/enabled_plugins" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1} -chatire_broker $port" \
    "$@"
}

# Erlang would start an epmd of its own that nobody ends: ours is there first, and its pid is known.
start_epmd() {
  local port=$1 folder=$2 epmd_port=$(($1 + 2000))
  runs_as "$(pid_in "$folder/epmd.pid")" epmd && return 0
  require_free "$epmd_port" --amqp-port
  (become_broker "$port" "$folder" epmd -address 127.0.0.1 -port "$epmd_port") \
    </dev/null >"$folder/log/epmd.log" 2>&1 &
  echo "$!" >"$folder/epmd.pid"
  wait_until 10 port_answers "$epmd_port" || die "epmd did not start on port $epmd_port: see $folder/log/epmd.log"
}

launch_broker() {
  local port=$1 folder=$2
  rm -f "$folder/pid"
  (become_broker "$port" "$folder" "$RABBITMQ" -detached </dev/null >"$folder/log/start.log" 2>&1) || {
    cat "$folder/log/start.log" >&2
    die "RabbitMQ did not start on port $port"
  }
}

# wait_for_broker PORT: until it takes AMQP connections; at most 60 s, and no longer than it lives.
wait_for_broker() {
  local port=$1 folder
  folder=$(broker_folder "$port")
  wait_until 60 broker_answers_or_ended "$port" && broker_answers "$port" && return 0
  tail -n 30 "$folder/log/chatire-$port@localhost.log" "$folder/log/start.log" >&2 || true
  die "RabbitMQ on port $port takes no connections: its log above (or in $folder/log) says why"
}

broker_answers_or_ended() {
  broker_answers "$1" || { [ -s "$(broker_folder "$1")/pid" ] && [ -z "$(broker_pid "$1")" ]; }
}

# broker_kill PORT: as a crash would, at once.
broker_kill() {
  local pid
  pid=$(broker_pid "$1")
  [ -n "$pid" ] || die "no RabbitMQ of ours runs on port $1"
  kill -KILL "$pid"
  wait_until 10 is_dead "$pid" || die "RabbitMQ (pid $pid) can't be killed"
  # A process counts as dead while the last of its threads still holds the port.
  wait_until 10 is_silent "$1" || die "port $1 still answers although RabbitMQ (pid $pid) was killed"
}

# broker_replace PORT: everything it knew is lost for good, and another one takes its place.
broker_replace() {
  if [ -n "$(broker_pid "$1")" ]; then broker_kill "$1"; fi
  rm -rf "$(broker_folder "$1")/mnesia"
  broker_start "$1"
}

# broker_stop PORT: gently, with everything that was started for it.
broker_stop() {
  local folder pid epmd_pid
  folder=$(broker_folder "$1")
  pid=$(broker_pid "$1")
  if [ -n "$pid" ]; then
    end_process "RabbitMQ on port $1" "$pid" 30
    say "RabbitMQ on port $1 is stopped"
  fi
  epmd_pid=$(pid_in "$folder/epmd.pid")
  if runs_as "$epmd_pid" epmd; then end_process epmd "$epmd_pid" 5; fi
  rm -f "$folder/pid" "$folder/epmd.pid"
}

# brokers: the port of every broker that was ever started in this folder.
brokers() {
  local folder
  for folder in "$DATA"/broker-*; do
    if [ -d "$folder" ]; then printf '%s\n' "${folder##*-}"; fi
  done
}
