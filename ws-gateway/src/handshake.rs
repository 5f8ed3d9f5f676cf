//! `GET /ws/`: opens a socket.

use std::net::IpAddr;
use std::time::Duration;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use service_kit::origin::AllowedOrigins;
use service_kit::rate::Rate;
use service_kit::token::{Identity, Verifier};
use service_kit::{Error, Result, chain};
use shared_proto::ErrorCode;
use shared_proto::auth::Secret;

use crate::hub::{Hub, SocketId};
use crate::limits::{Counted, Limits};
use crate::revoked::Revoked;
use crate::socket::{self, Writer};

/// When an address that has as many sockets as it may have should try again.
const FULL: Duration = Duration::from_secs(30);

/// What decides who comes in.
pub(crate) struct Door {
    pub(crate) hub: Hub,
    pub(crate) writer: Writer,
    pub(crate) origins: AllowedOrigins,
    pub(crate) verifier: Verifier,
    pub(crate) revoked: Revoked,
    pub(crate) limits: Limits,
    /// Of this worker's sockets.
    pub(crate) frames: Rate<SocketId>,
}

impl Door {
    /// Whose token this is, unless its session was revoked.
    pub(crate) async fn verify(&self, token: &Secret) -> Result<Identity> {
        let identity = self.verifier.verify(token.expose()).await.inspect_err(note_outage)?;
        if self.revoked.contains(&identity.session).await.inspect_err(note_outage)? {
            return Err(Error::refused(ErrorCode::SessionRevoked, "The session has ended; sign in again."));
        }
        Ok(identity)
    }
}

/// For whoever operates it: people who can't come in, or stay, though nothing is wrong with their tokens.
fn note_outage(error: &Error) {
    if error.code() == ErrorCode::Unavailable {
        tracing::warn!(error = chain(error), "a token can't be verified");
    }
}

pub(crate) async fn handshake(request: HttpRequest, door: Data<Door>) -> Result<HttpResponse, actix_web::Error> {
    door.origins.check(&request)?;
    if door.hub.is_draining() {
        return Err(Error::Unavailable("a gateway that restarts", None).into());
    }
    let counted = count(&request, &door.limits)?;
    let (limits, writer) = (door.hub.limits(), door.writer.clone());
    let guards = (door.hub.count_socket(), counted);
    socket::open(&request, (limits.frame_bytes, limits.queue_bytes), writer, async move |inbox, out| {
        socket::serve(inbox, out, door).await;
        drop(guards);
    })
}

/// The socket among those of its address, as long as it is open.
fn count(request: &HttpRequest, limits: &Limits) -> Result<Option<Counted<IpAddr>>> {
    let Some(address) = service_kit::address::of(request).map(service_kit::address::network) else { return Ok(None) };
    limits
        .handshake(address)
        .map_err(|wait| Error::rate_limited("Too many sockets were opened from your address", wait))?;
    let counted = limits.socket_from(address);
    let counted = counted.ok_or_else(|| Error::rate_limited("Too many sockets are open from your address", FULL))?;
    Ok(Some(counted))
}
