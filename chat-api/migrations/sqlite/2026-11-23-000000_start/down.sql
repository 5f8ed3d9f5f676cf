DROP TABLE outbox;
DROP TABLE events;
DROP TABLE messages;
DROP TABLE members;
DROP TABLE chats;
DROP TABLE users;
