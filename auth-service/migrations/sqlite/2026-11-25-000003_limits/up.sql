-- How much of each limit is used up: at empty_at nothing any more. Losing it costs nothing but the limits' memory.
CREATE TABLE limits (
    key TEXT PRIMARY KEY NOT NULL,
    empty_at BIGINT NOT NULL
);
CREATE INDEX limits_by_end ON limits (empty_at);
