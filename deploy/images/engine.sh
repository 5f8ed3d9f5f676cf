# shellcheck shell=bash
# shellcheck disable=SC2034 # read by those who source this
# What builds images and runs containers here: Docker, else Podman.

# require_engine: sets ENGINE, and BUILD_OPTIONS and RUN_OPTIONS, which it needs on this machine.
require_engine() {
  BUILD_OPTIONS=() RUN_OPTIONS=()
  if have docker && within 5 docker info; then
    ENGINE=docker
    return 0
  fi
  if ! have podman && can_install; then install_packages podman runc || true; fi
  have podman || die "Docker or Podman is missing: install one (Debian: apt-get install podman runc)"
  ENGINE=podman
  # Health checks are no part of OCI's own format.
  BUILD_OPTIONS=(--format docker --isolation chroot --network host)
  # crun refuses machines with both kinds of cgroups, and its default limits need rights that not every machine gives.
  if have runc; then RUN_OPTIONS=(--runtime runc); fi
}

# engine ARGUMENT...: without what Podman says about health checks where there is no systemd to do them by the clock.
engine() {
  if [ "$ENGINE" = podman ]; then podman --log-level fatal "$@"; else docker "$@"; fi
}

# The images: names of targets in the Dockerfile.
TARGETS="auth-service chat-api ws-gateway standalone edge"

# image TARGET: its name with its tag.
image() { printf '%s/%s:%s' "${CHATIRE_IMAGES:-chatire}" "$1" "${CHATIRE_VERSION:-latest}"; }
