# shellcheck shell=bash
# The images that the Dockerfile begins with, made on this machine where no registry can be asked: Debian by debootstrap, and
# on top of it this machine's own Rust and Node.js. They are named localhost/chatire-base, never like the real ones.

DEBIAN=bookworm
BASES=localhost/chatire-base

# bases_exist
bases_exist() {
  local name
  for name in debian rust node; do "$ENGINE" image inspect "$BASES/$name:$DEBIAN" >/dev/null 2>&1 || return 1; done
}

# make_bases: unless they are there.
make_bases() {
  bases_exist && return 0
  is_root || die "making base images needs root: run this as root, or where a registry can be reached"
  require_command debootstrap debootstrap "install it (Debian: apt-get install debootstrap)"
  require_rust
  require_node
  local work
  work=$(mktemp -d)
  if ! { make_debian_base "$work" && make_rust_base "$work" && make_node_base "$work"; }; then
    rm -rf "$work"
    die "the base images could not be made: the words above say why"
  fi
  rm -rf "$work"
}

# mirror: where this machine's own packages come from.
mirror() {
  # shellcheck disable=SC2016 # apt fills it in
  apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 2>/dev/null | grep -v -- -security | head -n 1
}

make_debian_base() {
  local work=$1 root=$1/debian
  say "making a base image of Debian $DEBIAN with debootstrap"
  debootstrap --variant=minbase --include=ca-certificates "$DEBIAN" "$root" "$(mirror)" >"$work/debootstrap.log" 2>&1 || {
    tail -n 20 "$work/debootstrap.log" >&2
    return 1
  }
  # The sources and the certificate authorities of this machine, which may be behind a proxy that has one of its own.
  rm -f "$root/etc/apt/sources.list"
  [ ! -e /etc/apt/sources.list ] || cp /etc/apt/sources.list "$root/etc/apt/"
  cp /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list "$root/etc/apt/sources.list.d/" 2>/dev/null || true
  cp -R /usr/local/share/ca-certificates "$root/usr/local/share/"
  chroot "$root" update-ca-certificates >/dev/null 2>&1
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
  tar -C "$root" -c . | "$ENGINE" import - "$BASES/debian:$DEBIAN" >/dev/null 2>&1
}

# derive NAME FOLDER: a base with what stands in the folder at /usr/local. The tools there trust what this machine trusts.
derive() {
  printf '%s\n' "FROM $BASES/debian:$DEBIAN" 'COPY . /usr/local/' \
    'ENV CARGO_HOME=/usr/local/cargo NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' |
    "$ENGINE" build ${BUILD_OPTIONS[@]+"${BUILD_OPTIONS[@]}"} --tag "$BASES/$1:$DEBIAN" --file - "$2" >/dev/null
}

make_rust_base() {
  local folder=$1/rust from part
  from=$(rustc --print sysroot)
  say "making a base image with Rust $(rustc --version | cut -d ' ' -f 2)"
  mkdir "$folder"
  for part in bin lib libexec; do cp -R "$from/$part" "$folder/" || return 1; done
  derive rust "$folder"
}

make_node_base() {
  local folder=$1/node npm tool
  say "making a base image with Node.js $(node --version)"
  mkdir -p "$folder/bin" "$folder/lib/node_modules"
  cp "$(node -p process.execPath)" "$folder/bin/node" || return 1
  npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
  cp -R "$npm" "$folder/lib/node_modules/npm" || return 1
  for tool in npm npx; do ln -s "../lib/node_modules/npm/bin/$tool-cli.js" "$folder/bin/$tool"; done
  derive node "$folder"
}
