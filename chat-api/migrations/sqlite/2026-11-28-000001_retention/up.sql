-- See the PostgreSQL migration of the same name for what the columns mean.
CREATE TABLE retention (
    chat_id BIGINT PRIMARY KEY NOT NULL,
    days    INTEGER NOT NULL
);
