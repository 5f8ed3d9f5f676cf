DROP INDEX CONCURRENTLY chats_direct_key;
