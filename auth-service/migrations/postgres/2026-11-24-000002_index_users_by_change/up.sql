CREATE INDEX CONCURRENTLY users_changed ON users (changed_at, id);
