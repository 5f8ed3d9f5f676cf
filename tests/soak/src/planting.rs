//! What is done on purpose, to see whether it is found.

use std::time::Duration;

use chatire_tests::{Addresses, Gateway, Person, Plan, Service, Socket, Tamperer, Tampering};
use clap::ValueEnum;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// Events that arrive before the one that does not as it should.
const SPARED: usize = 100;
/// Sockets that are opened and forgotten: so many a second, and in all.
const LEAKED_EACH_SECOND: u32 = 150;
const LEAKED: usize = 4_000;

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum Plant {
    /// One event does not reach one client.
    Loss,
    /// One event reaches one client twice.
    Double,
    /// Two events reach one client in the wrong order.
    Swap,
    /// A gateway is left with sockets that nobody wants any more.
    Leak,
}

impl Plant {
    /// What happens to one client's events.
    pub(crate) fn tampering(self) -> Option<Tampering> {
        match self {
            Plant::Loss => Some(Tampering::Loses),
            Plant::Double => Some(Tampering::Doubles),
            Plant::Swap => Some(Tampering::Swaps),
            Plant::Leak => None,
        }
    }
}

/// Somebody who tampers, before a gateway.
pub(crate) async fn tampered(addresses: &Addresses, gateway: Gateway, tampering: Tampering) -> Tamperer {
    Tamperer::start(addresses.gateway(gateway).to_owned(), tampering, SPARED).await
}

/// What a gateway must allow somebody who leaks.
pub(crate) fn limits_for_a_leak(plan: Plan) -> Plan {
    let limits = [
        "LIMITS__SOCKETS_PER_USER",
        "LIMITS__SOCKETS_PER_ADDRESS",
        "LIMITS__HANDSHAKES_PER_SECOND",
        "LIMITS__HANDSHAKES_AT_ONCE",
    ];
    limits.into_iter().fold(plan, |plan, name| plan.with(Service::Gateway, name, "100000"))
}

/// Sockets that stay open until this is dropped: it looks from outside as if a gateway forgot to let go of them.
pub(crate) struct Leak(JoinHandle<()>);

impl Leak {
    /// From now on, for so long, at a gateway, by somebody whose token does not end.
    pub(crate) fn begins(person: Person, gateway: Gateway, time: Duration) -> Self {
        Self(tokio::spawn(async move {
            let (mut kept, end): (Vec<Socket>, _) = (Vec::new(), Instant::now() + time);
            while Instant::now() < end && kept.len() < LEAKED {
                kept.extend(person.tries_to_connect(gateway, &[]).await);
                sleep(Duration::from_secs(1) / LEAKED_EACH_SECOND).await;
            }
            std::future::pending().await
        }))
    }
}

impl Drop for Leak {
    fn drop(&mut self) {
        self.0.abort();
    }
}
