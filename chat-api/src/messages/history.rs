//! `GET /api/chats/{uri}/messages/`: one page of history, for members.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Deserialize;
use service_kit::extract::Query;
use service_kit::token::Identity;
use service_kit::{Error, Result};
use shared_proto::Seq;
use shared_proto::chats::History;

use super::store::{self, Side};
use crate::chats;
use crate::state::State;

const PAGE: i64 = 50;
const PAGE_MAX: i64 = 100;

#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    before: Option<i64>,
    after: Option<i64>,
    limit: Option<i64>,
}

impl Page {
    fn side(&self) -> Result<Side> {
        match (self.before, self.after) {
            (Some(_), Some(_)) => Err(Error::invalid("after", "name either `before` or `after`, not both")),
            (Some(seq), None) if seq >= 0 => Ok(Side::Before(Seq(seq))),
            (None, Some(seq)) if seq >= 0 => Ok(Side::After(Seq(seq))),
            (None, None) => Ok(Side::Before(Seq(i64::MAX))),
            (Some(_), None) => Err(Error::invalid("before", "a seq is not below 0")),
            (None, Some(_)) => Err(Error::invalid("after", "a seq is not below 0")),
        }
    }

    fn limit(&self) -> Result<i64> {
        match self.limit.unwrap_or(PAGE) {
            limit @ 1..=PAGE_MAX => Ok(limit),
            other => Err(Error::invalid("limit", format!("{other} is not between 1 and {PAGE_MAX}"))),
        }
    }
}

pub(crate) async fn history(
    asker: Identity,
    uri: Path<String>,
    Query(page): Query<Page>,
    state: Data<State>,
) -> Result<HttpResponse> {
    let uri = chats::parse(&uri)?;
    let (side, limit) = (page.side()?, page.limit()?);
    let history = state
        .db
        .read(move |conn| {
            let chat = chats::store::for_member(conn, &uri, asker.user)?;
            // One more than wanted, to know whether there are more.
            let mut messages = store::page(conn, chat.id(), chat.seq(), side, limit + 1)?;
            let more = messages.len() as i64 > limit;
            let next = match side {
                Side::Before(_) => {
                    if more {
                        messages.remove(0);
                    }
                    messages.first()
                }
                Side::After(_) => {
                    messages.truncate(limit as usize);
                    messages.last()
                }
            };
            let next = next.filter(|_| more).map(|message| message.seq);
            Ok(History { id: chat.id(), uri, seq: chat.seq(), messages, next })
        })
        .await?;
    Ok(HttpResponse::Ok().json(history))
}
