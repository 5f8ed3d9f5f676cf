//! The gateway's sockets without protocol 1: whatever comes goes back. For suites that check RFC 6455 with an
//! echo server (`examples/echo.rs`); no service serves it.

use actix_web::web::{self, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::inbox::{Inbound, Inbox};
use super::{Frame, Outgoing};

/// The largest message of those suites, and room for its echo.
const LIMIT: usize = 17 * 1024 * 1024;

/// Serves `GET /`.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/", web::get().to(handshake));
}

async fn handshake(request: HttpRequest, body: Payload) -> Result<HttpResponse, actix_web::Error> {
    let (response, inbox) = Inbox::open(&request, body, LIMIT, |body| {
        let (response, _session, frames) = actix_ws::handle(&request, body)?;
        Ok((response, frames))
    })
    .await?;
    let out = Outgoing::new(4 * LIMIT);
    let response = response.map_body(|_, handshake| out.body(handshake));
    actix_web::rt::spawn(echo(inbox, out));
    Ok(response.map_into_boxed_body())
}

async fn echo(mut inbox: Inbox, out: Outgoing) {
    while let Some(inbound) = inbox.next(&out).await {
        match inbound {
            Ok(Inbound::Text(text)) => out.push(Frame::text(text.as_bytes())),
            Ok(Inbound::Binary(bytes)) => out.push(Frame::binary(&bytes)),
            Ok(Inbound::Alive) => {}
            Err((code, reason)) => {
                out.close(code, &reason);
                inbox.until_closed(&out).await;
                break;
            }
        }
    }
    out.finish();
}
