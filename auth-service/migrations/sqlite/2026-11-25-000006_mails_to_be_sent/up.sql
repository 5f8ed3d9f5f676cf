-- Mails for a new password that were asked for and that no mail server has yet. First a row has the address that was asked
-- for; then there is one for each account with that address, by its user_id. What lets one in stands in no row: it is made
-- when the mail is sent.
CREATE TABLE reset_mails (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    user_id BIGINT REFERENCES users (id),
    -- Who asked, for the audit log.
    address TEXT NOT NULL,
    device TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    tries INTEGER NOT NULL,
    due_at BIGINT NOT NULL
);
CREATE INDEX reset_mails_due ON reset_mails (due_at);
