//! A way through the network that can be broken: a TCP proxy in this process.

use std::io;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::punctual;

/// What is read at once, in bytes.
const PIECE: usize = 16 * 1024;
/// Pieces under way in each direction of a connection. When it is full nothing more is read, so that the sender waits, as
/// it would for a slow network.
const UNDER_WAY: usize = 64;

/// Carries connections from its own address to another one. Whole and without delay, until told otherwise.
#[derive(Debug)]
pub struct Proxy {
    address: String,
    weather: watch::Sender<Weather>,
    door: watch::Receiver<Door>,
    serving: JoinHandle<()>,
}

/// How the network is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Weather {
    /// Bytes arrive as long after they were sent: to the server, and back.
    Fine { there: Duration, back: Duration },
    /// Connections stay, and nothing arrives.
    Frozen,
    /// There are no connections.
    Cut,
}

const FINE: Weather = Weather::Fine { there: Duration::ZERO, back: Duration::ZERO };

/// Whether it listens.
#[derive(Clone, Copy, Debug)]
enum Door {
    Closed {
        /// Connections that were open then.
        broken: usize,
    },
    Open,
}

impl Proxy {
    /// Listens at `address` for connections that go to `server`, both as `host:port`.
    pub async fn start(address: String, server: String) -> Self {
        let weather = watch::Sender::new(FINE);
        let (opens, door) = watch::channel(Door::Closed { broken: 0 });
        let serving = tokio::spawn(serve(address.clone(), server, weather.subscribe(), opens));
        let proxy = Self { address, weather, door, serving };
        proxy.heal().await;
        proxy
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// From here on bytes arrive so long after they were sent.
    pub fn delay(&self, there: Duration, back: Duration) {
        self.weather.send_replace(Weather::Fine { there, back });
    }

    /// From here on nothing arrives; it does after [`Proxy::heal`].
    pub fn freeze(&self) {
        self.weather.send_replace(Weather::Frozen);
    }

    /// Breaks all connections, and refuses new ones. How many were broken.
    pub async fn cut(&self) -> usize {
        self.weather.send_replace(Weather::Cut);
        let closed = |door: &Door| matches!(door, Door::Closed { .. });
        match self.door.clone().wait_for(closed).await.as_deref() {
            Ok(Door::Closed { broken }) => *broken,
            other => panic!("the proxy at {} ended: {other:?}", self.address),
        }
    }

    /// All is well again.
    pub async fn heal(&self) {
        self.weather.send_replace(FINE);
        let opened = self.door.clone().wait_for(|door| matches!(door, Door::Open)).await.is_ok();
        assert!(opened, "the proxy can't listen at {}", self.address);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Until the proxy is dropped.
async fn serve(address: String, server: String, mut weather: watch::Receiver<Weather>, door: watch::Sender<Door>) {
    loop {
        let listener = TcpListener::bind(&address).await.unwrap_or_else(|e| panic!("{address}: {e}"));
        door.send_replace(Door::Open);
        let mut links = JoinSet::new();
        loop {
            tokio::select! {
                is_cut = is_cut(&mut weather) => if is_cut { break } else { return },
                Some(_) = links.join_next() => {}
                accepted = listener.accept() => if let Ok((client, _)) = accepted {
                    links.spawn(link(client, server.clone(), weather.clone()));
                },
            }
        }
        drop(listener);
        while links.try_join_next().is_some() {}
        let broken = links.len();
        links.shutdown().await;
        door.send_replace(Door::Closed { broken });
        if weather.wait_for(|weather| *weather != Weather::Cut).await.is_err() {
            return;
        }
    }
}

/// Waits until it is; false when it never will be.
async fn is_cut(weather: &mut watch::Receiver<Weather>) -> bool {
    weather.wait_for(|weather| *weather == Weather::Cut).await.is_ok()
}

/// One connection, to its end. What ends it is seen by those it connects.
async fn link(client: TcpStream, server: String, weather: watch::Receiver<Weather>) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    if client.set_nodelay(true).and_then(|()| server.set_nodelay(true)).is_err() {
        return;
    }
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let there = carry(from_client, to_server, weather.clone(), |there, _| there);
    let back = carry(from_server, to_client, weather, |_, back| back);
    let _ = tokio::try_join!(there, back);
}

/// One direction, until the sender has said all, or one of the two breaks.
async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut weather: watch::Receiver<Weather>,
    takes: fn(Duration, Duration) -> Duration,
) -> io::Result<()> {
    let (under_way, mut arriving) = mpsc::channel::<(Instant, Vec<u8>)>(UNDER_WAY);
    let now = weather.clone();
    let reads = async move {
        let mut buffer = vec![0; PIECE];
        loop {
            let length = from.read(&mut buffer).await?;
            let delay = match *now.borrow() {
                Weather::Fine { there, back } => takes(there, back),
                Weather::Frozen | Weather::Cut => Duration::ZERO,
            };
            let piece = (Instant::now() + delay, buffer[..length].to_vec());
            if length == 0 || under_way.send(piece).await.is_err() {
                return io::Result::Ok(());
            }
        }
    };
    let writes = async move {
        while let Some((due, piece)) = arriving.recv().await {
            punctual::until(due).await;
            let _ = weather.wait_for(|weather| *weather != Weather::Frozen).await;
            to.write_all(&piece).await?;
        }
        let _ = weather.wait_for(|weather| *weather != Weather::Frozen).await;
        to.shutdown().await
    };
    tokio::try_join!(reads, writes).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PATIENCE, Ports, within};

