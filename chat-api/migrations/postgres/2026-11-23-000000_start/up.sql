-- Times are microseconds since 1970 (UTC).

-- chat-api's own small copy of names; auth-service owns the accounts.
CREATE TABLE users (
    id           BIGINT PRIMARY KEY,
    username     TEXT   NOT NULL,
    username_key TEXT   NOT NULL,
    first_name   TEXT   NOT NULL,
    last_name    TEXT   NOT NULL
);
CREATE INDEX users_username_key ON users (username_key);

CREATE TABLE chats (
    id              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uri             TEXT   NOT NULL UNIQUE,
    name            TEXT,
    owner_id        BIGINT NOT NULL REFERENCES users (id),
    -- The newest event's seq. Locked by whoever appends; that makes seqs gapless.
    last_seq        BIGINT NOT NULL,
    last_message_id BIGINT,
    last_at         BIGINT NOT NULL,
    created_at      BIGINT NOT NULL
);
-- Rows change in place with every message: leave room on the page, so that no index has to.
ALTER TABLE chats SET (fillfactor = 70);

CREATE TABLE members (
    chat_id   BIGINT NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    user_id   BIGINT NOT NULL REFERENCES users (id),
    joined_at BIGINT NOT NULL,
    PRIMARY KEY (chat_id, user_id)
);
CREATE INDEX members_user ON members (user_id);
CREATE INDEX members_joined ON members (chat_id, joined_at, user_id);

CREATE TABLE messages (
    id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chat_id   BIGINT NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    seq       BIGINT NOT NULL,
    sender_id BIGINT NOT NULL REFERENCES users (id),
    client_id TEXT,
    text      TEXT   NOT NULL,
    reply_to  BIGINT,
    at        BIGINT NOT NULL,
    UNIQUE (chat_id, seq),
    -- A retry can never become a second message.
    UNIQUE (sender_id, client_id)
);

-- Every durable change, as it was encoded for the bus, the socket and the sync endpoint.
CREATE TABLE events (
    chat_id BIGINT NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    seq     BIGINT NOT NULL,
    kind    TEXT   NOT NULL,
    user_id BIGINT,
    frame   TEXT   NOT NULL,
    PRIMARY KEY (chat_id, seq)
);

-- Events that the broker has not confirmed yet. Whoever publishes one leases it until due_at.
CREATE TABLE outbox (
    chat_id BIGINT NOT NULL,
    seq     BIGINT NOT NULL,
    due_at  BIGINT NOT NULL,
    PRIMARY KEY (chat_id, seq)
);
CREATE INDEX outbox_due ON outbox (due_at);
