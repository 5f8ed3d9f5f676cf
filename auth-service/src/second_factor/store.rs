//! Second factors in the database.

use diesel::prelude::*;
use service_kit::db::Conn;
use service_kit::{Result, each_backend};
use shared_proto::{Timestamp, UserId};

use crate::schema::{recovery_codes, second_factors};

/// An account's second factor.
pub(super) struct Stored {
    /// Sealed.
    pub(super) secret: Vec<u8>,
    pub(super) is_confirmed: bool,
}

pub(super) fn find(conn: &mut Conn, user: UserId) -> Result<Option<Stored>> {
    let query = second_factors::table.find(user.0).select((second_factors::secret, second_factors::confirmed_at));
    let row: Option<(Vec<u8>, Option<i64>)> = each_backend!(conn, c => query.first(c).optional())?;
    Ok(row.map(|(secret, confirmed_at)| Stored { secret, is_confirmed: confirmed_at.is_some() }))
}

/// Puts one that is not confirmed in the place of another such. `false` when there is a confirmed one.
pub(super) fn begin(conn: &mut Conn, user: UserId, secret: &[u8]) -> Result<bool> {
    let unconfirmed = second_factors::table.find(user.0).filter(second_factors::confirmed_at.is_null());
    each_backend!(conn, c => diesel::delete(unconfirmed).execute(c))?;
    let row = (second_factors::user_id.eq(user.0), second_factors::secret.eq(secret));
    let added = each_backend!(conn, c => diesel::insert_into(second_factors::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(added > 0)
}

/// From here on it is asked for; these recovery codes stand in for it. `false` when it was so already.
pub(super) fn confirm(conn: &mut Conn, user: UserId, codes: &[Vec<u8>], now: Timestamp) -> Result<bool> {
    let unconfirmed = second_factors::table.find(user.0).filter(second_factors::confirmed_at.is_null());
    let confirmed = second_factors::confirmed_at.eq(now.micros());
    if each_backend!(conn, c => diesel::update(unconfirmed).set(confirmed).execute(c))? == 0 {
        return Ok(false);
    }
    let row = |hash: &Vec<u8>| (recovery_codes::hash.eq(hash.clone()), recovery_codes::user_id.eq(user.0));
    let rows: Vec<_> = codes.iter().map(row).collect();
    each_backend!(conn, c => diesel::insert_into(recovery_codes::table).values(rows).execute(c))?;
    Ok(true)
}

/// Uses up a step and all before it. `false` when it was used before.
pub(super) fn use_step(conn: &mut Conn, user: UserId, step: i64) -> Result<bool> {
    let unused = second_factors::table.find(user.0).filter(second_factors::last_step.lt(step));
    let used = second_factors::last_step.eq(step);
    Ok(each_backend!(conn, c => diesel::update(unused).set(used).execute(c))? > 0)
}

/// Uses up a recovery code. `false` when there is none such.
pub(super) fn spend_recovery(conn: &mut Conn, user: UserId, hash: &[u8]) -> Result<bool> {
    let code = recovery_codes::table.find(hash).filter(recovery_codes::user_id.eq(user.0));
    Ok(each_backend!(conn, c => diesel::delete(code).execute(c))? > 0)
}

pub(super) fn recovery_codes_left(conn: &mut Conn, user: UserId) -> Result<i64> {
    let left = recovery_codes::table.filter(recovery_codes::user_id.eq(user.0)).count();
    Ok(each_backend!(conn, c => left.get_result(c))?)
}

/// The password alone is enough again. `false` when it was so already.
pub(crate) fn forget(conn: &mut Conn, user: UserId) -> Result<bool> {
    let codes = recovery_codes::table.filter(recovery_codes::user_id.eq(user.0));
    each_backend!(conn, c => diesel::delete(codes).execute(c))?;
    let gone = each_backend!(conn, c => diesel::delete(second_factors::table.find(user.0)).execute(c))?;
    Ok(gone > 0)
}
