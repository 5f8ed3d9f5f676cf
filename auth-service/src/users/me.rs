//! `GET /auth/users/me/`: oneself.

use actix_web::HttpResponse;

use crate::sessions::SignedIn;

pub(crate) async fn me(me: SignedIn) -> HttpResponse {
    HttpResponse::Ok().json(me.account.for_oneself())
}
