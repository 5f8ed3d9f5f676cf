#!/usr/bin/env bash
# Runs all tests there are, and says for every part whether it was covered.
#
#   ONLY=standalone       all but what needs PostgreSQL, RabbitMQ and nginx
#   ONLY=lints,unit       these parts only
#   CHATIRE_POSTGRES_URL, CHATIRE_AMQP_URL   servers to test against instead of private ones
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
# shellcheck source=deploy/dev/lib/common.sh
. "$HERE/lib/common.sh"
# shellcheck source=deploy/dev/lib/packages.sh
. "$HERE/lib/packages.sh"
# shellcheck source=deploy/dev/lib/tools.sh
. "$HERE/lib/tools.sh"
# shellcheck source=deploy/dev/lib/cluster.sh
. "$HERE/lib/cluster.sh"
# shellcheck source=deploy/dev/lib/parts.sh
. "$HERE/lib/parts.sh"

PARTS="format charts compose web lints unit build instructions conformance e2e-standalone e2e-cluster contract-standalone"
PARTS="$PARTS contract-cluster rolling failover observability browser-standalone browser-cluster"
ONLY=${ONLY:-}
SERVICES_DIR=$ROOT/.run/test
CLUSTER_DIR=$ROOT/.run/test-cluster
STANDALONE_DATA=$ROOT/.run/test-standalone
LOGS=$ROOT/.run/test-logs
VENV=$ROOT/.run/python

# is_selected PART
is_selected() {
  case "$ONLY" in
    '') return 0 ;;
    standalone) case "$1" in *-cluster | charts | instructions | rolling | failover | observability) return 1 ;; *) return 0 ;; esac ;;
    *) case ",$ONLY," in *",$1,"*) return 0 ;; *) return 1 ;; esac ;;
  esac
}

check_only() {
  local part
  [ "$ONLY" != standalone ] || return 0
  for part in $(printf '%s' "$ONLY" | tr ',' ' '); do
    case " $PARTS " in
      *" $part "*) ;;
      *) die "ONLY=$ONLY: there is no part \"$part\". Give \"standalone\", or some of: $PARTS" ;;
    esac
  done
}

# bounded MINUTES COMMAND...: where there is a `timeout`, a hanging runner is ended.
bounded() {
  local minutes=$1
  shift
  if have timeout; then timeout --foreground --kill-after=30 "${minutes}m" "$@"; else "$@"; fi
}

has_nextest() { cargo nextest --version >/dev/null 2>&1; }

# All builds take the whole workspace with its tests: with fewer packages or targets cargo would choose other
# features for the dependencies, and build them again.
build_everything() {
  "$HERE/web.sh"
  cargo build --locked --workspace --bins --tests
}

part_format() {
  cargo fmt --all --check
  install_npm_packages "$ROOT/web"
  cd web
  npm run --silent lint
}

part_web() {
  install_npm_packages "$ROOT/web"
  cd web
  npm run --silent typecheck
  bounded 10 npm test
  "$HERE/web.sh"
  npm run --silent check-dist
}

part_lints() {
  "$HERE/web.sh"
  # What `cargo clippy --all-targets -- -D warnings` does, but as a build: its check would go through all dependencies for
  # itself, which the parts below need built anyway.
  CLIPPY_ARGS='-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__' \
    RUSTC_WORKSPACE_WRAPPER="$(rustc --print sysroot)/bin/clippy-driver" cargo build --locked --workspace --all-targets
}

part_unit() {
  "$HERE/web.sh"
  if has_nextest; then
    bounded 20 cargo nextest run --locked --workspace --no-fail-fast --no-tests fail -E 'not binary_id(chatire-tests::e2e)'
  else
    bounded 20 cargo test --locked --workspace --exclude chatire-tests --no-fail-fast
    bounded 20 cargo test --locked --workspace --lib -p chatire-tests
  fi
}

has_compose() { docker compose version >/dev/null 2>&1 || have docker-compose; }

