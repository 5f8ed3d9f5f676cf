# shellcheck shell=bash
# nginx in front of a cluster.

require_nginx() {
  # Debian keeps it where only root's PATH looks.
  PATH="$PATH:/usr/sbin:/usr/local/sbin"
  require_command nginx nginx "install it (Debian: apt-get install nginx; macOS: brew install nginx)"
}

# upstream NAME EXTRA-LINE REPLICA...: one `upstream` block. Idle connections are given up before a service that ends stops
# waiting for it (listen.drain_seconds, 5 s). A replica that could not be reached is asked again with the next request
# (max_fails=0): on one machine it says no at once, and with two of them out of favour there would be nobody left to ask.
upstream() {
  local name=$1 extra=$2 replica
  shift 2
  printf 'upstream %s {\n    zone %s 64k;\n' "$name" "$name"
  [ -z "$extra" ] || printf '    %s\n' "$extra"
  for replica in "$@"; do
    printf '    server 127.0.0.1:%s max_fails=0;\n' "$(public_port "$replica")"
  done
  printf '    keepalive 32;\n    keepalive_timeout 4s;\n}\n'
}

write_edge_settings() {
  local user_line='' web_root=$ROOT/web/dist edge_folder=$ROOT/deploy/edge
  # Root's workers would become "nobody", who can't read a checkout in root's home.
  if is_root; then user_line="user $(id -un) $(id -gn);"; fi
  case "$ROOT" in *[\"\$\;\\]*) die "nginx can't serve from \"$ROOT\": move the checkout" ;; esac
  mkdir -p "$RUN/logs" "$RUN/temp"
  {
    # shellcheck disable=SC2046 # one word for each replica
    upstream auth '' $(auth_services)
    # shellcheck disable=SC2046
    upstream chat_api '' $(replicas chat-api "$SCALE_CHAT")
    # shellcheck disable=SC2046
    upstream gateways 'least_conn;' $(replicas ws-gateway "$SCALE_GATEWAY")
    # shellcheck disable=SC2016 # nginx's variables
    printf 'map $host $to_%s { default %s; }\n' auth auth chat_api chat_api gateways gateways
  } >"$RUN/upstreams.conf"
  awk -v user="$user_line" -v port="$EDGE_PORT" -v root="$web_root" -v edge="$edge_folder" '
    function fill(mark, value,   at) {
      while ((at = index($0, mark)) > 0) $0 = substr($0, 1, at - 1) value substr($0, at + length(mark))
    }
    { fill("@USER_LINE@", user); fill("@EDGE_PORT@", port); fill("@WEB_ROOT@", root); fill("@EDGE_FOLDER@", edge); print }
  ' "$ROOT/deploy/edge/nginx.conf.template" >"$RUN/nginx.conf"
}

start_edge() {
  write_edge_settings
  # -e: what it says before it has read its settings goes into our log as well.
  nginx -p "$RUN/" -c nginx.conf -e logs/edge.log >"$RUN/logs/edge-start.log" 2>&1 || {
    cat "$RUN/logs/edge-start.log" >&2
    return 1
  }
  wait_until 10 answers_200 "$EDGE_PORT" / || {
    tail -n 20 "$RUN/logs/edge.log" >&2
    return 1
  }
}
