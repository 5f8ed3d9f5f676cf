-- Times are microseconds since 1970 in UTC.

CREATE TABLE users (
    -- AUTOINCREMENT: ids are never given out twice, not even after a deletion.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    username TEXT NOT NULL,
    -- The same for names that differ only in case or Unicode form.
    username_key TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL DEFAULT '',
    first_name TEXT NOT NULL DEFAULT '',
    last_name TEXT NOT NULL DEFAULT '',
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    id TEXT PRIMARY KEY NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    device TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX sessions_of_user ON sessions (user_id, created_at);
CREATE INDEX sessions_revoked ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE refresh_tokens (
    -- SHA-256 of the token; the token itself is nowhere.
    hash BLOB PRIMARY KEY NOT NULL,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_age ON refresh_tokens (created_at);

CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY NOT NULL NOT NULL,
    -- The JWK member x (RFC 8037): the public key in base64url.
    x TEXT NOT NULL,
    -- PKCS#8, sealed by AES-256-GCM under keys.secret: nonce, ciphertext, tag.
    private_key BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT
);

-- Control messages that the bus has not confirmed yet.
CREATE TABLE outbox (
    id TEXT PRIMARY KEY NOT NULL,
    body TEXT NOT NULL,
    -- Nobody else publishes it before then.
    due_at BIGINT NOT NULL
);
CREATE INDEX outbox_due ON outbox (due_at);
