-- Closed by the operator; what is left of a deleted account stays as the author of what it said.
ALTER TABLE users ADD COLUMN disabled_at BIGINT;
ALTER TABLE users ADD COLUMN deleted_at BIGINT;
CREATE INDEX users_by_email ON users (lower(email)) WHERE email <> '';

-- Ways to set a new password that were mailed and not used yet.
CREATE TABLE password_resets (
    -- SHA-256 of the token; the token itself is in the mail only.
    hash BLOB PRIMARY KEY NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
);
CREATE INDEX password_resets_of_user ON password_resets (user_id);
CREATE INDEX password_resets_expiry ON password_resets (expires_at);
