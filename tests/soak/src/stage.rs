//! The system, as it can be broken: a cluster with proxies between its parts, or the one process behind a proxy.

use std::time::Duration;

use chatire_tests::{Addresses, Dice, Link, Part, Proxy, Way, World};
use tokio::time::sleep;

use crate::levels::Watched;

/// How long what was killed stays away, in milliseconds at most.
const AWAY: u64 = 2_000;
/// How long a process may take to end.
const ENDS_WITHIN: Duration = Duration::from_secs(20);

pub(crate) struct Stage<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) watched: Watched,
    /// Before the one process, which has no links.
    door: Option<Proxy>,
}

impl<'a> Stage<'a> {
    pub(crate) async fn sets(world: &'a mut World) -> Self {
        let door = match world.way() {
            Way::Cluster => None,
            Way::Standalone => {
                let (near, far) = (format!("127.0.0.1:{}", world.takes_a_port()), world.addresses().auth.clone());
                Some(Proxy::start(near, far).await)
            }
        };
        let mut stage = Self { world, watched: Watched::default(), door };
        for part in stage.world.parts() {
            stage.is_watched(part);
        }
        stage
    }

    /// Where clients connect: over what can be cut.
    pub(crate) fn addresses(&self) -> Addresses {
        let mut addresses = self.world.addresses().clone();
        if let Some(door) = &self.door {
            addresses.gateways.fill(door.address().to_owned());
        }
        addresses
    }

    /// Where gateways really listen.
    pub(crate) fn direct(&mut self) -> Addresses {
        let mut addresses = self.world.addresses().clone();
        for (n, part) in self.gateways().into_iter().enumerate() {
            addresses.gateways[n] = self.world.process(part).setting("LISTEN__PUBLIC");
        }
        addresses
    }

    fn gateways(&self) -> Vec<Part> {
        self.world.parts().into_iter().filter(|part| matches!(part, Part::Gateway(_))).collect()
    }

    /// Processes that may die: auth-service is nobody's, unless it is all there is.
    pub(crate) fn mortals(&self) -> Vec<Part> {
        let parts = self.world.parts();
        match self.world.way() {
            Way::Standalone => parts,
            Way::Cluster => parts.into_iter().filter(|part| *part != Part::Auth).collect(),
        }
    }

    /// Ways between the parts. The one process has one: to its clients.
    pub(crate) fn ways(&self) -> Vec<&Proxy> {
        match &self.door {
            Some(door) => vec![door],
            None => self.world.links().into_iter().map(|link| self.world.link(link)).collect(),
        }
    }

    /// How long nothing may arrive on a way until somebody loses patience, in milliseconds at most.
    pub(crate) fn patience(&self, way: usize) -> u64 {
        match self.world.links().get(way) {
            Some(Link::ClientsToGateway(_)) | None => 7_000,
            Some(Link::GatewayToApi(..)) => 6_000,
            Some(Link::GatewayToBroker(_)) => 12_000,
            Some(Link::ApiToBroker(_) | Link::ApiToDatabase(_)) => 3_000,
        }
    }

    /// SIGKILL of these, and starts them again after a while.
    pub(crate) async fn kills(&mut self, parts: &[Part], dice: &mut Dice) {
        for part in parts {
            self.is_forgotten(*part);
            self.world.kill(*part);
        }
        sleep(dice.pause(AWAY)).await;
        self.start_again(parts).await;
    }

    /// SIGTERM, and starts it again.
    pub(crate) async fn ends(&mut self, part: Part) {
        self.is_forgotten(part);
        let process = self.world.process(part);
        process.terminate();
        let status = process.ends(ENDS_WITHIN).await;
        assert!(status.success(), "{part:?} was asked to end, and ended with {status}");
        self.start_again(&[part]).await;
    }

    async fn start_again(&mut self, parts: &[Part]) {
        for part in parts {
            self.world.launch(*part);
        }
        for part in parts {
            self.world.process(*part).is_ready().await;
            self.is_watched(*part);
        }
    }

    /// Stands still for a time.
    pub(crate) async fn freezes(&mut self, part: Part, time: Duration) {
        self.world.process(part).freeze();
        sleep(time).await;
        self.world.process(part).thaw();
    }

    fn is_watched(&mut self, part: Part) {
        let process = self.world.process(part);
        if let Some(pid) = process.pid() {
            self.watched.runs(process.name(), pid);
        }
    }

    fn is_forgotten(&mut self, part: Part) {
        let process = self.world.process(part);
        self.watched.ends(process.name());
    }
}