# The files of deploy/compose*.yaml, which need no engine to be read.
part_compose() {
  has_compose || ! can_install || install_packages docker-compose || true
  has_compose || not_covered "Docker Compose is missing: install it (Debian: apt-get install docker-compose)"
  require_python "$VENV-compose" compose
  PYTHON=$VENV-compose/bin/python tests/compose/run.sh
}

part_build() { build_everything; }

# What the hot paths cost, counted under valgrind.
part_instructions() {
  local bounds
  bounds=tests/instructions/$(uname -m).txt
  have valgrind || ! can_install || install_packages valgrind || true
  have valgrind || not_covered "valgrind is missing: install it (Debian: apt-get install valgrind)"
  [ -e "$bounds" ] || not_covered "there are no bounds for this processor: \`make instructions WRITE_BOUNDS=1\` writes $bounds"
  bounded 10 "$HERE/instructions.sh"
}

# Scenarios wait for most of their time, for processes to start and for what they broke to heal: two more than there are
# cores keep these busy. (Those that need the machine alone say so in .config/nextest.toml.)
scenarios_at_once() { echo "$(($(getconf _NPROCESSORS_ONLN) + 2))"; }

# e2e NEXTEST-FILTER CARGO-TEST-ARGUMENT...: the scenarios that both choose, each in its own words.
e2e() {
  local filter=$1
  shift
  build_everything
  if has_nextest; then
    bounded 25 cargo nextest run --locked --workspace --no-fail-fast --no-tests fail \
      --test-threads "$(scenarios_at_once)" -E "binary_id(chatire-tests::e2e) & $filter"
  else
    bounded 25 cargo test --locked --workspace --no-fail-fast --test e2e -- "$@"
  fi
}

# Everything that is not the cluster's, so that no scenario is forgotten for its name.
part_e2e_standalone() { e2e 'not test(over_cluster)' --skip over_cluster; }

part_e2e_cluster() {
  "$HERE/services.sh" start --dir "$SERVICES_DIR" --pg-port 25442 --amqp-port 25682 ||
    not_covered "no PostgreSQL and RabbitMQ can be had here"
  eval "$("$HERE/services.sh" env --dir "$SERVICES_DIR")"
  export CHATIRE_TEST_POSTGRES_URL=$CHATIRE_POSTGRES_URL CHATIRE_TEST_AMQP_URL=$CHATIRE_AMQP_URL
  e2e 'test(over_cluster)' over_cluster
  "$HERE/services.sh" stop --wipe --dir "$SERVICES_DIR"
}

# require_python VENV FOLDER: a Python with what the folder's tests need.
require_python() {
  can_make_venvs || ! can_install || install_packages python3 python3-venv || true
  can_make_venvs ||
    not_covered "Python 3.11 with its venv module is missing: install it (Debian: apt-get install python3-venv)"
  install_python_packages "$1" "$ROOT/tests/$2/requirements.txt"
}

# The Helm chart, rendered and held against what is promised of it.
part_charts() {
  require_python "$VENV-charts" charts
  have nginx || [ -x /usr/sbin/nginx ] || ! can_install || install_packages nginx || true
  have nginx || [ -x /usr/sbin/nginx ] || not_covered "nginx is missing: install it"
  PYTHON=$VENV-charts/bin/python bounded 5 tests/charts/run.sh
}

# The gateway's sockets against the cases of the Autobahn suite.
part_conformance() {
  require_python "$VENV-conformance" conformance
  "$HERE/web.sh"
  cargo build --locked --workspace --bins --tests --examples
  KOSOKU=$VENV-conformance/bin/kosoku bounded 10 tests/conformance/run.sh \
    "$(target_dir)/debug/examples/echo" "127.0.0.1:$(free_port 22300)" "$LOGS/conformance"
}

