//! `POST /auth/jwt/verify/`: whether an access token is good, and its session lives.

use actix_web::{HttpResponse, web};
use service_kit::Result;
use service_kit::extract::Body;
use shared_proto::auth::{Verified, Verify};

use super::signed_in::SignedIn;
use crate::state::State;

pub(crate) async fn verify(state: web::Data<State>, Body(asked): Body<Verify>) -> Result<HttpResponse> {
    let token = asked.token.expose();
    SignedIn::by_token(&state, token).await?;
    Ok(HttpResponse::Ok().json(Verified { token: token.to_owned() }))
}
