//! Mails that are to be sent, in the database.

use diesel::dsl::{count_star, min};
use diesel::prelude::*;
use service_kit::db::Conn;
use service_kit::{Result, each_backend};
use shared_proto::{Timestamp, UserId};

use crate::client::Client;
use crate::figures::Standing;
use crate::schema::reset_mails;

/// A mail that somebody asked for.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// As they typed it.
    pub(super) email: String,
    /// Whose it is, once that was looked up.
    pub(super) user: Option<UserId>,
    /// Who asked.
    pub(super) client: Client,
    pub(super) asked_at: Timestamp,
}

/// One that is to be seen to now.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) id: String,
    pub(super) wanted: Wanted,
    /// With this one.
    pub(super) tries: i32,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = reset_mails)]
struct Row {
    id: String,
    email: String,
    user_id: Option<i64>,
    address: String,
    device: String,
    asked_at: i64,
    tries: i32,
}

impl From<Row> for Due {
    fn from(row: Row) -> Self {
        let client = Client { address: row.address, device: row.device };
        let (user, asked_at) = (row.user_id.map(UserId), Timestamp::from_micros(row.asked_at));
        Self { id: row.id, wanted: Wanted { email: row.email, user, client, asked_at }, tries: row.tries }
    }
}

/// Due at once.
pub(super) fn add(conn: &mut Conn, wanted: &Wanted) -> Result<()> {
    let row = (
        reset_mails::id.eq(nanoid::nanoid!()),
        reset_mails::email.eq(&wanted.email),
        reset_mails::user_id.eq(wanted.user.map(|user| user.0)),
        reset_mails::address.eq(&wanted.client.address),
        reset_mails::device.eq(&wanted.client.device),
        reset_mails::asked_at.eq(wanted.asked_at.micros()),
        reset_mails::tries.eq(0),
        reset_mails::due_at.eq(wanted.asked_at.micros()),
    );
    each_backend!(conn, c => diesel::insert_into(reset_mails::table).values(row).execute(c))?;
    Ok(())
}

/// Whether anything is due.
pub(super) fn any_due(conn: &mut Conn, now: Timestamp) -> Result<bool> {
    let due = reset_mails::table.filter(reset_mails::due_at.le(now.micros()));
    Ok(each_backend!(conn, c => diesel::select(diesel::dsl::exists(due)).get_result(c))?)
}

/// What waits.
pub(crate) fn standing(conn: &mut Conn) -> Result<Standing> {
    let all = reset_mails::table.select((count_star(), min(reset_mails::asked_at)));
    let (rows, oldest): (i64, Option<i64>) = each_backend!(conn, c => all.first(c))?;
    Ok(Standing { rows, oldest: oldest.map(Timestamp::from_micros) })
}

/// Takes what is due, for oneself alone until `until`. Two replicas never get the same: the second one's update sees the
/// first one's new `due_at`.
pub(super) fn lease(conn: &mut Conn, now: Timestamp, until: Timestamp, limit: i64) -> Result<Vec<Due>> {
    conn.transaction(|conn| {
        let is_due = reset_mails::due_at.le(now.micros());
        let due = reset_mails::table.filter(is_due).order(reset_mails::due_at).select(reset_mails::id).limit(limit);
        let ids: Vec<String> = each_backend!(conn, c => due.load(c))?;
        let taken = reset_mails::table.filter(reset_mails::id.eq_any(ids)).filter(is_due);
        let rows: Vec<Row> = each_backend!(conn, c => diesel::update(taken)
            .set((reset_mails::due_at.eq(until.micros()), reset_mails::tries.eq(reset_mails::tries + 1)))
            .returning(Row::as_returning())
            .get_results(c))?;
        Ok(rows.into_iter().map(Due::from).collect())
    })
}

/// It is tried again from then on.
pub(super) fn put_off(conn: &mut Conn, id: &str, until: Timestamp) -> Result<()> {
    let due = reset_mails::due_at.eq(until.micros());
    each_backend!(conn, c => diesel::update(reset_mails::table.find(id)).set(due).execute(c))?;
    Ok(())
}

/// It was sent, or never will be.
pub(super) fn forget(conn: &mut Conn, id: &str) -> Result<()> {
    each_backend!(conn, c => diesel::delete(reset_mails::table.find(id)).execute(c))?;
    Ok(())
}
