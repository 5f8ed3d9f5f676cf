//! `GET /ws/`: opens a socket.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use service_kit::origin::AllowedOrigins;
use service_kit::token::{Identity, Verifier};
use service_kit::{Error, Result};
use shared_proto::ErrorCode;
use shared_proto::auth::Secret;

use crate::hub::Hub;
use crate::revoked::Revoked;
use crate::socket::{self, Outgoing};

/// What decides who comes in.
pub(crate) struct Door {
    pub(crate) hub: Hub,
    pub(crate) origins: AllowedOrigins,
    pub(crate) verifier: Verifier,
    pub(crate) revoked: Revoked,
}

impl Door {
    /// Whose token this is, unless its session was revoked.
    pub(crate) async fn verify(&self, token: &Secret) -> Result<Identity> {
        let identity = self.verifier.verify(token.expose()).await?;
        if self.revoked.contains(&identity.session) {
            return Err(Error::refused(ErrorCode::SessionRevoked, "The session has ended; sign in again."));
        }
        Ok(identity)
    }
}

pub(crate) async fn handshake(
    request: HttpRequest,
    body: Payload,
    door: Data<Door>,
) -> Result<HttpResponse, actix_web::Error> {
    door.origins.check(&request)?;
    if door.hub.is_draining() {
        return Err(Error::Unavailable("a gateway that restarts", None).into());
    }
    let limits = door.hub.limits();
    let (response, _session, frames) = actix_ws::handle(&request, body)?;
    let frames =
        frames.max_frame_size(limits.frame_bytes).aggregate_continuations().max_continuation_size(limits.frame_bytes);
    let out = Outgoing::new(limits.queue_bytes);
    let count = door.hub.count_socket();
    let response = response.map_body(|_, handshake| out.body(handshake));
    actix_web::rt::spawn(async move {
        socket::serve(frames, out, door).await;
        drop(count);
    });
    Ok(response.map_into_boxed_body())
}
