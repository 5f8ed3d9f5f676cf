DROP TABLE outbox;
CREATE TABLE outbox (
    chat_id BIGINT NOT NULL,
    seq     BIGINT NOT NULL,
    due_at  BIGINT NOT NULL,
    PRIMARY KEY (chat_id, seq)
);
CREATE INDEX outbox_due ON outbox (due_at);
