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
/// What PostgreSQL would join words with (addresses, paths, tags). For it, each is a space.
const JOINTS: &str = "./@:-_+~%&=?#<>;";

/// A message without them, exactly as the index `messages_parts` has it. (`translate` and `regexp_replace` would say the
/// same, and take several times as long.)
fn parted(text: &str) -> String {
    JOINTS.chars().fold(text.to_owned(), |text, joint| format!("replace({text}, '{joint}', ' ')"))
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    text: String,
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
    let parted = parted("m.text");
    let query = format!(
        "SELECT best.id, best.text, ts_headline('simple', best.parted, to_tsquery('simple', $1), \
           'StartSel=\"{BEGIN}\", StopSel=\"{END}\", MaxFragments=1, MaxWords=30, MinWords=12, ShortWord=0') AS snippet \
         FROM (SELECT m.id, m.text, m.parted, ts_rank_cd(to_tsvector('simple', m.parted), to_tsquery('simple', $1), 1) AS rank \
           FROM (SELECT m.id, m.text, {parted} AS parted FROM messages m \
             JOIN members ON members.chat_id = m.chat_id AND members.user_id = $2 \
             WHERE (to_tsvector('simple', {parted}) || array_to_tsvector(ARRAY['#' || m.chat_id::text])) @@ {asked} \
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
    Ok(rows.into_iter().map(|row| Found { id: row.id, snippet: as_said(&row.text, &row.snippet) }).collect())
}

/// A snippet with what was said in the places of its spaces. PostgreSQL may not see that itself: it leaves tags out of
/// snippets, and marks nothing within an address.
fn as_said(text: &str, snippet: &str) -> String {
    let is_mark = |c: char| c == BEGIN || c == END;
    // Joints are as long as a space: what stands in both stands in the same place.
    let seen: String = text.chars().map(|c| if JOINTS.contains(c) { ' ' } else { c }).collect();
    let Some(begin) = seen.find(&snippet.replace(is_mark, "")) else { return snippet.to_owned() };
    let mut said = text[begin..].chars();
    snippet.chars().map(|c| if is_mark(c) { c } else { said.next().unwrap_or(c) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_is_what_was_said() {
        let text = "see <b>Ärger</b> & user@example.org";
        let snippet = format!("{BEGIN}Ärger{END}  b    user {BEGIN}example{END} org");
        assert_eq!(as_said(text, &snippet), format!("{BEGIN}Ärger{END}</b> & user@{BEGIN}example{END}.org"));
        assert_eq!(as_said(text, "something else"), "something else");
    }
}
