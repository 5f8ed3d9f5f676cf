# shellcheck shell=bash
# What must be there before anything can be built.

require_node() {
  local version
  if ! have node || ! have npm; then die "Node.js is missing: install version 20 or newer (https://nodejs.org)"; fi
  version=$(node --version)
  version=${version#v}
  [ "${version%%.*}" -ge 20 ] || die "Node.js $version is too old: install version 20 or newer (https://nodejs.org)"
}

# install_npm_packages FOLDER: what its package-lock.json names, unless it is there already.
install_npm_packages() {
  require_node
  if [ -e "$1/node_modules/.package-lock.json" ] && [ ! "$1/package-lock.json" -nt "$1/node_modules/.package-lock.json" ]; then
    return 0
  fi
  say "installing the npm packages of $1"
  (cd "$1" && npm ci --no-audit --no-fund >&2) || die "npm ci failed in $1: its words above say why"
}

can_make_venvs() {
  have python3 && python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

# install_python_packages VENV REQUIREMENTS: exactly what the file names, unless it is there already.
install_python_packages() {
  if cmp -s "$2" "$1/requirements.txt"; then return 0; fi
  say "installing the Python packages of $2"
  rm -rf "$1"
  python3 -m venv "$1" >&2 || die "python3 -m venv failed: its words above say why"
  "$1/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$2" >&2 ||
    die "pip failed with $2: its words above say why"
  cp "$2" "$1/requirements.txt"
}

require_rust() {
  have cargo || die "Rust is missing: install it as https://rustup.rs says"
  have cc || have gcc || have clang || require_command cc gcc \
    "install a C compiler (Debian: apt-get install gcc libc6-dev; macOS: xcode-select --install)"
}

# target_dir: where cargo puts what it builds.
target_dir() { printf '%s' "${CARGO_TARGET_DIR:-$ROOT/target}"; }

# build_binaries PROFILE PACKAGE...: sets BINARIES to the folder that holds them.
build_binaries() {
  local profile=$1 package arguments=()
  shift
  case "$profile" in
    release) BINARIES=$(target_dir)/release arguments=(--release) ;;
    dev) BINARIES=$(target_dir)/debug arguments=(--profile dev) ;;
    *) die "CHATIRE_PROFILE is \"$profile\": give release or dev" ;;
  esac
  if [ -n "${CHATIRE_SKIP_BUILD:-}" ]; then
    say "using the binaries in $BINARIES as they are (CHATIRE_SKIP_BUILD)"
    return 0
  fi
  for package in "$@"; do arguments+=(-p "$package"); done
  require_rust
  say "building $* ($profile)"
  (cd "$ROOT" && cargo build --locked "${arguments[@]}" >&2) || die "the build failed: cargo's words above say why"
}

# require_cargo_tool NAME VERSION: a subcommand of cargo, built once into .run/tools unless it is there in that version.
require_cargo_tool() {
  PATH="$ROOT/.run/tools/bin:$PATH"
  case "$("$1" "${1#cargo-}" --version 2>/dev/null || "$1" --version 2>/dev/null)" in *" $2"*) return 0 ;; esac
  say "building $1 $2 (some minutes, once)"
  cargo install --quiet --locked --root "$ROOT/.run/tools" "$1@$2" >&2 || die "$1 can't be built: cargo's words above say why"
}
