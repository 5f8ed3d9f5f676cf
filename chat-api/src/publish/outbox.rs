//! Queries about the outbox.

use std::collections::HashMap;

use bytes::Bytes;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text};
use serde::Deserialize;
use service_kit::bus::Envelope;
use service_kit::db::{Conn, Db, prepared};
use service_kit::{Result, clock, each_backend};
use shared_proto::{ChatId, Seq, Timestamp, UserId};

use super::Committed;
use crate::events::Appended;
use crate::schema::{events, outbox};

/// Commits looked at in one go, and events taken.
const COMMITS: i64 = 500;
const EVENTS: usize = 500;
/// How long whoever commits or leases events has to get them confirmed, in seconds.
const LEASE: i64 = 15;

/// A transaction's events, to be kept until they are published.
#[derive(Insertable)]
#[diesel(table_name = outbox)]
pub(crate) struct NewRow {
    pub(crate) places: String,
    pub(crate) due_at: i64,
}

impl NewRow {
    pub(super) fn of(appended: &[Appended], now: Timestamp) -> Self {
        let places: Vec<String> = appended.iter().map(|event| format!("{}:{}", event.chat, event.seq)).collect();
        Self { places: places.join(","), due_at: now.plus_seconds(LEASE).micros() }
    }

    /// Stores it, and returns its id.
    pub(crate) fn insert(&self, conn: &mut Conn) -> Result<i64> {
        let insert = diesel::insert_into(outbox::table).values(self).returning(outbox::id);
        Ok(each_backend!(conn, c => insert.get_result(c))?)
    }
}

/// Takes what is due, about [`EVENTS`], so that nobody else does for a while. In the order of commits.
pub(super) async fn lease(db: &Db) -> Result<Vec<Committed>> {
    let now = clock::now();
    // Mostly there is nothing, and finding that out does not take a writer's place.
    let due = move |conn: &mut Conn| -> Result<bool> {
        let any = outbox::table.filter(outbox::due_at.le(now.micros())).select(outbox::id).limit(1);
        let found: Option<i64> = each_backend!(conn, c => any.first(c).optional())?;
        Ok(found.is_some())
    };
    if !db.read(due).await? {
        return Ok(Vec::new());
    }
    db.write(move |conn| conn.transaction(|conn| take(conn, now))).await
}

fn take(conn: &mut Conn, now: Timestamp) -> Result<Vec<Committed>> {
    let due = outbox::table
        .filter(outbox::due_at.le(now.micros()))
        .order(outbox::id)
        .select((outbox::id, outbox::places))
        .limit(COMMITS);
    let mut rows: Vec<(i64, String)> = match conn {
        Conn::Pg(c) => due.for_update().skip_locked().load(c)?,
        Conn::Sqlite(c) => due.load(c)?,
    };
    let mut taken = 0;
    let enough = rows.iter().position(|(_, places)| {
        taken += places.split(',').count();
        taken >= EVENTS
    });
    rows.truncate(enough.map_or(rows.len(), |last| last + 1));
    let ids: Vec<i64> = rows.iter().map(|(id, _)| *id).collect();
    let until = now.plus_seconds(LEASE).micros();
    each_backend!(conn, c => diesel::update(outbox::table.filter(outbox::id.eq_any(&ids)))
        .set(outbox::due_at.eq(until))
        .execute(c))?;
    let places: Vec<Vec<(i64, i64)>> = rows.iter().map(|(_, places)| read(places)).collect();
    let all: Vec<(i64, i64)> = places.iter().flatten().copied().collect();
    let found = load(conn, &all)?;
    // An event that is gone went with its chat.
    let events = |places: &[(i64, i64)]| places.iter().filter_map(|place| found.get(place).cloned()).collect();
    Ok(ids.iter().zip(&places).map(|(id, places)| Committed { events: events(places), kept: Some(*id) }).collect())
}

fn read(places: &str) -> Vec<(i64, i64)> {
    let place = |text: &str| {
        let (chat, seq) = text.split_once(':')?;
        Some((chat.parse().ok()?, seq.parse().ok()?))
    };
    places.split(',').filter_map(place).collect()
}

#[derive(QueryableByName)]
struct EventRow {
    #[diesel(sql_type = BigInt)]
    chat_id: i64,
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    user_id: Option<i64>,
    #[diesel(sql_type = Text)]
    frame: String,
}

