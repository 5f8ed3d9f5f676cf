//! Members that a message names by `@username`.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use service_kit::db::Conn;
use service_kit::{Result, each_backend};
use shared_proto::messages::Mention;
use shared_proto::{ChatId, MessageId, Seq, UserId, Username};

use crate::schema::{members, mentions, users};
use crate::stored;

/// Names looked up for one message at most; what is beyond stays plain text.
const NAMES: usize = 50;
/// And what may be spelled there: a name that is followed by signs may end before each of them.
const SPELLINGS: usize = 200;
/// Spellings of one statement: SQLite takes no more than 32,766 values, and the chats are values too.
const AT_ONCE: usize = 1_000;
/// The longest username, in characters.
const LONGEST: usize = 30;

/// What may be a name in a text: the candidates for one `@`, the longest first, as [`Username::key`]s.
pub(super) type Candidates = Vec<String>;

/// Finds what may be names. `@` counts only where a word could begin, so that addresses (`bob@home`) name nobody.
pub(super) fn candidates(text: &str) -> Vec<Candidates> {
    let mut found: Vec<Candidates> = Vec::new();
    let (mut before, mut spellings) = (None, 0);
    for (at, c) in text.char_indices() {
        if c == '@' && !before.is_some_and(is_of_a_name) && found.len() < NAMES {
            let name: String = text[at + 1..].chars().take_while(|c| is_of_a_name(*c)).take(LONGEST).collect();
            let names = shorter_and_shorter(&name).filter_map(|name| Username::try_from(name.to_owned()).ok());
            let keys: Candidates = names.map(|name| name.key()).take(SPELLINGS - spellings).collect();
            if !keys.is_empty() {
                spellings += keys.len();
                found.push(keys);
            }
        }
        before = Some(c);
    }
    found
}

fn is_of_a_name(c: char) -> bool {
    c.is_alphanumeric() || is_joint(c)
}

fn is_joint(c: char) -> bool {
    "._+-@".contains(c)
}

/// `ann-lee.` may mean `ann-lee.`, `ann-lee` or `ann`: what stands before a joint may be the whole name.
fn shorter_and_shorter(name: &str) -> impl Iterator<Item = &str> {
    let ends = name.char_indices().filter(|(_, c)| is_joint(*c)).map(|(at, _)| at);
    let ends: Vec<usize> = ends.chain([name.len()]).collect();
    ends.into_iter().rev().map(|end| &name[..end])
}

/// The members of some chats, by the keys of their names.
pub(super) struct Named(HashMap<(i64, String), Mention>);

impl Named {
    /// Looks up everything that may be a name, for all messages at once.
    pub(super) fn look_up(conn: &mut Conn, chats: &[i64], candidates: &[Vec<Candidates>]) -> Result<Self> {
        let keys: BTreeSet<&str> = candidates.iter().flatten().flatten().map(String::as_str).collect();
        let keys: Vec<&str> = keys.into_iter().collect();
        let mut rows: Vec<(i64, i64, String, String)> = Vec::new();
        for some in keys.chunks(AT_ONCE) {
            rows.extend(each_backend!(conn, c => members::table
                .inner_join(users::table)
                .filter(users::username_key.eq_any(some).and(members::chat_id.eq_any(chats)))
                .select((members::chat_id, users::id, users::username, users::username_key))
                .load::<(i64, i64, String, String)>(c))?);
        }
        let named = rows.into_iter().map(|(chat, id, username, key)| {
            Ok(((chat, key), Mention { id: UserId(id), username: stored(username)? }))
        });
        Ok(Self(named.collect::<Result<_>>()?))
    }

    /// Who is named in a chat's message, each once, by id.
    pub(super) fn in_message(&self, chat: ChatId, candidates: &[Candidates]) -> Vec<Mention> {
        let mut mentions: Vec<Mention> = Vec::new();
        for keys in candidates {
            let named = keys.iter().find_map(|key| self.0.get(&(chat.0, key.clone())));
            if let Some(named) = named.filter(|named| mentions.iter().all(|mention| mention.id != named.id)) {
                mentions.push(named.clone());
            }
        }
        mentions.sort_by_key(|mention| mention.id.0);
        mentions
    }
}

#[derive(Insertable)]
#[diesel(table_name = mentions)]
pub(super) struct MentionRow {
    message_id: i64,
    user_id: i64,
    chat_id: i64,
    seq: i64,
}

impl MentionRow {
    pub(super) fn of(mention: &Mention, message: MessageId, chat: ChatId, seq: Seq) -> Self {
        Self { message_id: message.0, user_id: mention.id.0, chat_id: chat.0, seq: seq.0 }
    }
}

pub(super) fn insert(conn: &mut Conn, rows: &[MentionRow]) -> Result<()> {
    for chunk in rows.chunks(500) {
        each_backend!(conn, c => diesel::insert_into(mentions::table).values(chunk).execute(c))?;
    }
    Ok(())
}

pub(super) fn delete(conn: &mut Conn, message: MessageId) -> Result<()> {
    let gone = mentions::table.filter(mentions::message_id.eq(message.0));
    each_backend!(conn, c => diesel::delete(gone).execute(c))?;
    Ok(())
}

/// Of some messages, each by user id.
pub(super) fn of(conn: &mut Conn, messages: &[i64]) -> Result<HashMap<i64, Vec<Mention>>> {
    if messages.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(i64, i64, String)> = each_backend!(conn, c => mentions::table
        .inner_join(users::table.on(users::id.eq(mentions::user_id)))
        .filter(mentions::message_id.eq_any(messages))
        .order((mentions::message_id, mentions::user_id))
        .select((mentions::message_id, users::id, users::username))
        .load(c))?;
    let mut found: HashMap<i64, Vec<Mention>> = HashMap::new();
    for (message, id, username) in rows {
        found.entry(message).or_default().push(Mention { id: UserId(id), username: stored(username)? });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<Vec<String>> {
        candidates(text)
    }

    #[test]
    fn a_name_ends_with_the_sentence() {
        assert_eq!(found("hi @Alice, and @bob."), [vec!["alice".to_owned()], vec!["bob.".into(), "bob".into()]]);
        assert_eq!(found("(@bob)"), [["bob"]]);
        assert_eq!(found("@bob"), [["bob"]]);
    }

    #[test]
    fn a_name_may_have_joints_or_end_before_one() {
        assert_eq!(found("@ann-lee"), [["ann-lee", "ann"]]);
    }

    #[test]
    fn addresses_and_short_words_name_nobody() {
        assert!(found("write to bob@home.example or a_@bob").is_empty());
        assert!(found("@ @a @ab @!").is_empty());
    }

    #[test]
    fn a_text_full_of_names_is_bounded() {
        assert_eq!(found(&"@bob ".repeat(800)).len(), NAMES);
        assert!(found(&"@".repeat(4_000)).len() <= NAMES);
        let spellings = found(&format!("@xyz{} ", ".".repeat(27)).repeat(50)).iter().map(Vec::len).sum::<usize>();
        assert_eq!(spellings, SPELLINGS);
    }
}
