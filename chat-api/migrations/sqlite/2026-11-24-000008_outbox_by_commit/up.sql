-- See the PostgreSQL migration of the same name. Inside one process nothing is kept here.
DROP TABLE outbox;
CREATE TABLE outbox (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    places TEXT   NOT NULL,
    due_at BIGINT NOT NULL
);
CREATE INDEX outbox_due ON outbox (due_at);
