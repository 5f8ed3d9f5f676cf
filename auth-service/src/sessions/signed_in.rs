//! Who asks, when only somebody who is signed in may ask.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use service_kit::{Error, Result, clock, token};
use shared_proto::{ErrorCode, SessionId};

use super::store;
use crate::client::Client;
use crate::state::State;
use crate::users::Account;

/// Somebody with a good access token whose session lives. Other services believe the token alone until it ends; here
/// the session is looked up, so that one that was revoked ends at once.
#[derive(Debug)]
pub(crate) struct SignedIn {
    pub(crate) account: Account,
    pub(crate) session: SessionId,
    pub(crate) client: Client,
}

impl SignedIn {
    /// Whose token this is. Refuses as [`token::Verifier::verify`] does, and with [`ErrorCode::SessionRevoked`].
    pub(super) async fn by_token(state: &State, token: &str, client: Client) -> Result<Self> {
        let session = state.keys.verify(token).await?.session;
        let looked_up = session.clone();
        let account = state.db.read(move |conn| store::account_of(conn, &looked_up, clock::now())).await?;
        let ended = || Error::refused(ErrorCode::SessionRevoked, "This session has ended; sign in again.");
        Ok(Self { account: account.ok_or_else(ended)?, session, client })
    }
}

impl FromRequest for SignedIn {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let state = request.app_data::<web::Data<State>>().cloned();
        let token = token::from_header(request).map(str::to_owned);
        let client = Client::of(request);
        Box::pin(async move {
            let state = state.ok_or(Error::Internal("the service's state is not registered", None))?;
            Self::by_token(&state, &token?, client).await
        })
    }
}
