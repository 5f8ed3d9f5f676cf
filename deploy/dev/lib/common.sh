# shellcheck shell=bash
# Messages, bounded waits, processes and ports, for every script in deploy/dev.
# Runs on bash 3.2 (macOS) too: no associative arrays, no mapfile, no `timeout`, no `setsid`.

# Progress goes to stderr: the output of some commands is read by programs.
say() { printf '%s\n' "$*" >&2; }

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# forget_settings: the caller's own settings of the services reach none of those that are started here.
forget_settings() {
  local name
  for name in $(compgen -e CHATIRE__ || true); do unset "$name"; done
}

is_root() { [ "$(id -u)" = 0 ]; }

have() { command -v "$1" >/dev/null 2>&1; }

# absolute_dir DIR: makes the folder and prints its full path.
absolute_dir() {
  mkdir -p "$1" || die "the folder $1 can't be made: choose another one"
  (cd "$1" && pwd -P)
}

# wait_until SECONDS COMMAND...: tries the command five times a second; fails after SECONDS.
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.2
  done
}

# within SECONDS COMMAND...: runs the command, ends it after SECONDS. Its output is thrown away.
within() {
  local seconds=$1 pid
  shift
  "$@" </dev/null >/dev/null 2>&1 &
  pid=$!
  if ! wait_until "$seconds" is_dead "$pid"; then
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    return 1
  fi
  wait "$pid"
}

# is_alive PID: false for a zombie too, since nothing of it runs any more.
is_alive() {
  [ -n "$1" ] && kill -0 "$1" 2>/dev/null || return 1
  if [ -r "/proc/$1/stat" ]; then
    ! grep -q '^[0-9]* (.*) Z' "/proc/$1/stat" 2>/dev/null
  elif have ps; then
    case "$(ps -o stat= -p "$1" 2>/dev/null)" in '' | Z*) return 1 ;; esac
  fi
}

is_dead() { ! is_alive "$1"; }

# runs_as PID WORD: the process lives and WORD is part of its command line. A stale pid file must never
# end somebody else's process.
runs_as() {
  is_alive "$1" || return 1
  if [ -r "/proc/$1/cmdline" ]; then
    tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null | grep -qF -e "$2"
  else
    ps -ww -o command= -p "$1" 2>/dev/null | grep -qF -e "$2"
  fi
}

# pid_in FILE: the pid in the file, or nothing.
pid_in() { if [ -s "$1" ]; then head -n 1 "$1" | tr -cd '0-9'; fi; }

# end_process NAME PID SECONDS: SIGTERM, and SIGKILL once SECONDS are over.
end_process() {
  is_alive "$2" || return 0
  kill -TERM "$2" 2>/dev/null || true
  wait_until "$3" is_dead "$2" && return 0
  say "$1 (pid $2) did not end within $3 s: killed"
  kill -KILL "$2" 2>/dev/null || true
  wait_until 5 is_dead "$2" || die "$1 (pid $2) can't be ended"
}

# port_answers PORT: something on 127.0.0.1 accepts connections there.
port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

is_silent() { ! port_answers "$1"; }

# check_port PORT: an ephemeral port is refused, since whoever reconnects to one may connect to itself.
check_port() {
  case "$1" in '' | *[!0-9]*) die "\"$1\" is no port: give a number from 1024 to 32767" ;; esac
  if [ "$1" -lt 1024 ] || [ "$1" -gt 32767 ]; then die "port $1 is out of range: give one from 1024 to 32767"; fi
}

# require_free PORT WHAT-TO-CHANGE
require_free() {
  check_port "$1"
  ! port_answers "$1" || die "port $1 is taken by another program: end it, or choose another port with $2"
}

# http_status PORT PATH: the status of `GET PATH` on 127.0.0.1:PORT, or nothing. Needs no curl.
http_status() {
  (
    exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 0
    printf 'GET %s HTTP/1.0\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n' "$2" "$1" >&3
    read -r -t 3 _ status _ <&3 && printf '%s' "$status"
  ) 2>/dev/null || true
}

# answers_200 PORT PATH
answers_200() { [ "$(http_status "$1" "$2")" = 200 ]; }

# free_port FROM: the first port from there on that nobody uses.
free_port() {
  local port=$1
  while port_answers "$port"; do
    port=$((port + 1))
    check_port "$port"
  done
  printf '%s' "$port"
}

# become_user USER COMMAND...: turns this shell into the command, run as that user when root, else as oneself.
become_user() {
  local user=$1
  shift
  if is_root; then
    exec setpriv --reuid="$user" --regid="$user" --init-groups -- "$@"
  else
    exec "$@"
  fi
}
