//! How a WebSocket is opened, or refused.

use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite};

use crate::{Addresses, Gateway, Socket};

/// The origin of our own pages, as browsers send it.
pub const ALLOWED_ORIGIN: &str = "http://localhost:8080";

/// What the kernel may take in for a client that does not read, in bytes. Usually it is megabytes.
const SMALL: u32 = 4096;

/// A WebSocket about to be opened.
#[derive(Clone, Debug)]
pub struct Handshake {
    address: String,
    path: String,
    headers: Vec<(&'static str, String)>,
    small: bool,
}

impl Handshake {
    /// `GET /ws/` at a gateway.
    pub fn with(addresses: &Addresses, gateway: Gateway) -> Self {
        let address = addresses.gateway(gateway).to_owned();
        Self { address, path: "/ws/".into(), headers: Vec::new(), small: false }
    }

    /// With a query string.
    #[must_use]
    pub fn query(mut self, query: &str) -> Self {
        self.path = format!("{}?{query}", self.path);
        self
    }

    /// From a page.
    #[must_use]
    pub fn from_origin(mut self, origin: &str) -> Self {
        self.headers.push(("origin", origin.to_owned()));
        self
    }

    /// Of a client for which little is buffered.
    #[must_use]
    pub fn with_small_buffers(mut self) -> Self {
        self.small = true;
        self
    }

    /// Opens it. No frame is sent yet.
    pub async fn socket(self) -> Socket {
        let address = self.address.clone();
        self.tried().await.unwrap_or_else(|e| panic!("{address}: {e}"))
    }

    /// The status and body of the refusal.
    pub async fn refusal(self) -> (u16, String) {
        match self.tried().await {
            Ok(_) => panic!("the socket was opened"),
            Err(tungstenite::Error::Http(answer)) => {
                let body = answer.body().as_deref().map(String::from_utf8_lossy).unwrap_or_default();
                (answer.status().as_u16(), body.into_owned())
            }
            Err(error) => panic!("no HTTP answer: {error}"),
        }
    }

    /// Opens it, for somebody who writes bytes of their own.
    pub async fn bytes(self) -> TcpStream {
        let address = self.address.clone();
        self.tried_as_bytes().await.unwrap_or_else(|e| panic!("{address}: {e}"))
    }

    /// The same, when somebody answers.
    pub async fn tried_as_bytes(self) -> Result<TcpStream, tungstenite::Error> {
        Ok(self.handshake().await?.into_inner())
    }

    /// Only the connection, for somebody who writes the handshake too.
    pub async fn connection(&self) -> std::io::Result<TcpStream> {
        TcpStream::connect(&self.address).await
    }

    /// Opens it, when somebody answers.
    pub async fn tried(self) -> Result<Socket, tungstenite::Error> {
        Ok(Socket::over(self.handshake().await?))
    }

    async fn handshake(self) -> Result<WebSocketStream<TcpStream>, tungstenite::Error> {
        let mut request = format!("ws://{}{}", self.address, self.path).into_client_request()?;
        for (name, value) in self.headers {
            request.headers_mut().insert(name, value.parse().expect("a header's value"));
        }
        let socket = TcpSocket::new_v4()?;
        if self.small {
            socket.set_recv_buffer_size(SMALL)?;
        }
        let stream = socket.connect(self.address.parse().expect("an address")).await?;
        stream.set_nodelay(true)?;
        Ok(client_async(request, stream).await?.0)
    }
}
