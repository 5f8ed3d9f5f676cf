//! What the system does for every connection of a client, below HTTP and WebSocket.

use std::time::Duration;

use actix_web::rt::net::TcpStream;
use socket2::{SockRef, TcpKeepalive};

/// How long what was sent may be unacknowledged, or a peer's window closed. Whoever does not read for so long is cut off by
/// the system (`TCP_USER_TIMEOUT`, RFC 5482): nothing above it could end the connection, since to end it politely means to
/// send what still waits.
const UNREAD: Duration = Duration::from_secs(30);
/// A silent peer is asked so often whether it is still there.
const ASKED_AFTER: Duration = Duration::from_secs(30);
const ASKED_EVERY: Duration = Duration::from_secs(10);

/// A new connection: it can't wait for ever, and small writes go out at once.
pub(crate) fn bound_waits(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let keepalive = TcpKeepalive::new().with_time(ASKED_AFTER).with_interval(ASKED_EVERY);
    let set = socket.set_tcp_nodelay(true).and_then(|()| socket.set_tcp_keepalive(&keepalive));
    #[cfg(target_os = "linux")]
    let set = set.and_then(|()| socket.set_tcp_user_timeout(Some(UNREAD)));
    if let Err(error) = set {
        // The peer is gone already, most likely.
        tracing::debug!(%error, "a connection's options can't be set");
    }
}
