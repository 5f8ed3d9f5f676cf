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
            let mut chats = Vec::with_capacity(query.after.len());
            for asked in &query.after {
                chats.extend(load(conn, *asked, query.limit)?);
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
    if newest <= asked.after {
        return Ok(Some(ChatEvents { chat: asked.chat, after: asked.after, seq: newest, events: Vec::new() }));
    }
    let events = events::after(conn, asked.chat, asked.after, limit)?;
    // The chat's row was read first: events may have come since.
    let seq = events.last().map_or(newest, |e| e.seq.max(newest));
    Ok(Some(ChatEvents { chat: asked.chat, after: asked.after, seq, events }))
}
