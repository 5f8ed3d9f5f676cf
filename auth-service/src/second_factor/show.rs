//! `GET /auth/second_factor/`: whether there is one.

use actix_web::{HttpResponse, web};
use service_kit::Result;
use shared_proto::auth::SecondFactor;

use super::store;
use crate::sessions::SignedIn;
use crate::state::State;

pub(crate) async fn show(state: web::Data<State>, me: SignedIn) -> Result<HttpResponse> {
    let user = me.account.id;
    let shown = state.db.read(move |conn| {
        let enabled = store::find(conn, user)?.is_some_and(|stored| stored.is_confirmed);
        Ok(SecondFactor { enabled, recovery_codes_left: store::recovery_codes_left(conn, user)? })
    });
    Ok(HttpResponse::Ok().json(shown.await?))
}