fn load(conn: &mut Conn, places: &[(i64, i64)]) -> Result<HashMap<(i64, i64), Appended>> {
    let rows: Vec<EventRow> = match conn {
        Conn::Pg(c) => {
            let (chats, seqs): (Vec<i64>, Vec<i64>) = places.iter().copied().unzip();
            prepared(
                "SELECT e.chat_id, e.seq, e.kind, e.user_id, e.frame FROM unnest($1, $2) AS wanted (chat_id, seq) \
                 JOIN events e ON e.chat_id = wanted.chat_id AND e.seq = wanted.seq",
            )
            .bind::<Array<BigInt>, _>(chats)
            .bind::<Array<BigInt>, _>(seqs)
            .load(c)?
        }
        Conn::Sqlite(c) => {
            let mut rows = Vec::new();
            for &(chat_id, seq) in places {
                let found: Option<(String, Option<i64>, String)> = events::table
                    .find((chat_id, seq))
                    .select((events::kind, events::user_id, events::frame))
                    .first(c)
                    .optional()?;
                rows.extend(found.map(|(kind, user_id, frame)| EventRow { chat_id, seq, kind, user_id, frame }));
            }
            rows
        }
    };
    let event = |row: EventRow| {
        let Ok(kind) = row.kind.parse();
        let (chat, seq, user) = (ChatId(row.chat_id), Seq(row.seq), row.user_id.map(UserId));
        let at = time_of(&row.frame);
        ((row.chat_id, row.seq), Envelope { chat, seq, kind, user, at, origin: None, frame: Bytes::from(row.frame) })
    };
    Ok(rows.into_iter().map(event).collect())
}

/// When an event happened, as its frame says.
fn time_of(frame: &str) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Timed {
        at: Timestamp,
    }
    serde_json::from_str(frame).ok().map(|timed: Timed| timed.at)
}

/// What waits in the outbox.
pub(super) struct Standing {
    /// Commits, counted up to 100,000: a long outage must not make looking at it expensive.
    pub(super) rows: i64,
    /// When the oldest was made.
    pub(super) oldest: Option<Timestamp>,
}

pub(super) async fn standing(db: &Db) -> Result<Standing> {
    db.read(|conn| {
        let first = outbox::table.order(outbox::id).select((outbox::places, outbox::due_at));
        let first: Option<(String, i64)> = each_backend!(conn, c => first.first(c).optional())?;
        let Some((places, due_at)) = first else { return Ok(Standing { rows: 0, oldest: None }) };
        let frame = match read(&places).first() {
            Some(place) => {
                let frame = events::table.find(*place).select(events::frame);
                each_backend!(conn, c => frame.first::<String>(c).optional())?
            }
            None => None,
        };
        // Of an event that went with its chat it is known since when it has been waiting for its turn at least.
        let leased = Timestamp::from_micros(due_at).plus_seconds(-LEASE);
        let oldest = frame.as_deref().and_then(time_of).unwrap_or(leased);
        let count = "SELECT count(*) AS rows FROM (SELECT 1 FROM outbox LIMIT 100000) AS some";
        let Counted { rows } = each_backend!(conn, c => diesel::sql_query(count).get_result(c))?;
        Ok(Standing { rows, oldest: Some(oldest) })
    })
    .await
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

/// The broker has confirmed them.
pub(super) async fn delete(db: &Db, ids: Vec<i64>) -> Result<()> {
    db.write(move |conn| {
        each_backend!(conn, c => diesel::delete(outbox::table.filter(outbox::id.eq_any(&ids))).execute(c))?;
        Ok(())
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_they_are_written_and_what_is_none_is_skipped() {
        assert_eq!(read("7:1,7:2,12:900"), [(7, 1), (7, 2), (12, 900)]);
        assert_eq!(read(""), []);
        assert_eq!(read("7:x,:3,8:4"), [(8, 4)]);
    }

    #[test]
    fn the_time_of_an_event_stands_in_its_frame() {
        let frame = r#"{"type":"event","chat":"c","seq":4,"at":"1970-01-01T00:00:02.5Z","kind":"chat.renamed","data":{"at":1}}"#;
        assert_eq!(time_of(frame), Some(Timestamp::from_micros(2_500_000)));
        assert_eq!(time_of("{}"), None);
    }
}
