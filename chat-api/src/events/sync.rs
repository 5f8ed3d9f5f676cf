//! `GET /api/chats/{uri}/events/?after=`: what one has missed, exactly as sockets get it.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use service_kit::extract::Query;
use service_kit::token::Identity;
use service_kit::{Error, Result};
use shared_proto::Seq;
use utoipa::IntoParams;

use super::store;
use crate::chats;
use crate::state::State;

const PAGE: i64 = 500;

#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct SyncPage {
    /// The last seq one has.
    #[serde(default)]
    #[param(minimum = 0)]
    after: i64,
}

/// `shared_proto::messages::EventsPage`, with the frames as they are stored.
#[derive(Serialize)]
struct Answer {
    seq: Seq,
    events: Vec<Box<RawValue>>,
    more: bool,
}

pub(crate) async fn sync(
    asker: Identity,
    uri: Path<String>,
    Query(page): Query<SyncPage>,
    state: Data<State>,
) -> Result<HttpResponse> {
    let uri = chats::store::parse(&uri)?;
    if page.after < 0 {
        return Err(Error::invalid("after", format!("{} is below 0", page.after)));
    }
    let answer = state
        .db
        .snapshot(move |conn| {
            let (chat, _) = chats::store::for_member(conn, &uri, asker.user)?;
            let events = store::after(conn, chat.id(), Seq(page.after), PAGE)?;
            let (seq, last) = (chat.seq(), events.last().map_or(chat.seq(), |e| e.seq));
            Ok(Answer { seq, more: last < seq, events: events.into_iter().map(|e| e.frame).collect() })
        })
        .await?;
    Ok(HttpResponse::Ok().json(answer))
}
