//! `POST /internal/events/`: what came after a position, for many chats at once.

use actix_web::HttpResponse;
use actix_web::web::Data;
use diesel::prelude::*;
use service_kit::credential::FromInside;
use service_kit::db::Conn;
use service_kit::extract::InternalBody;
use service_kit::{Error, Result, each_backend};
use shared_proto::Seq;
use shared_proto::internal::{ChatEvents, EventsAfter, EventsAnswer, EventsQuery};

use crate::events;
use crate::schema::chats;
use crate::state::State;

const LIMIT_MAX: i64 = 1_000;
/// An answer that has grown to this size takes in no further chat's events: the gateway asks again for those.
const BYTES: usize = 4 * 1024 * 1024;

pub(crate) async fn events_after(
    _: FromInside,
    InternalBody(query): InternalBody<EventsQuery>,
    state: Data<State>,
) -> Result<HttpResponse> {
    super::check_count("after", query.after.len())?;
    if !(1..=LIMIT_MAX).contains(&query.limit) {
        return Err(Error::invalid("limit", format!("{} is not between 1 and {LIMIT_MAX}", query.limit)));
    }
    let answer = state
        .db
        .read(move |conn| {
            let mut chats: Vec<ChatEvents> = Vec::with_capacity(query.after.len());
            let mut bytes = 0;
            for asked in &query.after {
                let found = load(conn, *asked, if bytes < BYTES { query.limit } else { 0 })?;
                bytes += found.iter().flat_map(|chat| &chat.events).map(|e| e.frame.get().len()).sum::<usize>();
                chats.extend(found);
            }
            Ok(EventsAnswer { chats })
        })
        .await?;
    Ok(HttpResponse::Ok().json(answer))
}

fn load(conn: &mut Conn, asked: EventsAfter, limit: i64) -> Result<Option<ChatEvents>> {
    let newest: Option<i64> = each_backend!(conn, c => chats::table
        .find(asked.chat.0)
        .select(chats::last_seq)
        .first(c)
        .optional())?;
    let Some(newest) = newest.map(Seq) else { return Ok(None) };
    if newest <= asked.after || limit == 0 {
        return Ok(Some(ChatEvents { chat: asked.chat, after: asked.after, seq: newest, events: Vec::new() }));
    }
    let events = events::after(conn, asked.chat, asked.after, limit)?;
    // The chat's row was read first: events may have come since.
    let seq = events.last().map_or(newest, |e| e.seq.max(newest));
    Ok(Some(ChatEvents { chat: asked.chat, after: asked.after, seq, events }))
}
