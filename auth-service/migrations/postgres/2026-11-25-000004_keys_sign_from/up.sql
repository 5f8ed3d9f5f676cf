-- Before then a key is published, so that everybody knows it when it begins to sign.
ALTER TABLE signing_keys ADD COLUMN signs_from BIGINT NOT NULL DEFAULT 0;
