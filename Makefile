# The project's commands. Each is a script in deploy/dev, which says how it can be steered.
.PHONY: help run up down roll check-rolling check-upgrade check-failover test bench check-bench soak instructions fuzz images check-images audit sbom wire-types fmt lint

help: ## lists these commands
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

run: ## everything in one process at http://localhost:8000 (PORT=8000 DATA=./data)
	@PORT='$(PORT)' DATA='$(DATA)' exec deploy/dev/run.sh

up: ## the cluster on this machine at http://localhost:8080 (SCALE_CHAT=2 SCALE_GATEWAY=2 EDGE_PORT=8080)
	@exec deploy/dev/up.sh

down: ## ends the cluster
	@exec deploy/dev/down.sh

roll: ## restarts every service of the cluster with what is built now, one after the other, and nobody notices
	@exec deploy/dev/roll.sh

check-rolling: ## does that under load, and fails if somebody noticed
	@exec deploy/dev/check-rolling.sh

check-upgrade: ## the same, from the services of another revision to today's (FROM=REVISION)
	@FROM='$(or $(FROM),$(error give FROM=REVISION))' exec deploy/dev/check-rolling.sh

check-failover: ## PostgreSQL dies under load and a standby takes its place: nothing acknowledged is lost
	@exec deploy/dev/check-failover.sh

test: ## all tests (ONLY=standalone: without the cluster's)
	@ONLY='$(ONLY)' exec deploy/dev/test.sh

bench: ## speed beside a reference (ONLY=pairs,sends-50,sends-hot,paced,mixed,fan-out,spread,idle,storm,reads,guesses,sign-ins QUICK=1 STRICT=1 GATEWAY=1 PLANT=loss)
	@ONLY='$(ONLY)' QUICK='$(QUICK)' STRICT='$(STRICT)' GATEWAY='$(GATEWAY)' PLANT='$(PLANT)' exec deploy/dev/bench.sh

check-bench: ## whether it turns red: a loss, a duplicate and a delay are planted
	@exec deploy/dev/check-bench.sh

soak: ## everything breaks for twenty minutes, and nobody may miss anything (MINUTES=20 MODE=standalone SEED=… PLANT=loss)
	@MINUTES='$(or $(MINUTES),20)' MODE='$(or $(MODE),cluster)' $(if $(SEED),SEED='$(SEED)') PLANT='$(PLANT)' exec deploy/dev/soak.sh

instructions: ## counts what the hot paths cost, and compares it with tests/instructions (WRITE_BOUNDS=1: makes it the bound)
	@WRITE_BOUNDS='$(WRITE_BOUNDS)' exec deploy/dev/instructions.sh

fuzz: ## what a socket and the bus are sent is made up for ten minutes each (SECONDS_EACH=600 ONLY=socket)
	@ONLY='$(ONLY)' SECONDS_EACH='$(SECONDS_EACH)' exec deploy/dev/fuzz.sh

images: ## container images of everything (CHATIRE_VERSION=latest), with Docker or Podman
	@exec deploy/images/build.sh

check-images: ## builds the images and starts each of them
	@exec deploy/images/check.sh

audit: ## licences, sources and known holes of everything that we depend on
	@exec deploy/dev/audit.sh

sbom: ## what all of it consists of (CycloneDX), into .run/sbom
	@exec deploy/dev/sbom.sh

wire-types: ## writes the web client's types and docs/asyncapi.json from shared-proto
	WRITE_WIRE_TYPES=1 WRITE_ASYNCAPI=1 cargo test -p shared-proto --test typescript --test asyncapi

fmt: ## formats everything
	cargo fmt --all
	cd web && npm run format

lint: ## formatting and lints only
	@ONLY=format,lints exec deploy/dev/test.sh
