//! Limits in the database.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use service_kit::db::Conn;
use service_kit::{Result, each_backend};

use super::Share;
use crate::schema::limits;

/// Rows in one statement of the sweep.
pub(super) const BATCH: usize = 500;

/// In one statement, so that of two replicas each sees what the other has counted. Where the row is not updated, nothing
/// was left.
const TAKE: &str = "INSERT INTO limits (key, empty_at) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE \
    SET empty_at = CASE WHEN limits.empty_at > $3 THEN limits.empty_at ELSE $3 END + $4 WHERE limits.empty_at <= $5";

/// Counts a try. When none is left: how long until the next one.
pub(super) fn take(conn: &mut Conn, share: &Share, now: i64) -> Result<Option<Duration>> {
    let pace = share.limit.pace();
    let latest = now.saturating_add(pace * (share.limit.most - 1));
    let taken = each_backend!(conn, c => diesel::sql_query(TAKE)
        .bind::<Text, _>(&share.key)
        .bind::<BigInt, _>(now + pace)
        .bind::<BigInt, _>(now)
        .bind::<BigInt, _>(pace)
        .bind::<BigInt, _>(latest)
        .execute(c))?;
    if taken > 0 {
        return Ok(None);
    }
    let query = limits::table.find(&share.key).select(limits::empty_at);
    let empty_at: Option<i64> = each_backend!(conn, c => query.first(c).optional())?;
    let wait = empty_at.map_or(0, |empty_at| (empty_at - latest).max(0));
    Ok(Some(Duration::from_micros(wait.unsigned_abs())))
}

/// Counts one try less.
pub(super) fn give_back(conn: &mut Conn, share: &Share) -> Result<()> {
    let one_less = limits::empty_at.eq(limits::empty_at - share.limit.pace());
    each_backend!(conn, c => diesel::update(limits::table.find(&share.key)).set(one_less).execute(c))?;
    Ok(())
}

/// Forgets some that are not used at all; returns how many.
pub(super) fn sweep(conn: &mut Conn, now: i64) -> Result<usize> {
    let unused = limits::table.filter(limits::empty_at.lt(now)).select(limits::key).limit(BATCH as i64);
    let keys: Vec<String> = each_backend!(conn, c => unused.load(c))?;
    // Whoever has tried meanwhile is kept.
    let gone = limits::table.filter(limits::key.eq_any(keys)).filter(limits::empty_at.lt(now));
    Ok(each_backend!(conn, c => diesel::delete(gone).execute(c))?)
}
