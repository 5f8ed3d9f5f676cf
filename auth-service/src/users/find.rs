//! `GET /internal/users/?username=`: who has a name, for the other services.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use service_kit::credential::FromInside;
use service_kit::extract::Query;
use service_kit::{Error, Result};
use shared_proto::internal::UserFound;
use shared_proto::{ErrorCode, Username};

use super::store;
use crate::state::State;

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    /// In any case and Unicode form.
    username: String,
}

pub(crate) async fn find(_: FromInside, state: web::Data<State>, Query(asked): Query<Asked>) -> Result<HttpResponse> {
    let nobody = || Error::refused(ErrorCode::UserNotFound, "Nobody has that username.");
    let name = Username::try_from(asked.username).map_err(|_| nobody())?;
    let account = state.db.read(move |conn| store::by_name(conn, &name)).await?.ok_or_else(nobody)?;
    Ok(HttpResponse::Ok().json(UserFound { user: account.for_others() }))
}
