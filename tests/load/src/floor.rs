//! The floor of fan-out: a broadcaster that does what the operating system asks for, and nothing else. No chats, no
//! order, no resume, nobody too slow, no membership: one write for each socket and for all that waits at the moment.
//!
//! What is said to it, a line for each message, comes over a plain connection; sockets are never read from.

use std::net::SocketAddr;

use bytes::{BufMut, Bytes, BytesMut};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// As many as a gateway has on the machine that this is meant for.
const WORKERS: usize = 2;
/// What a worker takes at once.
const BATCH: usize = 256;

enum Told {
    Enter(std::net::TcpStream),
    /// Encoded.
    Frame(Bytes),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind(address("CHATIRE__LISTEN__PUBLIC")?).await?;
    let control = TcpListener::bind(address("CHATIRE__LISTEN__CONTROL")?).await?;
    let workers: Vec<_> = (0..WORKERS).map(|_| start_worker()).collect();
    tokio::spawn(listen_to_speakers(control, workers.clone()));
    let mut next = workers.iter().cycle();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let Some(worker) = next.next().cloned() else { return Ok(()) };
        tokio::spawn(async move {
            // Whoever does not go through with it is not here.
            if let Ok(socket) = tokio_tungstenite::accept_async(stream).await
                && let Ok(stream) = socket.into_inner().into_std()
            {
                let _ = worker.send(Told::Enter(stream));
            }
        });
    }
}

fn address(name: &str) -> std::io::Result<SocketAddr> {
    let value = std::env::var(name).unwrap_or_default();
    value.parse().map_err(|e| std::io::Error::other(format!("{name} is {value:?}: {e}")))
}

async fn listen_to_speakers(control: TcpListener, workers: Vec<UnboundedSender<Told>>) -> std::io::Result<()> {
    loop {
        let (stream, _) = control.accept().await?;
        let workers = workers.clone();
        tokio::spawn(async move {
            let mut lines = BufReader::new(stream).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                let frame = text_frame(line.as_bytes());
                for worker in &workers {
                    let _ = worker.send(Told::Frame(frame.clone()));
                }
            }
        });
    }
}

/// RFC 6455, section 5.2. Lines are longer than 125 bytes and shorter than 65,536.
fn text_frame(payload: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(payload.len() + 4);
    frame.put_slice(&[0x81, 126]);
    frame.put_u16(u16::try_from(payload.len()).unwrap_or(u16::MAX));
    frame.put_slice(payload);
    frame.freeze()
}

fn start_worker() -> UnboundedSender<Told> {
    let (tell, told) = unbounded_channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(work(told))
    });
    tell
}

async fn work(mut told: UnboundedReceiver<Told>) -> std::io::Result<()> {
    let (mut sockets, mut batch) = (Vec::<TcpStream>::new(), Vec::new());
    while told.recv_many(&mut batch, BATCH).await > 0 {
        let mut frames = Vec::new();
        for told in batch.drain(..) {
            match told {
                Told::Enter(stream) => sockets.push(TcpStream::from_std(stream)?),
                Told::Frame(frame) => frames.push(frame),
            }
        }
        // A lone frame is not copied.
        let bytes = if let [frame] = &frames[..] { frame.clone() } else { frames.concat().into() };
        if bytes.is_empty() {
            continue;
        }
        let mut gone = Vec::new();
        for (n, socket) in sockets.iter().enumerate() {
            if write(socket, &bytes).await.is_err() {
                gone.push(n);
            }
        }
        for n in gone.into_iter().rev() {
            sockets.swap_remove(n);
        }
    }
    Ok(())
}

/// Waits for a socket that takes no more: its listeners read all the time.
async fn write(socket: &TcpStream, mut bytes: &[u8]) -> std::io::Result<()> {
    while !bytes.is_empty() {
        match socket.try_write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => socket.writable().await?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
