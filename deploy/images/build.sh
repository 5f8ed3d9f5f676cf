#!/usr/bin/env bash
# Builds the images: all, or the targets that are named (auth-service chat-api ws-gateway standalone edge).
#
#   CHATIRE_IMAGES, CHATIRE_VERSION   chatire/chat-api:latest is called so by these ("chatire", "latest")
#   CHATIRE_BASES=local               on base images that are made here with debootstrap, without asking a registry;
#                                     chosen by itself where Podman can't reach one
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
# shellcheck source=deploy/dev/lib/common.sh
. "$ROOT/deploy/dev/lib/common.sh"
# shellcheck source=deploy/dev/lib/packages.sh
. "$ROOT/deploy/dev/lib/packages.sh"
# shellcheck source=deploy/dev/lib/tools.sh
. "$ROOT/deploy/dev/lib/tools.sh"
# shellcheck source=deploy/images/engine.sh
. "$HERE/engine.sh"
# shellcheck source=deploy/images/bases.sh
. "$HERE/bases.sh"

# needs_local_bases: Docker says itself what it can't fetch; Podman might ask about it for minutes.
needs_local_bases() {
  [ "${CHATIRE_BASES:-}" != local ] || return 0
  [ "$ENGINE" = podman ] || return 1
  ! within 60 podman pull --quiet "$(sed -n 's/^ARG BASE_IMAGE=//p' "$HERE/Dockerfile")"
}

revision() { git -C "$ROOT" rev-parse HEAD 2>/dev/null || echo unknown; }

version() { sed -n 's/^version = "\(.*\)"$/\1/p' "$ROOT/Cargo.toml" | head -n 1; }

# build TARGET
build() {
  say "building $(image "$1")"
  "$ENGINE" build ${BUILD_OPTIONS[@]+"${BUILD_OPTIONS[@]}"} --file "$HERE/Dockerfile" --target "$1" \
    --build-arg "VERSION=$(version)" --build-arg "REVISION=$(revision)" --tag "$(image "$1")" "$ROOT" >&2 ||
    die "the image of $1 could not be built: the words above say why"
}

require_engine
if needs_local_bases; then
  make_bases
  BUILD_OPTIONS+=(--build-arg "BASE_IMAGE=$BASES/debian:$DEBIAN" --build-arg "RUST_IMAGE=$BASES/rust:$DEBIAN"
    --build-arg "NODE_IMAGE=$BASES/node:$DEBIAN")
fi
# Docker finds the file beside the Dockerfile by itself.
if [ "$ENGINE" = podman ]; then BUILD_OPTIONS+=(--ignorefile "$HERE/Dockerfile.dockerignore"); fi
# shellcheck disable=SC2086 # one word for each target
[ $# -gt 0 ] || set -- $TARGETS
for target in "$@"; do build "$target"; done
