//! `POST /auth/jwt/verify/`: whether an access token is good, and its session lives.

use actix_web::{HttpRequest, HttpResponse, web};
use service_kit::Result;
use service_kit::extract::Body;
use shared_proto::auth::{Verified, Verify};

use super::signed_in::SignedIn;
use crate::client::Client;
use crate::state::State;

pub(crate) async fn verify(
    state: web::Data<State>,
    request: HttpRequest,
    Body(asked): Body<Verify>,
) -> Result<HttpResponse> {
    let token = asked.token.expose();
    SignedIn::by_token(&state, token, Client::of(&request)).await?;
    Ok(HttpResponse::Ok().json(Verified { token: token.to_owned() }))
}
