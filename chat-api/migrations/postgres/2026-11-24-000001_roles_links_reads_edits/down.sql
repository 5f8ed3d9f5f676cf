DROP TABLE users_asked;
DROP TABLE bans;
DROP TABLE reactions;
DROP TABLE mentions;
DROP TABLE message_versions;
ALTER TABLE messages DROP COLUMN edited_at, DROP COLUMN deleted_at;
ALTER TABLE members DROP COLUMN role, DROP COLUMN read_seq;
ALTER TABLE chats DROP COLUMN link, DROP COLUMN direct_key, DROP COLUMN member_count, DROP COLUMN deleted_at;
ALTER TABLE chats RENAME COLUMN created_by TO owner_id;
