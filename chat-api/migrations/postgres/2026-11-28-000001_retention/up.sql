-- Chats whose messages are kept for another time than the settings say. Without a foreign key, which would take a lock on
-- the table of chats: a rule goes when its chat is purged.
CREATE TABLE retention (
    chat_id BIGINT PRIMARY KEY,
    -- How many days a message is kept; 0 is for good.
    days    INTEGER NOT NULL
);
