//! A proxy that does to a client's events what must never happen, to see whether it is noticed.

use std::io;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What happens to one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tampering {
    /// It does not arrive.
    Loses,
    /// It arrives twice.
    Doubles,
    /// It arrives after the next one of its chat.
    Swaps,
}

/// Stands before one gateway, and tampers once with each connection. It understands just as much of WebSocket as it needs:
/// a server's whole text frames (RFC 6455 §5.2; they are never masked).
#[derive(Debug)]
pub struct Tamperer {
    address: String,
    serving: JoinHandle<()>,
}

impl Tamperer {
    /// Before the gateway at `server` (`host:port`); tampers with the event that comes after `spared` others.
    pub async fn start(server: String, tampering: Tampering, spared: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound").to_string();
        let serving = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(
                    async move { connection(client, &server, Tampers { tampering, spared, held: None }).await },
                );
            }
        });
        Self { address, serving }
    }

    /// Where clients find it.
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Tamperer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn connection(client: TcpStream, server: &str, tampers: Tampers) -> io::Result<()> {
    let server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let ((mut from_client, to_client), (from_server, mut to_server)) = (client.into_split(), server.into_split());
    let there = async { tokio::io::copy(&mut from_client, &mut to_server).await.map(drop) };
    tokio::try_join!(there, tampered(BufReader::new(from_server), to_client, tampers)).map(drop)
}

/// The answer to the handshake as it is, then frame by frame.
async fn tampered(mut from: BufReader<OwnedReadHalf>, mut to: OwnedWriteHalf, mut tampers: Tampers) -> io::Result<()> {
    let mut line = Vec::new();
    while line != b"\r\n" {
        line.clear();
        from.read_until(b'\n', &mut line).await?;
        to.write_all(&line).await?;
    }
    loop {
        let frame = frame(&mut from).await?;
        to.write_all(&tampers.instead_of(frame)).await?;
    }
}

/// A frame's bytes, as they came, and where its payload begins.
struct Frame {
    bytes: Vec<u8>,
    payload: usize,
}

async fn frame(from: &mut BufReader<OwnedReadHalf>) -> io::Result<Frame> {
    let mut bytes = vec![0; 2];
    from.read_exact(&mut bytes).await?;
    let more = match bytes[1] {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    bytes.resize(2 + more, 0);
    from.read_exact(&mut bytes[2..]).await?;
    let length = match more {
        0 => usize::from(bytes[1]),
        _ => bytes[2..].iter().fold(0, |length, byte| length << 8 | usize::from(*byte)),
    };
    let payload = bytes.len();
    bytes.resize(payload + length, 0);
    from.read_exact(&mut bytes[payload..]).await?;
    Ok(Frame { bytes, payload })
}

impl Frame {
    /// Of which chat it is an event, if it is one.
    fn chat(&self) -> Option<String> {
        let json: serde_json::Value = serde_json::from_slice(&self.bytes[self.payload..]).ok()?;
        (json["type"] == "event").then(|| json["chat"].as_str().unwrap_or_default().to_owned())
    }
}

struct Tampers {
    tampering: Tampering,
    /// Events that are left as they are, before one is not.
    spared: usize,
    /// An event that comes after the next one of this chat.
    held: Option<(String, Vec<u8>)>,
}

impl Tampers {
    /// What the client gets.
    fn instead_of(&mut self, frame: Frame) -> Vec<u8> {
        let Some(chat) = frame.chat() else { return frame.bytes };
        if let Some((_, held)) = self.held.take_if(|(of, _)| *of == chat) {
            return [frame.bytes, held].concat();
        }
        // Wraps to where it never comes to 0 again.
        let is_the_one = self.spared == 0;
        self.spared = self.spared.wrapping_sub(1);
        match self.tampering {
            _ if !is_the_one => frame.bytes,
            Tampering::Loses => Vec::new(),
            Tampering::Doubles => [&frame.bytes[..], &frame.bytes].concat(),
            Tampering::Swaps => {
                self.held = Some((chat, frame.bytes));
                Vec::new()
            }
        }
    }
}
