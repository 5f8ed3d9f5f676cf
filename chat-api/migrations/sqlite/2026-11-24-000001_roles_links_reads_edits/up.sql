-- See the PostgreSQL migration of the same name for what the columns mean.
ALTER TABLE chats RENAME COLUMN owner_id TO created_by;
ALTER TABLE chats ADD COLUMN link TEXT;
ALTER TABLE chats ADD COLUMN direct_key TEXT;
ALTER TABLE chats ADD COLUMN member_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chats ADD COLUMN deleted_at BIGINT;
ALTER TABLE members ADD COLUMN role INTEGER NOT NULL DEFAULT 2;
ALTER TABLE members ADD COLUMN read_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN edited_at BIGINT;
ALTER TABLE messages ADD COLUMN deleted_at BIGINT;

UPDATE chats SET link = uri, member_count = (SELECT count(*) FROM members WHERE chat_id = chats.id);
UPDATE members SET role = 0 WHERE user_id = (SELECT created_by FROM chats WHERE chats.id = members.chat_id);

CREATE UNIQUE INDEX chats_link ON chats (link);
CREATE UNIQUE INDEX chats_direct_key ON chats (direct_key);
CREATE INDEX chats_deleted ON chats (deleted_at) WHERE deleted_at IS NOT NULL;
DROP INDEX members_joined;
CREATE INDEX members_role ON members (chat_id, role, joined_at, user_id);

CREATE TABLE message_versions (
    message_id BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    seq        BIGINT NOT NULL,
    text       TEXT   NOT NULL,
    by_id      BIGINT NOT NULL REFERENCES users (id),
    at         BIGINT NOT NULL,
    PRIMARY KEY (message_id, seq)
);

CREATE TABLE mentions (
    message_id BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    user_id    BIGINT NOT NULL REFERENCES users (id),
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

CREATE TABLE users_asked (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at BIGINT  NOT NULL
);

-- The words of all messages. It keeps no text of its own; triggers keep it in step with the messages.
CREATE VIRTUAL TABLE messages_words
    USING fts5 (text, content = 'messages', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 0');
INSERT INTO messages_words (messages_words) VALUES ('rebuild');
CREATE TRIGGER messages_words_added AFTER INSERT ON messages BEGIN
    INSERT INTO messages_words (rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER messages_words_changed AFTER UPDATE OF text ON messages BEGIN
    INSERT INTO messages_words (messages_words, rowid, text) VALUES ('delete', old.id, old.text);
    INSERT INTO messages_words (rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER messages_words_removed AFTER DELETE ON messages BEGIN
    INSERT INTO messages_words (messages_words, rowid, text) VALUES ('delete', old.id, old.text);
END;
