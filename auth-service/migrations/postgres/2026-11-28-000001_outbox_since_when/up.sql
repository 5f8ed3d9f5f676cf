-- Since when a message waits; 0 for those of replicas that do not know of it yet.
ALTER TABLE outbox ADD COLUMN kept_at BIGINT NOT NULL DEFAULT 0;
