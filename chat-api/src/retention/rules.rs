//! For how long each chat keeps its messages, and which chats have some that are too old.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable};
use service_kit::db::{Conn, Db};
use service_kit::{Result, clock, each_backend};
use shared_proto::{ChatId, ChatUri};

use crate::chats::store as chats;
use crate::schema::{chats as chats_table, retention};

/// Chats looked at in one go.
const PAGE: i64 = 200;

/// A chat with a rule of its own.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) uri: String,
    /// 0 is for good.
    pub(crate) days: i32,
}

/// A chat with messages that are too old.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Aged {
    pub(super) chat: ChatId,
    pub(super) days: i32,
}

/// One look at all chats that do not keep everything.
#[derive(Debug)]
pub(crate) struct Walk {
    /// For chats without a rule of their own; 0 is for good.
    days: i32,
    only: Option<ChatId>,
    after: Option<i64>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    chat: i64,
    #[diesel(sql_type = Integer)]
    days: i32,
    /// Since when its oldest message is there.
    #[diesel(sql_type = Nullable<BigInt>)]
    oldest: Option<i64>,
}

/// A chat's oldest message is its first one: times go the way of seqs.
const OLDEST: &str = "(SELECT m.at FROM messages m WHERE m.chat_id = c.id ORDER BY m.seq LIMIT 1) AS oldest";

impl Walk {
    /// `days` is for chats without a rule of their own; 0 is for good.
    pub(crate) fn by_rules(days: i32) -> Self {
        Self { days, only: None, after: Some(0) }
    }

    /// One chat, whatever its rule says.
    pub(crate) fn of_one(chat: ChatId, days: i32) -> Self {
        Self { days, only: Some(chat), after: Some(0) }
    }

    /// The next chats with something that is too old, which may be none of a page. `None` at the end.
    pub(super) async fn next(&mut self, db: &Db) -> Result<Option<Vec<Aged>>> {
        let Some(after) = self.after else { return Ok(None) };
        if let Some(chat) = self.only {
            self.after = None;
            return Ok(Some(vec![Aged { chat, days: self.days }]));
        }
        let days = self.days;
        let rows = db.read(move |conn| load(conn, days, after)).await?;
        self.after = rows.last().filter(|_| rows.len() as i64 == PAGE).map(|row| row.chat);
        let now = clock::now();
        let too_old = |row: &Row| row.oldest.is_some_and(|at| at < super::before(now, row.days).micros());
        let aged = rows.iter().filter(|row| row.days > 0 && too_old(row));
        Ok(Some(aged.map(|row| Aged { chat: ChatId(row.chat), days: row.days }).collect()))
    }
}

/// A page of the chats that do not keep everything: of all, where that is the rule, else of those that have their own.
fn load(conn: &mut Conn, days: i32, after: i64) -> Result<Vec<Row>> {
    let query = if days > 0 {
        format!(
            "SELECT c.id AS chat, COALESCE(r.days, $1) AS days, {OLDEST} \
             FROM (SELECT id FROM chats WHERE id > $2 AND deleted_at IS NULL ORDER BY id LIMIT {PAGE}) c \
             LEFT JOIN retention r ON r.chat_id = c.id ORDER BY c.id"
        )
    } else {
        format!(
            "SELECT c.id AS chat, r.days AS days, {OLDEST} FROM retention r JOIN chats c ON c.id = r.chat_id \
             WHERE r.days > $1 AND r.chat_id > $2 AND c.deleted_at IS NULL ORDER BY r.chat_id LIMIT {PAGE}"
        )
    };
    Ok(each_backend!(conn, c => diesel::sql_query(query).bind::<Integer, _>(days).bind::<BigInt, _>(after).load(c))?)
}

/// Gives a chat a rule of its own.
pub(crate) fn set(conn: &mut Conn, uri: &ChatUri, days: i32) -> Result<()> {
    conn.transaction(|conn| {
        let chat = chats::lock(conn, uri)?;
        each_backend!(conn, c => diesel::insert_into(retention::table)
            .values((retention::chat_id.eq(chat.id().0), retention::days.eq(days)))
            .on_conflict(retention::chat_id)
            .do_update()
            .set(retention::days.eq(days))
            .execute(c))?;
        Ok(())
    })
}

/// The chat goes by the settings again. `false` when it did already.
pub(crate) fn clear(conn: &mut Conn, uri: &ChatUri) -> Result<bool> {
    conn.transaction(|conn| {
        let chat = chats::lock(conn, uri)?;
        let rule = retention::table.find(chat.id().0);
        Ok(each_backend!(conn, c => diesel::delete(rule).execute(c))? > 0)
    })
}

/// The chats with rules of their own, after this id, some at a time; with the id to go on from.
pub(crate) fn all(conn: &mut Conn, after: i64) -> Result<(Vec<Rule>, Option<i64>)> {
    let rows: Vec<(i64, String, i32)> = each_backend!(conn, c => retention::table
        .inner_join(chats_table::table.on(chats_table::id.eq(retention::chat_id)))
        .filter(retention::chat_id.gt(after).and(chats_table::deleted_at.is_null()))
        .order(retention::chat_id)
        .select((retention::chat_id, chats_table::uri, retention::days))
        .limit(PAGE)
        .load(c))?;
    let last = rows.last().map(|row| row.0);
    Ok((rows.into_iter().map(|(_, uri, days)| Rule { uri, days }).collect(), last))
}

/// For how many days a chat with a rule of its own keeps its messages; 0 is for good.
pub(crate) fn own(conn: &mut Conn, chat: ChatId) -> Result<Option<i32>> {
    let rule = retention::table.find(chat.0).select(retention::days);
    Ok(each_backend!(conn, c => rule.first(c).optional())?)
}
