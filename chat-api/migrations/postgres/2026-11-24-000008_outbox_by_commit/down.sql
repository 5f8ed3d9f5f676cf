ALTER TABLE events ADD CONSTRAINT events_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chats (id) ON DELETE CASCADE;
ALTER TABLE messages
    ADD CONSTRAINT messages_sender_id_fkey FOREIGN KEY (sender_id) REFERENCES users (id),
    ADD CONSTRAINT messages_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chats (id) ON DELETE CASCADE;
DROP TABLE outbox;
CREATE TABLE outbox (
    chat_id BIGINT NOT NULL,
    seq     BIGINT NOT NULL,
    due_at  BIGINT NOT NULL,
    PRIMARY KEY (chat_id, seq)
);
CREATE INDEX outbox_due ON outbox (due_at);
