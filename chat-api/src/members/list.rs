//! `GET /api/chats/{uri}/members/`: who is in the chat, for its members.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Deserialize;
use service_kit::extract::Query;
use service_kit::token::Identity;
use service_kit::{Error, Result};
use shared_proto::UserId;
use shared_proto::chats::Members;
use utoipa::IntoParams;

use super::store::{self, Place};
use crate::chats::store as chats;
use crate::state::State;
use crate::users;

#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct ListPage {
    /// `next` of the page before.
    #[param(pattern = r"^[0-9]{1,9}-[0-9]{1,18}-[0-9]{1,18}$")]
    after: Option<String>,
    /// How many.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<i64>,
}

pub(crate) async fn list(
    asker: Identity,
    uri: Path<String>,
    Query(page): Query<ListPage>,
    state: Data<State>,
) -> Result<HttpResponse> {
    let uri = chats::parse(&uri)?;
    let limit = super::limit(page.limit)?;
    let after = page.after.as_deref().map_or(Ok(Place::START), parse)?;
    let members = state
        .db
        .read(move |conn| {
            let (chat, _) = chats::for_member(conn, &uri, asker.user)?;
            let mut rows = store::page(conn, &chat, after, limit + 1)?;
            let more = rows.len() as i64 > limit;
            rows.truncate(limit as usize);
            let next = rows.last().filter(|_| more).map(|last| written(last.into()));
            let ids: Vec<i64> = rows.iter().map(|row| row.user_id).collect();
            let mut known = users::by_ids(conn, &ids)?;
            let members = rows.iter().filter_map(|row| Some(row.as_seen(known.remove(&UserId(row.user_id))?)));
            Ok(Members { members: members.collect(), next })
        })
        .await?;
    Ok(HttpResponse::Ok().json(members))
}

fn written(place: Place) -> String {
    format!("{}-{}-{}", place.role, place.joined_at, place.user)
}

fn parse(text: &str) -> Result<Place> {
    let mut parts = text.splitn(3, '-');
    let mut number = || parts.next()?.parse::<i64>().ok();
    let place = (|| Some(Place { role: number()?.try_into().ok()?, joined_at: number()?, user: number()? }))();
    place.ok_or_else(|| Error::invalid("after", format!("{text:?} is no `next` of an earlier page")))
}
