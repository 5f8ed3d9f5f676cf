-- As messages_words, whose `translate` took longer than everything else that happens to a message: with it, a message cost
-- the database a third more.
CREATE INDEX CONCURRENTLY messages_parts ON messages USING gin ((
    to_tsvector('simple', replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(text, '.', ' '), '/', ' '), '@', ' '), ':', ' '), '-', ' '), '_', ' '), '+', ' '), '~', ' '), '%', ' '), '&', ' '), '=', ' '), '?', ' '), '#', ' '), '<', ' '), '>', ' '), ';', ' '))
    || array_to_tsvector(ARRAY['#' || chat_id::text])
));
