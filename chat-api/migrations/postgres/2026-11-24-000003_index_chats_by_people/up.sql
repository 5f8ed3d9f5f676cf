CREATE UNIQUE INDEX CONCURRENTLY chats_direct_key ON chats (direct_key);
