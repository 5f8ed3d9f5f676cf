-- One row for each commit instead of one for each event: half of what a send cost.
CREATE TABLE outbox_of_commits (
    id     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Which events: 'CHAT:SEQ,CHAT:SEQ,…', in order.
    places TEXT   NOT NULL,
    -- Whoever publishes them leases them until then.
    due_at BIGINT NOT NULL
);
CREATE INDEX outbox_of_commits_due ON outbox_of_commits (due_at);
INSERT INTO outbox_of_commits (places, due_at)
    SELECT string_agg(chat_id || ':' || seq, ',' ORDER BY seq), min(due_at) FROM outbox GROUP BY chat_id, seq / 100
    ORDER BY chat_id, seq / 100;
DROP TABLE outbox;
ALTER TABLE outbox_of_commits RENAME TO outbox;
ALTER INDEX outbox_of_commits_due RENAME TO outbox_due;

-- What refers to what is checked under the chat's lock, by the code that writes; checking it again with every message
-- cost as much as storing it. Rows go in the right order when a chat is purged.
ALTER TABLE messages DROP CONSTRAINT messages_chat_id_fkey, DROP CONSTRAINT messages_sender_id_fkey;
ALTER TABLE events DROP CONSTRAINT events_chat_id_fkey;
