//! Faults that are planted on the way from a gateway to whoever measures it, to see that the benchmark turns red. They are
//! in the path of the bytes: what counts and compares knows nothing of them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chatire_tests::{Ports, Proxy, Tamperer, Tampering};
use clap::ValueEnum;
use serde::Serialize;

/// Events of each connection that arrive as they should before one does not: nothing counts while it warms up.
const SPARED: usize = 25;
/// How much later everything arrives.
const DELAY: Duration = Duration::from_millis(2);

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Plant {
    /// One delivery of each connection does not arrive.
    Loss,
    /// One delivery of each connection arrives twice.
    Duplicate,
    /// Each delivery arrives 2 ms later.
    Delay,
    /// Everything arrives as it should, over the same detour: what turns red with this is the detour's doing.
    Nothing,
}

impl Plant {
    /// As on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Duplicate => "duplicate",
            Self::Delay => "delay",
            Self::Nothing => "nothing",
        }
    }
}

/// The doors of the gateways: with a proxy before each when something is planted, else as they are.
pub(crate) struct Plants {
    plant: Option<Plant>,
    /// By the gateway's address. They end with this.
    planted: Mutex<Planted>,
}

#[derive(Default)]
struct Planted {
    doors: HashMap<String, Door>,
    ports: Vec<Ports>,
}

enum Door {
    Tamperer(Tamperer),
    Proxy(Proxy),
}

impl Plants {
    pub(crate) fn new(plant: Option<Plant>) -> Self {
        Self { plant, planted: Mutex::default() }
    }

    /// What is planted, if anything is.
    pub(crate) fn what(&self) -> Option<Plant> {
        self.plant
    }

    /// Where clients open the sockets that end at `gateway`, both as `host:port`. Sockets only: nothing else may go there.
    pub(crate) async fn door(&self, gateway: &str) -> String {
        let Some(plant) = self.plant else { return gateway.to_owned() };
        if let Some(door) = self.with(|planted| planted.doors.get(gateway).map(|door| door.address().to_owned())) {
            return door;
        }
        let door = match plant {
            Plant::Loss => Door::Tamperer(Tamperer::start(gateway.to_owned(), Tampering::Loses, SPARED).await),
            Plant::Duplicate => Door::Tamperer(Tamperer::start(gateway.to_owned(), Tampering::Doubles, SPARED).await),
            Plant::Delay => Door::Proxy(self.proxy(gateway, DELAY).await),
            Plant::Nothing => Door::Proxy(self.proxy(gateway, Duration::ZERO).await),
        };
        let address = door.address().to_owned();
        self.with(|planted| planted.doors.insert(gateway.to_owned(), door));
        address
    }

    /// Ends all there is: the gateways are gone.
    pub(crate) fn clear(&self) {
        self.with(|planted| *planted = Planted::default());
    }

    async fn proxy(&self, gateway: &str, back: Duration) -> Proxy {
        let mut ports = Ports::claim();
        let proxy = Proxy::start(ports.take_address(), gateway.to_owned()).await;
        proxy.delay(Duration::ZERO, back);
        self.with(|planted| planted.ports.push(ports));
        proxy
    }

    fn with<T>(&self, does: impl FnOnce(&mut Planted) -> T) -> T {
        // Nobody panics while holding it.
        does(&mut self.planted.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Door {
    fn address(&self) -> &str {
        match self {
            Self::Tamperer(tamperer) => tamperer.address(),
            Self::Proxy(proxy) => proxy.address(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use futures_util::{SinkExt, StreamExt};
    use tokio::net::TcpListener;
    use tokio_tungstenite::tungstenite::Message;
    use tokio_tungstenite::{accept_async, connect_async};

    use super::*;

    /// As many as there are.
    const EVENTS: usize = 40;

    /// A gateway that waits for a word from each client, says all events, and ends.
    async fn gateway() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut socket = accept_async(stream).await.unwrap();
                    socket.next().await.unwrap().unwrap();
                    for seq in 1..=EVENTS {
                        let event = format!(r#"{{"type":"event","chat":"room-0000000001","seq":{seq}}}"#);
                        socket.send(Message::text(event)).await.unwrap();
                    }
                    socket.close(None).await.unwrap();
                });
            }
        });
        address
    }

    /// What two clients hear who come one after the other, and how long the second one waited for the first of it.
    async fn heard(plant: Option<Plant>) -> (Vec<usize>, Duration) {
        let (gateway, plants) = (gateway().await, Plants::new(plant));
        let door = plants.door(&gateway).await;
        assert_eq!(plants.door(&gateway).await, door);
        assert_eq!(door == gateway, plant.is_none());
        let (mut all, mut first) = (Vec::new(), Duration::MAX);
        for _ in 0..2 {
            let (mut socket, _) = connect_async(format!("ws://{door}/ws/")).await.unwrap();
            let began = Instant::now();
            socket.send(Message::text("hello")).await.unwrap();
            let (mut count, mut times) = (0, Vec::new());
            while let Some(Ok(message)) = socket.next().await {
                count += usize::from(message.is_text());
                times.push(began.elapsed());
            }
            all.push(count);
            first = first.min(times[0]);
        }
        (all, first)
    }

    #[tokio::test]
    async fn every_connection_has_its_fault() {
        assert_eq!(heard(Some(Plant::Loss)).await.0, [EVENTS - 1; 2]);
        assert_eq!(heard(Some(Plant::Duplicate)).await.0, [EVENTS + 1; 2]);
    }

    #[tokio::test]
    async fn what_is_delayed_is_late_and_whole() {
        let (counts, first) = heard(Some(Plant::Delay)).await;
        assert_eq!(counts, [EVENTS; 2]);
        assert!(first >= DELAY, "{first:?}");
    }

    #[tokio::test]
    async fn without_a_fault_all_arrives() {
        assert_eq!(heard(Some(Plant::Nothing)).await.0, [EVENTS; 2]);
        assert_eq!(heard(None).await.0, [EVENTS; 2]);
    }
}
