//! `GET /.well-known/jwks.json`: the public keys (RFC 7517), for everyone.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};

use crate::state::State;

/// Those who keep it longer ask again when they meet a key id that they do not know.
const FOR_FIVE_MINUTES: (actix_web::http::header::HeaderName, &str) = (CACHE_CONTROL, "public, max-age=300");

pub(crate) async fn publish(state: web::Data<State>) -> HttpResponse {
    HttpResponse::Ok().insert_header(FOR_FIVE_MINUTES).json(&state.keys.current.load().jwks)
}
