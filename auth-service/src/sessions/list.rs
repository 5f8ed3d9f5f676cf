//! `GET /auth/sessions/`: where one is signed in.

use actix_web::{HttpResponse, web};
use service_kit::{Result, clock};
use shared_proto::auth::Sessions;

use super::signed_in::SignedIn;
use super::store;
use crate::state::State;

pub(crate) async fn list(state: web::Data<State>, me: SignedIn) -> Result<HttpResponse> {
    let (user, current) = (me.account.id, me.session);
    let sessions = state.db.read(move |conn| store::list(conn, user, &current, clock::now())).await?;
    Ok(HttpResponse::Ok().json(Sessions { sessions }))
}
