CREATE INDEX CONCURRENTLY members_role ON members (chat_id, role, joined_at, user_id);
