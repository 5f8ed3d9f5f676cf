CREATE INDEX CONCURRENTLY members_joined ON members (chat_id, joined_at, user_id);
