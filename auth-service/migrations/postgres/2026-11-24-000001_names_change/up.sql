-- When the first or last name last changed; 0 if never. The default is constant: the table is not rewritten.
ALTER TABLE users ADD COLUMN changed_at BIGINT NOT NULL DEFAULT 0;
