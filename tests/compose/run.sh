#!/usr/bin/env bash
# Lets Compose read deploy/compose*.yaml, and holds what it makes of them against what they promise. Needs no engine.
# PYTHON names a Python with what requirements.txt lists.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
DEPLOY=$HERE/../../deploy
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT

compose() {
  if docker compose version >/dev/null 2>&1; then docker compose "$@"; else docker-compose "$@"; fi
}

# What this machine sets would be read too.
for name in $(compgen -e CHATIRE_ || true); do unset "$name"; done
"$DEPLOY/make-secrets.sh" "$SCRATCH/secrets" >/dev/null
cp -R "$SCRATCH/secrets" "$SCRATCH/before"
"$DEPLOY/make-secrets.sh" "$SCRATCH/secrets" >/dev/null
diff -r "$SCRATCH/secrets" "$SCRATCH/before" || {
  echo "error: make-secrets.sh changed secrets that were there" >&2
  exit 1
}
compose -f "$DEPLOY/compose.yaml" --profile observability --profile backup config >"$SCRATCH/cluster.yaml"
CHATIRE_DOMAIN=chat.example.org CHATIRE_ACME_EMAIL=me@example.org \
  compose -f "$DEPLOY/compose.yaml" -f "$DEPLOY/compose.tls.yaml" --profile observability --profile backup config >"$SCRATCH/tls.yaml"
compose -f "$DEPLOY/compose.standalone.yaml" config >"$SCRATCH/standalone.yaml"
# Without a name there is nothing that Caddy could get a certificate for.
if compose -f "$DEPLOY/compose.yaml" -f "$DEPLOY/compose.tls.yaml" config >/dev/null 2>&1; then
  echo "error: compose.tls.yaml does without CHATIRE_DOMAIN" >&2
  exit 1
fi
"${PYTHON:-python3}" "$HERE/check.py" "$SCRATCH/cluster.yaml" "$SCRATCH/tls.yaml" "$SCRATCH/standalone.yaml" "$SCRATCH/secrets"
