# shellcheck shell=bash
# Debian's packages, installed only when root and only when something is missing.

APT_UPDATED=

can_install() { is_root && have apt-get; }

# install_packages PACKAGE...: installs them without leaving any of their own services running.
install_packages() {
  local policy=/usr/sbin/policy-rc.d own_policy='' failed=''
  say "installing with apt-get: $*"
  if [ ! -e "$policy" ]; then
    # Debian starts a service as soon as it is installed, unless this file says no.
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    own_policy=yes
  fi
  export DEBIAN_FRONTEND=noninteractive
  if [ -z "$APT_UPDATED" ]; then
    apt-get -o DPkg::Lock::Timeout=300 -qq update >&2 || say "apt-get update failed: trying with the old lists"
    APT_UPDATED=yes
  fi
  apt-get -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -qq install -y --no-install-recommends "$@" >&2 || failed=yes
  [ -z "$own_policy" ] || rm -f "$policy"
  [ -z "$failed" ] || return 1
  keep_services_off "$@"
}

# keep_services_off PACKAGE...: also after the next boot; only ever called for what was just installed here.
keep_services_off() {
  local package
  [ -d /run/systemd/system ] || return 0
  for package in "$@"; do
    case "$package" in
      rabbitmq-server | postgresql | nginx | prometheus | nats-server) systemctl --quiet disable --now "$package" >&2 || true ;;
    esac
  done
}

# offer_command COMMAND PACKAGE: installs Debian's package if the command is missing and that is possible; fails if it is
# missing afterwards.
offer_command() {
  have "$1" && return 0
  can_install && install_packages "$2" && have "$1"
}

# require_command COMMAND PACKAGE HINT: the same for what nothing goes on without.
require_command() {
  offer_command "$1" "$2" || die "$1 is missing: $3"
}
