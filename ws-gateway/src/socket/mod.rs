//! One socket: its frames, what waits to be written to it, and the loop that reads it.

mod connection;
pub mod echo;
mod frame;
mod frames;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod hello;
mod inbound;
mod inbox;
#[cfg(test)]
mod instructions;
mod outgoing;
mod writer;

pub(crate) use connection::Connection;
pub(crate) use frame::Frame;
pub(crate) use inbound::serve;
pub(crate) use inbox::Inbox;
pub(crate) use outgoing::Outgoing;
pub(crate) use writer::Writer;

use actix_http::ws;
use actix_web::body::BoxBody;
use actix_web::{HttpRequest, HttpResponse};
use service_kit::upgrade::upgrade;

/// Answers a handshake (RFC 6455 §4.2), and lets `serve` have the socket, in a task of its own. Frames of
/// at most `frame` bytes come in, and `queue` bytes may wait to go out.
pub(crate) fn open<F: Future<Output = ()> + 'static>(
    request: &HttpRequest,
    (frame, queue): (usize, usize),
    writer: Writer,
    serve: impl FnOnce(Inbox) -> F + 'static,
) -> Result<HttpResponse, actix_web::Error> {
    let answer = ws::handshake(request.head())?.message_body(BoxBody::new(()))?;
    Ok(upgrade(answer.into(), move |upgraded| {
        let out = Outgoing::new(upgraded.stream, queue, writer);
        actix_web::rt::spawn(serve(Inbox::new(out, &upgraded.early, frame)));
    }))
}
