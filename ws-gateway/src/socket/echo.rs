//! The gateway's sockets without protocol 1: whatever comes goes back. For suites that check RFC 6455 with an
//! echo server (`examples/echo.rs`); no service serves it.

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::inbox::{Inbound, Inbox};
use super::{Frame, Outgoing, Writer, open};

/// The largest message of those suites, and room for its echo.
const LIMIT: usize = 17 * 1024 * 1024;

/// Serves `GET /`. Called on each worker's own thread.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.app_data(Data::new(Writer::start())).route("/", web::get().to(handshake));
}

async fn handshake(request: HttpRequest, writer: Data<Writer>) -> Result<HttpResponse, actix_web::Error> {
    open(&request, (LIMIT, 4 * LIMIT), Writer::clone(&writer), echo)
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