# hold_contract ADDRESS: whether the server answers as its OpenAPI documents say.
hold_contract() { SCHEMATHESIS=$VENV/bin/schemathesis bounded 25 tests/contract/run.sh "$1" /api/openapi.json /auth/openapi.json; }

part_contract_standalone() {
  require_python "$VENV" contract
  build_everything
  start_standalone
  hold_contract "http://localhost:$STANDALONE_PORT"
  end_standalone
}

part_contract_cluster() {
  require_python "$VENV" contract
  build_everything
  start_cluster
  python3 tests/edge/check.py "http://localhost:$EDGE_PORT"
  python3 tests/edge/scaling.py
  hold_contract "http://localhost:$EDGE_PORT"
  "$HERE/down.sh" --wipe
}

# Every service of a cluster is replaced under load.
part_rolling() {
  have nginx || [ -x /usr/sbin/nginx ] || can_install || not_covered "nginx is missing: install it"
  build_everything
  bounded 5 "$HERE/check-rolling.sh"
}

# PostgreSQL dies under load, and a standby takes its place.
part_failover() {
  have nginx || [ -x /usr/sbin/nginx ] || can_install || not_covered "nginx is missing: install it"
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || have initdb || can_install ||
    not_covered "PostgreSQL's packages are missing, and one that runs in Docker has no standby here"
  build_everything
  bounded 5 "$HERE/check-failover.sh"
}

# Metrics, alerts, dashboard and runbook against what a cluster really exports.
part_observability() {
  local name words=()
  if ! have prometheus || ! have promtool; then ! can_install || install_packages prometheus || true; fi
  { have prometheus && have promtool; } ||
    not_covered "Prometheus with promtool is missing: install it (Debian: apt-get install prometheus)"
  can_make_venvs || ! can_install || install_packages python3 python3-venv || true
  can_make_venvs || not_covered "Python 3.11 is missing: install it"
  "$HERE/web.sh"
  cargo build --locked --workspace --bins --tests --examples
  start_cluster
  for name in auth-service chat-api-1 chat-api-2 ws-gateway-1 ws-gateway-2; do
    words+=("${name%-[12]}=$(public_port "$name"):$(internal_port "$name")")
  done
  CHATTER=$(target_dir)/debug/examples/chatter bounded 5 \
    tests/observability/run.sh "$LOGS/observability" "$(free_port 9590)" "${words[@]}"
  "$HERE/down.sh" --wipe
}

has_browser() { [ -n "${CHROMIUM:-}" ] || have chromium || have google-chrome; }

require_browser() {
  if ! has_browser && can_install; then install_packages chromium || true; fi
  has_browser ||
    not_covered "Chromium is missing: install it (Debian: apt-get install chromium), or name it in CHROMIUM"
  install_npm_packages "$ROOT/tests/browser"
}

# Access tokens that end while the browsers are at it.
BROWSER_TOKEN_SECONDS=20

# browse ADDRESS OPTION...: two people chat in real browsers.
browse() { bounded 15 node tests/browser/run.mjs "$@"; }

part_browser_standalone() {
  require_browser
  build_everything
  start_standalone CHATIRE__AUTH__ACCESS_TOKEN_SECONDS=$BROWSER_TOKEN_SECONDS
  browse "http://localhost:$STANDALONE_PORT" --mails "$STANDALONE_DATA/mail"
  end_standalone
}

part_browser_cluster() {
  local pids=$CLUSTER_DIR/pids
  [ -d /proc/self ] || not_covered "gateways are killed and started again by what Linux says of processes in /proc"
  require_browser
  build_everything
  start_cluster "CHATIRE__ACCESS_TOKEN_SECONDS=$BROWSER_TOKEN_SECONDS CHATIRE__MAIL__FOLDER=$CLUSTER_DIR/mail"
  browse "http://localhost:$EDGE_PORT" --mails "$CLUSTER_DIR/mail" \
    --gateways "$pids/ws-gateway-1.pid,$pids/ws-gateway-2.pid"
  "$HERE/down.sh" --wipe
}

