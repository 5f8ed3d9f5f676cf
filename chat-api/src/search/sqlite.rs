//! Searching with SQLite's FTS5.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::sqlite::SqliteConnection;
use service_kit::Result;
use shared_proto::UserId;

use super::words::Words;
use super::{BEGIN, CANDIDATES, END, Found};
use crate::numbers;

#[derive(QueryableByName)]
struct Ranked {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

#[derive(QueryableByName)]
struct Snippet {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    snippet: String,
}

pub(super) fn find(
    conn: &mut SqliteConnection,
    asker: UserId,
    words: &Words,
    within: &[i64],
    skip: i64,
    limit: i64,
) -> Result<Vec<Found>> {
    let asked = words.for_sqlite();
    let ranked: Vec<Ranked> = diesel::sql_query(format!(
        "SELECT id FROM (SELECT m.id AS id, bm25(messages_words) AS rank FROM messages_words \
           JOIN messages m ON m.id = messages_words.rowid \
           JOIN members ON members.chat_id = m.chat_id AND members.user_id = ? \
           WHERE messages_words MATCH ? AND m.chat_id IN ({}) AND m.deleted_at IS NULL \
           ORDER BY messages_words.rowid DESC LIMIT {CANDIDATES}) \
         ORDER BY rank, id DESC LIMIT ? OFFSET ?",
        numbers(within)
    ))
    .bind::<BigInt, _>(asker.0)
    .bind::<Text, _>(&asked)
    .bind::<BigInt, _>(limit)
    .bind::<BigInt, _>(skip)
    .load(conn)?;
    let ids: Vec<i64> = ranked.iter().map(|row| row.id).collect();
    let snippets: Vec<Snippet> = diesel::sql_query(format!(
        "SELECT rowid AS id, snippet(messages_words, 0, '{BEGIN}', '{END}', '', 30) AS snippet FROM messages_words \
         WHERE messages_words MATCH ? AND rowid IN ({})",
        numbers(&ids)
    ))
    .bind::<Text, _>(&asked)
    .load(conn)?;
    let mut snippets: HashMap<i64, String> = snippets.into_iter().map(|row| (row.id, row.snippet)).collect();
    Ok(ids.into_iter().filter_map(|id| Some(Found { id, snippet: snippets.remove(&id)? })).collect())
}
