CREATE INDEX CONCURRENTLY chats_deleted ON chats (deleted_at) WHERE deleted_at IS NOT NULL;