# start_standalone SETTING...: the one binary on a data folder of its own; sets STANDALONE_PORT.
start_standalone() {
  STANDALONE_PORT=$(free_port 22100)
  rm -rf "$STANDALONE_DATA"
  env CHATIRE__LISTEN__PUBLIC="127.0.0.1:$STANDALONE_PORT" CHATIRE__PUBLIC_URL="http://localhost:$STANDALONE_PORT" \
    CHATIRE__AUTH__LIMITS__ENABLED=false CHATIRE__CHAT__LIMITS__ENABLED=false CHATIRE__GATEWAY__LIMITS__ENABLED=false \
    CHATIRE__DATA="$STANDALONE_DATA" "$@" "$(target_dir)/debug/chatire" >"$LOGS/chatire.log" 2>&1 &
  echo "$!" >"$LOGS/chatire.pid"
  wait_until 30 answers_200 "$STANDALONE_PORT" / || {
    tail -n 30 "$LOGS/chatire.log"
    die "the standalone binary does not answer: its log above says why"
  }
}

# start_cluster SETTINGS-OF-AUTH-SERVICE: as `make up` does, beside one that may run already; sets EDGE_PORT.
start_cluster() {
  have nginx || [ -x /usr/sbin/nginx ] || can_install || not_covered "nginx is missing: install it"
  export CHATIRE_RUN_DIR=$CLUSTER_DIR CHATIRE_PROFILE=dev CHATIRE_SKIP_BUILD=1
  export EDGE_PORT=8480 PORT_BASE=8500 PG_PORT=25452 AMQP_PORT=25692
  # All tests come from one address.
  export CHATIRE_SETTINGS='CHATIRE__LIMITS__ENABLED=false CHATIRE__LISTEN__DRAIN_SECONDS=0' CHATIRE_AUTH_SETTINGS="${1:-}"
  "$HERE/up.sh"
}

end_standalone() {
  local pid
  pid=$(pid_in "$LOGS/chatire.pid")
  if runs_as "$pid" /chatire; then end_process chatire "$pid" 20; fi
  rm -f "$LOGS/chatire.pid"
  rm -rf "$STANDALONE_DATA"
}

end_everything() {
  local code=$?
  trap - EXIT INT TERM
  set +e
  end_descendants
  end_standalone
  if [ -e "$CLUSTER_DIR" ]; then CHATIRE_RUN_DIR=$CLUSTER_DIR "$HERE/down.sh" --wipe 2>/dev/null; fi
  if [ -e "$SERVICES_DIR" ]; then "$HERE/services.sh" stop --wipe --dir "$SERVICES_DIR" 2>/dev/null; fi
  exit "$code"
}

check_only
forget_settings
# These would make other servers of those that the tests start.
unset CHATIRE_RUN_DIR CHATIRE_PROFILE CHATIRE_SKIP_BUILD PORT DATA EDGE_PORT PORT_BASE PG_PORT AMQP_PORT
unset SCALE_CHAT SCALE_GATEWAY
cd "$ROOT"
require_rust
require_node
mkdir -p "$LOGS"
trap end_everything EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

run_part format checks '' part_format
run_part charts tests '' part_charts
run_part web tests '' part_web
run_part lints checks '' part_lints
run_part unit tests '' part_unit
run_part compose tests '' part_compose
run_part build checks '' part_build
run_part instructions tests build part_instructions
run_part conformance tests build part_conformance
run_part e2e-standalone tests build part_e2e_standalone
run_part e2e-cluster tests build part_e2e_cluster
run_part contract-standalone tests build part_contract_standalone
run_part contract-cluster tests build part_contract_cluster
run_part rolling tests build part_rolling
run_part failover tests build part_failover
run_part observability tests build part_observability
run_part browser-standalone tests build part_browser_standalone
run_part browser-cluster tests build part_browser_cluster
summary
