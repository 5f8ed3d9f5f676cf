//! The outbox's table.

use diesel::dsl::{count_star, min};
use diesel::prelude::*;
use serde::Serialize;
use service_kit::db::Conn;
use service_kit::{Error, Result, clock, each_backend};
use shared_proto::Timestamp;

use crate::figures::Standing;
use crate::schema::outbox;

/// Rows in one statement: SQLite binds no more than some thousands of values.
const CHUNK: usize = 500;

/// A kept message.
#[derive(Debug, Queryable)]
pub(super) struct Kept {
    pub(super) id: String,
    /// As JSON.
    pub(super) body: String,
}

/// Keeps what can be read again; returns their ids.
pub(super) fn keep<T: Serialize>(conn: &mut Conn, controls: &[T], due_at: i64) -> Result<Vec<String>> {
    let kept_at = clock::now().micros();
    let mut ids = Vec::with_capacity(controls.len());
    for chunk in controls.chunks(CHUNK) {
        let mut rows = Vec::with_capacity(chunk.len());
        for control in chunk {
            let body = serde_json::to_string(control).map_err(|e| Error::internal("a message can't be written", e))?;
            let id = nanoid::nanoid!();
            ids.push(id.clone());
            let times = (outbox::due_at.eq(due_at), outbox::kept_at.eq(kept_at));
            rows.push((outbox::id.eq(id), outbox::body.eq(body), times));
        }
        each_backend!(conn, c => diesel::insert_into(outbox::table).values(rows).execute(c))?;
    }
    Ok(ids)
}

/// Whether anything is due.
pub(super) fn any_due(conn: &mut Conn, now: i64) -> Result<bool> {
    let due = diesel::select(diesel::dsl::exists(outbox::table.filter(outbox::due_at.le(now))));
    Ok(each_backend!(conn, c => due.get_result(c))?)
}

/// What waits. Rows of the version before, which did not note since when, are only counted.
pub(crate) fn standing(conn: &mut Conn) -> Result<Standing> {
    let rows: i64 = each_backend!(conn, c => outbox::table.select(count_star()).first(c))?;
    let noted = outbox::table.filter(outbox::kept_at.gt(0)).select(min(outbox::kept_at));
    let oldest: Option<i64> = each_backend!(conn, c => noted.first(c))?;
    Ok(Standing { rows, oldest: oldest.map(Timestamp::from_micros) })
}

/// Takes what is due, for oneself alone until `until`. Two replicas never get the same rows: the second one's update
/// sees the first one's new `due_at`.
pub(super) fn lease(conn: &mut Conn, now: i64, until: i64, limit: i64) -> Result<Vec<Kept>> {
    conn.transaction(|conn| {
        let due = outbox::table.filter(outbox::due_at.le(now)).order(outbox::due_at).select(outbox::id).limit(limit);
        let ids: Vec<String> = each_backend!(conn, c => due.load(c))?;
        let taken = outbox::table.filter(outbox::id.eq_any(ids)).filter(outbox::due_at.le(now));
        Ok(each_backend!(conn, c => diesel::update(taken)
            .set(outbox::due_at.eq(until))
            .returning((outbox::id, outbox::body))
            .get_results(c))?)
    })
}

/// The bus has confirmed them.
pub(super) fn forget(conn: &mut Conn, ids: &[String]) -> Result<()> {
    for chunk in ids.chunks(CHUNK) {
        let sent = outbox::table.filter(outbox::id.eq_any(chunk));
        each_backend!(conn, c => diesel::delete(sent).execute(c))?;
    }
    Ok(())
}

/// The bus has not taken them: they are due again.
pub(super) fn give_back(conn: &mut Conn, ids: &[String], now: i64) -> Result<()> {
    for chunk in ids.chunks(CHUNK) {
        let left = outbox::table.filter(outbox::id.eq_any(chunk));
        each_backend!(conn, c => diesel::update(left).set(outbox::due_at.eq(now)).execute(c))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use shared_proto::UserId;
    use shared_proto::bus::Control;

    use super::*;
    use crate::testing::Installation;

    fn news(n: i64) -> Control {
        Control::SessionRevoked { session: format!("s{n}").parse().unwrap(), user: UserId(n) }
    }

    #[actix_web::test]
    async fn a_message_is_with_one_taker_at_a_time_until_it_is_confirmed() {
        let home = Installation::new().await;
        let checked = home.state.db.write(|conn| {
            let kept = keep(conn, &(0..1_200).map(news).collect::<Vec<_>>(), 100)?;
            assert!(!any_due(conn, 99)?);
            assert!(any_due(conn, 100)?);
            assert_eq!(lease(conn, 100, 200, 1_000)?.len(), 1_000);
            assert_eq!(lease(conn, 100, 200, 1_000)?.len(), 200, "the first 1,000 are taken");
            give_back(conn, &kept[..1], 100)?;
            let again = lease(conn, 100, 200, 1_000)?;
            assert_eq!(serde_json::from_str::<Control>(&again[0].body).unwrap(), news(0));
            let waiting = standing(conn)?;
            assert!(waiting.rows == 1_200 && waiting.oldest.is_some_and(|at| at <= clock::now()), "{waiting:?}");
            forget(conn, &kept)?;
            assert_eq!(standing(conn)?, Standing { rows: 0, oldest: None });
            assert!(!any_due(conn, i64::MAX)?);
            Ok(())
        });
        checked.await.unwrap();
    }
}
