-- The chat stands among the words, so that a search reads the rows of the asked chats only. What could join words to
-- something longer (addresses, paths, tags) is taken apart first.
CREATE INDEX CONCURRENTLY messages_words ON messages USING gin ((
    to_tsvector('simple', translate(text, './@:-_+~%&=?#<>;', '                '))
    || array_to_tsvector(ARRAY['#' || chat_id::text])
));
