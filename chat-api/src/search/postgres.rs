//! Searching with PostgreSQL's full-text index.

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};
use service_kit::Result;
use shared_proto::UserId;

use super::words::Words;
use super::{BEGIN, CANDIDATES, END, Found};

/// With more chats than this the index is asked for the words alone, and rows of other chats are thrown away.
const CHATS: usize = 500;
/// A message's words, exactly as the index `messages_words` has them.
const WORDS: &str = "to_tsvector('simple', translate(m.text, './@:-_+~%&=?#<>;', '                '))";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    snippet: String,
}

pub(super) fn find(
    conn: &mut PgConnection,
    asker: UserId,
    words: &Words,
    within: &[i64],
    skip: i64,
    limit: i64,
) -> Result<Vec<Found>> {
    if within.is_empty() {
        return Ok(Vec::new());
    }
    // The chat stands in the index among the words, as '#ID'.
    let asked = if within.len() <= CHATS {
        let chats: Vec<String> = within.iter().map(|chat| format!("'#{chat}'")).collect();
        format!("(to_tsquery('simple', $1) && '{}'::tsquery)", chats.join(" | ").replace('\'', "''"))
    } else {
        "to_tsquery('simple', $1)".to_owned()
    };
    let query = format!(
        "SELECT best.id, ts_headline('simple', best.text, to_tsquery('simple', $1), \
           'StartSel=\"{BEGIN}\", StopSel=\"{END}\", MaxFragments=1, MaxWords=30, MinWords=12') AS snippet \
         FROM (SELECT m.id, m.text, ts_rank_cd({WORDS}, to_tsquery('simple', $1), 1) AS rank \
           FROM (SELECT m.id, m.text FROM messages m \
             JOIN members ON members.chat_id = m.chat_id AND members.user_id = $2 \
             WHERE ({WORDS} || array_to_tsvector(ARRAY['#' || m.chat_id::text])) @@ {asked} \
               AND m.chat_id = ANY ($3) AND m.deleted_at IS NULL \
             ORDER BY m.id DESC LIMIT {CANDIDATES}) AS m \
           ORDER BY rank DESC, m.id DESC OFFSET $4 LIMIT $5) AS best \
         ORDER BY best.rank DESC, best.id DESC"
    );
    let rows: Vec<Row> = diesel::sql_query(query)
        .bind::<Text, _>(words.for_postgres())
        .bind::<BigInt, _>(asker.0)
        .bind::<Array<BigInt>, _>(within)
        .bind::<BigInt, _>(skip)
        .bind::<BigInt, _>(limit)
        .load(conn)?;
    Ok(rows.into_iter().map(|row| Found { id: row.id, snippet: row.snippet }).collect())
}
