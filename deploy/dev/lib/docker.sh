# shellcheck shell=bash
# PostgreSQL and RabbitMQ in containers, bound to the loopback interface. Containers are thrown away when they
# stop; the data stays in volumes. Names begin with the data folder's own id.

POSTGRES_IMAGE=${CHATIRE_POSTGRES_IMAGE:-postgres:15-alpine}
RABBITMQ_IMAGE=${CHATIRE_RABBITMQ_IMAGE:-rabbitmq:3-alpine}

docker_answers() { have docker && within 5 docker info; }

container_name() { printf 'chatire-%s-%s' "$(cat "$DATA/id")" "$1"; }

container_runs() { [ -n "$(docker ps --quiet --filter "name=^$1\$")" ]; }

container_is_gone() { [ -z "$(docker ps --all --quiet --filter "name=^$1\$")" ]; }

# stop_container NAME SIGNAL SECONDS
stop_container() {
  container_is_gone "$1" && return 0
  docker kill --signal "$2" "$1" >/dev/null 2>&1 || true
  wait_until "$3" container_is_gone "$1" && return 0
  docker rm --force "$1" >/dev/null 2>&1 || true
  wait_until 10 container_is_gone "$1" || die "the container $1 can't be removed"
}

# run_container NAME ARGUMENT...: `docker run` with what all of them share.
run_container() {
  local name=$1
  shift
  container_is_gone "$name" || docker rm --force "$name" >/dev/null
  docker run --detach --rm --name "$name" --hostname chatire "$@" >/dev/null ||
    die "docker could not start $name: its words above say why"
}

docker_postgres_answers() { docker exec "$1" pg_isready --quiet --username chatire --host 127.0.0.1; }

docker_postgres_start() {
  local port=$1 name
  name=$(container_name postgres)
  if container_runs "$name" && docker port "$name" 5432 | grep -q ":$port\$"; then
    say "PostgreSQL runs already on port $port ($name)"
    return 0
  fi
  stop_container "$name" INT 30
  require_free "$port" --pg-port
  run_container "$name" --publish "127.0.0.1:$port:5432" --volume "$name:/var/lib/postgresql/data" --shm-size 256m \
    --env POSTGRES_USER=chatire --env POSTGRES_DB=postgres --env POSTGRES_HOST_AUTH_METHOD=trust \
    "$POSTGRES_IMAGE" -c max_connections=400 $POSTGRES_LOG
  # While it makes its data folder it listens on a socket only: over TCP it answers when it is done.
  wait_until 120 docker_postgres_answers "$name" || die "PostgreSQL does not answer: see docker logs $name"
  say "PostgreSQL runs on port $port ($name)"
}

docker_postgres_stop() { stop_container "$(container_name postgres)" INT 30; }

docker_broker_pid() { docker inspect --format '{{.State.Pid}}' "$(container_name "broker-$1")" 2>/dev/null || true; }

docker_broker_start() {
  local port=$1 name
  name=$(container_name "broker-$port")
  mkdir -p "$DATA/broker-$port"
  if ! container_runs "$name"; then
    require_free "$port" --amqp-port
    run_container "$name" --publish "127.0.0.1:$port:5672" --volume "$name:/var/lib/rabbitmq" "$RABBITMQ_IMAGE"
  fi
  wait_until 120 broker_answers "$port" || die "RabbitMQ on port $port does not answer: see docker logs $name"
  say "RabbitMQ runs on port $port ($name)"
}

docker_broker_kill() {
  local name
  name=$(container_name "broker-$1")
  container_runs "$name" || die "no RabbitMQ of ours runs on port $1"
  stop_container "$name" KILL 10
}

docker_broker_replace() {
  local name
  name=$(container_name "broker-$1")
  stop_container "$name" KILL 10
  docker volume rm "$name" >/dev/null || die "the data of $name can't be deleted"
  docker_broker_start "$1"
}

docker_broker_stop() { stop_container "$(container_name "broker-$1")" TERM 30; }

# docker_wipe: the volumes, once nothing runs.
docker_wipe() {
  local volume
  for volume in $(docker volume ls --quiet --filter "name=^chatire-$(cat "$DATA/id")-"); do
    docker volume rm "$volume" >/dev/null || true
  done
}
