-- Columns with constant defaults: no table is rewritten, each lock is held for a moment.
ALTER TABLE chats RENAME COLUMN owner_id TO created_by;
ALTER TABLE chats
    -- What one shares so that others can join; null when it is closed, and in direct chats.
    ADD COLUMN link         TEXT,
    -- Of a chat of two people: their ids, the lower one first, as 'ID:ID'.
    ADD COLUMN direct_key   TEXT,
    ADD COLUMN member_count INTEGER NOT NULL DEFAULT 0,
    -- Gone for everybody; its rows are purged in small steps.
    ADD COLUMN deleted_at   BIGINT;
ALTER TABLE members
    -- 0 owner, 1 admin, 2 member.
    ADD COLUMN role     INTEGER NOT NULL DEFAULT 2,
    ADD COLUMN read_seq BIGINT  NOT NULL DEFAULT 0;
-- Read marks change in place with every message: leave room on the page, so that no index has to.
ALTER TABLE members SET (fillfactor = 70);
ALTER TABLE messages
    ADD COLUMN edited_at  BIGINT,
    -- The text is empty then, and stands in message_versions.
    ADD COLUMN deleted_at BIGINT;

UPDATE chats SET link = uri, member_count = (SELECT count(*) FROM members WHERE chat_id = chats.id);
UPDATE members SET role = 0 FROM chats WHERE chats.id = members.chat_id AND chats.created_by = members.user_id;

-- What messages said before: for the audit, never shown.
CREATE TABLE message_versions (
    message_id BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    -- The event that took this text away.
    seq        BIGINT NOT NULL,
    text       TEXT   NOT NULL,
    by_id      BIGINT NOT NULL REFERENCES users (id),
    at         BIGINT NOT NULL,
    PRIMARY KEY (message_id, seq)
);

CREATE TABLE mentions (
    message_id BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    user_id    BIGINT NOT NULL REFERENCES users (id),
    -- Of the message, for counting what is unread.
    chat_id    BIGINT NOT NULL,
    seq        BIGINT NOT NULL,
    PRIMARY KEY (message_id, user_id)
);
CREATE INDEX mentions_user ON mentions (user_id, chat_id, seq);

CREATE TABLE reactions (
    message_id BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    emoji      TEXT   NOT NULL,
    user_id    BIGINT NOT NULL REFERENCES users (id),
    at         BIGINT NOT NULL,
    PRIMARY KEY (message_id, emoji, user_id)
);

CREATE TABLE bans (
    chat_id BIGINT NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id),
    by_id   BIGINT NOT NULL REFERENCES users (id),
    at      BIGINT NOT NULL,
    PRIMARY KEY (chat_id, user_id)
);

-- Up to which moment (microseconds) auth-service was asked whose names changed. One row.
CREATE TABLE users_asked (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at BIGINT  NOT NULL
);
