//! Breaking the network between the parts.

use std::mem::discriminant;
use std::time::Duration;

use chatire_tests::{Link, World};
use tokio::time::sleep;

use super::AFTER_THE_BROKER;
use super::life::Life;

const DELAY: Duration = Duration::from_millis(300);
/// Long enough that some tries to connect again fail.
const CUT: Duration = Duration::from_millis(400);

/// What may happen to a link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fault {
    /// Whatever goes through arrives later, in both directions.
    Delay,
    /// It is cut for a moment.
    Cut,
    /// Nothing arrives for some seconds.
    Freeze,
}

impl Fault {
    /// At all these links at once; then they heal, and everybody hears everything.
    pub(super) async fn befalls(self, links: &[Link], world: &World, life: &mut Life) {
        for link in links {
            let proxy = world.link(*link);
            match self {
                Fault::Delay => proxy.delay(DELAY, DELAY),
                Fault::Cut => assert!(proxy.cut().await > 0, "{link:?} was not in use"),
                Fault::Freeze => proxy.freeze(),
            }
        }
        match self {
            Fault::Delay => life.goes_on().await,
            Fault::Cut => sleep(CUT).await,
            Fault::Freeze => sleep(freezes_for(links[0])).await,
        }
        for link in links {
            world.link(*link).heal().await;
        }
        life.is_heard_everywhere(&format!("{self:?} of {links:?}"), AFTER_THE_BROKER).await;
    }
}

/// Long enough that somebody loses patience, where somebody has some.
fn freezes_for(link: Link) -> Duration {
    Duration::from_secs(match link {
        // A client believes that a gateway is dead after 5 seconds.
        Link::ClientsToGateway(_) => 7,
        // A gateway waits 5 seconds for an answer.
        Link::GatewayToApi(..) => 6,
        // Both sides believe that the other one is dead after two heartbeats of 5 seconds.
        Link::GatewayToBroker(_) => 12,
        Link::ApiToBroker(_) | Link::ApiToDatabase(_) => 3,
    })
}

/// Those between the same kinds of parts together.
pub(super) fn by_kind(links: Vec<Link>) -> Vec<Vec<Link>> {
    links.chunk_by(|one, other| discriminant(one) == discriminant(other)).map(<[Link]>::to_vec).collect()
}