    /// Longer than anything takes on the loopback interface that does arrive.
    const A_WHILE: Duration = Duration::from_millis(200);

    /// A server that says everything back, and a proxy before it.
    async fn before_an_echo() -> (Proxy, Ports) {
        let mut ports = Ports::claim_for_proxies();
        let echo = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = echo.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            while let Ok((stream, _)) = echo.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.into_split();
                    let _ = tokio::io::copy(&mut from, &mut to).await;
                });
            }
        });
        (Proxy::start(ports.take_address(), server).await, ports)
    }

    async fn connect(proxy: &Proxy) -> TcpStream {
        TcpStream::connect(proxy.address()).await.expect("it listens")
    }

    async fn says(stream: &mut TcpStream, text: &str) {
        stream.write_all(text.as_bytes()).await.expect("it is open");
    }

    async fn hears(stream: &mut TcpStream, text: &str) {
        let mut heard = vec![0; text.len()];
        within(text, PATIENCE, stream.read_exact(&mut heard)).await.expect("it is open");
        assert_eq!(heard, text.as_bytes());
    }

    async fn ends(stream: &mut TcpStream) {
        let rest = within("the end", PATIENCE, stream.read(&mut [0; 1])).await;
        assert!(matches!(rest, Ok(0) | Err(_)), "{rest:?}");
    }

    #[tokio::test]
    async fn it_carries_both_ways_and_to_the_end() {
        let (proxy, _ports) = before_an_echo().await;
        let mut stream = connect(&proxy).await;
        says(&mut stream, "one").await;
        hears(&mut stream, "one").await;
        let long = "x".repeat(3_000_000);
        let (mut from, mut to) = stream.into_split();
        let (sent, length) = (long.clone(), long.len());
        let sending = tokio::spawn(async move {
            to.write_all(sent.as_bytes()).await.unwrap();
            to.shutdown().await.unwrap();
        });
        let mut heard = Vec::new();
        within("all of it", PATIENCE, from.read_to_end(&mut heard)).await.unwrap();
        sending.await.unwrap();
        assert_eq!((heard.len(), heard == long.as_bytes()), (length, true));
    }

    #[tokio::test]
    async fn each_direction_takes_its_time() {
        let (proxy, _ports) = before_an_echo().await;
        let mut stream = connect(&proxy).await;
        for (there, back) in [(80, 0), (0, 80), (50, 50)] {
            proxy.delay(Duration::from_millis(there), Duration::from_millis(back));
            let before = Instant::now();
            for text in ["one", "two", "three"] {
                says(&mut stream, text).await;
            }
            hears(&mut stream, "onetwothree").await;
            assert!(before.elapsed() >= Duration::from_millis(there + back), "{:?}", before.elapsed());
        }
    }

    #[tokio::test]
    async fn a_cut_ends_what_is_open_and_refuses_what_is_new_until_it_heals() {
        let (proxy, _ports) = before_an_echo().await;
        let (mut one, mut other) = (connect(&proxy).await, connect(&proxy).await);
        for stream in [&mut one, &mut other] {
            says(stream, "here").await;
            hears(stream, "here").await;
        }
        drop(other);
        assert!([1, 2].contains(&proxy.cut().await));
        ends(&mut one).await;
        TcpStream::connect(proxy.address()).await.expect_err("nobody listens");
        proxy.heal().await;
        let mut stream = connect(&proxy).await;
        says(&mut stream, "again").await;
        hears(&mut stream, "again").await;
    }

    #[tokio::test]
    async fn what_is_frozen_arrives_later_whole_and_in_order() {
        let (proxy, _ports) = before_an_echo().await;
        let mut stream = connect(&proxy).await;
        says(&mut stream, "before").await;
        hears(&mut stream, "before").await;
        proxy.freeze();
        for text in ["one", "two"] {
            says(&mut stream, text).await;
        }
        let nothing = tokio::time::timeout(A_WHILE, stream.read(&mut [0; 1])).await;
        assert!(nothing.is_err(), "{nothing:?}");
        proxy.heal().await;
        hears(&mut stream, "onetwo").await;
    }

    #[tokio::test]
    async fn whoever_sends_into_a_frozen_one_has_to_wait() {
        let (proxy, _ports) = before_an_echo().await;
        let mut stream = connect(&proxy).await;
        proxy.freeze();
        let (piece, most) = (vec![b'x'; 1 << 20], 64 << 20);
        let mut sent = 0;
        while let Ok(written) = tokio::time::timeout(A_WHILE, stream.write(&piece)).await {
            sent += written.expect("it stays open");
            assert!(sent < most, "{sent} bytes were taken");
        }
        assert!(sent > 0);
    }

    #[tokio::test]
    async fn without_a_server_behind_it_connections_end() {
        let mut ports = Ports::claim_for_proxies();
        let proxy = Proxy::start(ports.take_address(), ports.take_address()).await;
        ends(&mut connect(&proxy).await).await;
    }
}
