CREATE TABLE second_factors (
    user_id BIGINT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    -- The key of RFC 6238, sealed by AES-256-GCM under keys.secret: nonce, ciphertext, tag.
    secret BYTEA NOT NULL,
    -- Before then it counts for nothing.
    confirmed_at BIGINT,
    -- The time step of the last code that was used: neither it nor an earlier one is good again.
    last_step BIGINT NOT NULL DEFAULT 0
);

-- What stands in for a code, once: those that were not used yet.
CREATE TABLE recovery_codes (
    -- SHA-256 of the code, which has 80 random bits.
    hash BYTEA PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX recovery_codes_of_user ON recovery_codes (user_id);
