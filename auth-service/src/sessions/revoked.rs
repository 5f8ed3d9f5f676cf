//! `GET /internal/sessions/revoked/?since=`: for a gateway that may have missed the news.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use service_kit::credential::FromInside;
use service_kit::extract::Query;
use service_kit::{Result, clock};
use shared_proto::Timestamp;
use shared_proto::internal::RevokedSessions;

use super::store;
use crate::state::State;

/// How far clocks may be apart, with plenty to spare, in seconds.
const MARGIN: i64 = 60;

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    /// Unix seconds.
    since: i64,
}

/// The sessions revoked since then. Those whose last access token has ended anyway are left out, which keeps the
/// answer short however long ago `since` is.
pub(crate) async fn revoked(
    _: FromInside,
    state: web::Data<State>,
    Query(asked): Query<Asked>,
) -> Result<HttpResponse> {
    let oldest = clock::now().plus_seconds(-i64::from(state.access.seconds()) - MARGIN);
    let since = Timestamp::from_micros(0).plus_seconds(asked.since).max(oldest);
    let sessions = state.db.read(move |conn| store::revoked_since(conn, since)).await?;
    Ok(HttpResponse::Ok().json(RevokedSessions { sessions }))
}
