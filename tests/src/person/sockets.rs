//! People at their sockets.

use std::time::Duration;

use serde_json::json;

use super::Person;
use crate::{Chat, Gateway, Handshake, PATIENCE, Seen, Socket, eventually, within};

impl Person {
    /// A socket that is live from now on.
    pub async fn connects(&self, gateway: Gateway) -> Socket {
        self.connects_after(gateway, &[]).await
    }

    /// A socket that goes on after what it has already.
    pub async fn connects_after(&self, gateway: Gateway, resume: &[(&Chat, i64)]) -> Socket {
        let socket = Handshake::with(self.client.addresses(), gateway).socket().await;
        self.says_hello(&socket, resume).await;
        socket.is_ready().await;
        socket
    }

    /// A live socket for which little is buffered, so that it is slow as soon as it stops reading.
    pub async fn connects_with_small_buffers(&self, gateway: Gateway) -> Socket {
        let socket = Handshake::with(self.client.addresses(), gateway).with_small_buffers().socket().await;
        self.says_hello(&socket, &[]).await;
        socket.is_ready().await;
        socket
    }

    /// The same, if the gateway is there and takes it.
    pub async fn tries_to_connect(&self, gateway: Gateway, resume: &[(&Chat, i64)]) -> Option<Socket> {
        let socket = Handshake::with(self.client.addresses(), gateway).tried().await.ok()?;
        self.says_hello(&socket, resume).await;
        let is_ready = |seen: &Seen| match seen.count("ready") {
            0 => seen.closed.as_ref().map(|_| false),
            _ => Some(true),
        };
        socket.until("ready, or the end", is_ready).await.then_some(socket)
    }

    /// Tries until the gateway takes it.
    pub async fn connects_in_the_end(&self, gateway: Gateway) -> Socket {
        eventually("a socket is taken", PATIENCE, async || self.tries_to_connect(gateway, &[]).await).await
    }

    /// How a gateway closes the socket that it is expected not to take; nothing when the connection just broke.
    pub async fn is_turned_away_by(&self, gateway: Gateway) -> Option<u16> {
        let socket = Handshake::with(self.client.addresses(), gateway).socket().await;
        self.is_not_taken_at(&socket).await
    }

    /// The same of a gateway that is just starting: from the moment on at which it opens its door, and until it has
    /// something better to say than that one should come again.
    pub async fn is_turned_away_from_the_start_by(&self, gateway: Gateway) -> Option<u16> {
        let handshake = Handshake::with(self.client.addresses(), gateway);
        let tries = async {
            loop {
                match handshake.clone().tried().await {
                    Ok(socket) => match self.is_not_taken_at(&socket).await {
                        Some(1012) => {}
                        code => return code,
                    },
                    // Not there yet. The moment after it is there counts.
                    Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
                }
            }
        };
        within("the gateway says no", 2 * PATIENCE, tries).await
    }

    async fn is_not_taken_at(&self, socket: &Socket) -> Option<u16> {
        self.says_hello(socket, &[]).await;
        let closed = socket.ends().await;
        assert_eq!(socket.seen().count("ready"), 0, "{closed:?}");
        closed.code
    }

    async fn says_hello(&self, socket: &Socket, resume: &[(&Chat, i64)]) {
        let resume: serde_json::Map<_, _> =
            resume.iter().map(|(chat, seq)| (chat.uri.to_string(), json!(seq))).collect();
        socket.sends(json!({"type": "hello", "token": self.token, "protocol": 1, "resume": resume})).await;
    }
}
