-- When the first or last name last changed; 0 if never.
ALTER TABLE users ADD COLUMN changed_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX users_changed ON users (changed_at, id);
