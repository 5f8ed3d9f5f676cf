//! Breaking things at random, one after the other, and two at a time now and then.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chatire_tests::{Broker, Dice, Gateway, Part, Replica, Way};
use serde::Serialize;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use crate::stage::Stage;

/// Between two faults, in milliseconds at least, and how much longer at most.
const BETWEEN: u64 = 500;
const LONGER: u64 = 4_000;
/// How long a process stands still, in milliseconds at most: beyond it clients, and those who ask it, have lost patience.
const FROZEN: u64 = 8_000;
/// How long the broker is away, and how long it stands still, in milliseconds at most.
const BROKER_AWAY: u64 = 3_000;
const BROKER_FROZEN: u64 = 12_000;
/// How long a way is cut, in milliseconds at most, and how long it is slow.
const CUT: u64 = 2_000;
const SLOW: u64 = 5_000;
/// By how much a slow way delays in each direction, in milliseconds at most.
const DELAY: u64 = 300;

/// What may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fault {
    Kill,
    KillTwo,
    End,
    Freeze,
    KillBroker,
    StopBroker,
    FreezeBroker,
    Cut,
    CutAll,
    Stall,
    Delay,
}

/// The faults of a cluster, as often as they shall happen; the one process has fewer parts.
const OF_A_CLUSTER: [Fault; 16] = [
    Fault::Kill,
    Fault::Kill,
    Fault::Kill,
    Fault::KillTwo,
    Fault::End,
    Fault::Freeze,
    Fault::Freeze,
    Fault::KillBroker,
    Fault::StopBroker,
    Fault::FreezeBroker,
    Fault::Cut,
    Fault::Cut,
    Fault::Cut,
    Fault::CutAll,
    Fault::Stall,
    Fault::Delay,
];
const OF_ONE_PROCESS: [Fault; 7] =
    [Fault::Kill, Fault::Kill, Fault::End, Fault::Freeze, Fault::Cut, Fault::Stall, Fault::Delay];

/// How often each has happened.
pub(crate) type Counts = BTreeMap<Fault, usize>;

/// Who may be killed at the moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mortality {
    All,
    /// One of each kind lives on, so that it can be seen what it holds after a long life.
    SomeLiveOn,
}

pub(crate) struct Breaking {
    /// Live on when some shall.
    elders: Vec<Part>,
    pub(crate) counts: Counts,
    dice: Dice,
}

impl Breaking {
    pub(crate) fn new(stage: &Stage<'_>, mut dice: Dice) -> Self {
        let elders = match stage.world.way() {
            Way::Standalone => stage.mortals(),
            Way::Cluster => {
                vec![Part::Gateway(*dice.pick(&Gateway::ALL)), Part::Api(*dice.pick(&Replica::ALL))]
            }
        };
        Self { elders, counts: Counts::new(), dice }
    }

    /// The gateway that lives on.
    pub(crate) fn elder_gateway(&self) -> Gateway {
        let gateway = self.elders.iter().find_map(|part| match part {
            Part::Gateway(gateway) => Some(*gateway),
            _ => None,
        });
        gateway.unwrap_or(Gateway::First)
    }

    /// The names of those that live on.
    pub(crate) fn elders(&self, stage: &mut Stage<'_>) -> Vec<String> {
        self.elders.iter().map(|part| stage.world.process(*part).name().to_owned()).collect()
    }

    /// Breaks and heals until then. `tells` hears how often each has happened.
    pub(crate) async fn goes_on(
        &mut self,
        stage: &mut Stage<'_>,
        until: Instant,
        mortality: Mortality,
        tells: impl Fn(&Counts),
    ) {
        while Instant::now() < until {
            let faults = if stage.world.way() == Way::Cluster { &OF_A_CLUSTER[..] } else { &OF_ONE_PROCESS };
            let fault = *self.dice.pick(faults);
            let mut mortals = stage.mortals();
            if mortality == Mortality::SomeLiveOn {
                mortals.retain(|part| !self.elders.contains(part));
            }
            if mortals.is_empty() && matches!(fault, Fault::Kill | Fault::KillTwo | Fault::End) {
                continue;
            }
            self.befalls(fault, stage, &mortals).await;
            *self.counts.entry(fault).or_default() += 1;
            tells(&self.counts);
            let pause = Duration::from_millis(BETWEEN) + self.dice.pause(LONGER);
            sleep(pause.min(until.saturating_duration_since(Instant::now()))).await;
        }
    }

    async fn befalls(&mut self, fault: Fault, stage: &mut Stage<'_>, mortals: &[Part]) {
        let dice = &mut self.dice;
        match fault {
            Fault::Kill => stage.kills(&[*dice.pick(mortals)], dice).await,
            Fault::KillTwo => {
                let one = *dice.pick(mortals);
                let others: Vec<Part> = mortals.iter().copied().filter(|part| *part != one).collect();
                let both: Vec<Part> = if others.is_empty() { vec![one] } else { vec![one, *dice.pick(&others)] };
                stage.kills(&both, dice).await;
            }
            Fault::End => stage.ends(*dice.pick(mortals)).await,
            Fault::Freeze => {
                let (all, time) = (stage.mortals(), dice.pause(FROZEN));
                stage.freezes(*dice.pick(&all), time).await;
            }
            Fault::KillBroker | Fault::StopBroker => {
                let broker = stage.world.broker().clone();
                blocking(&broker, if fault == Fault::KillBroker { Broker::kill } else { Broker::stop }).await;
                sleep(dice.pause(BROKER_AWAY)).await;
                blocking(&broker, Broker::start_again).await;
            }
            Fault::FreezeBroker => {
                let broker = stage.world.broker().clone();
                blocking(&broker, Broker::freeze).await;
                sleep(dice.pause(BROKER_FROZEN)).await;
                blocking(&broker, Broker::thaw).await;
            }
            Fault::Cut | Fault::CutAll | Fault::Stall | Fault::Delay => happens_on_the_way(fault, stage, dice).await,
        }
    }
}

async fn happens_on_the_way(fault: Fault, stage: &Stage<'_>, dice: &mut Dice) {
    let ways = stage.ways();
    let n = dice.roll(ways.len() as u64) as usize;
    match fault {
        Fault::Stall => {
            ways[n].freeze();
            sleep(dice.pause(stage.patience(n))).await;
        }
        Fault::Delay => {
            ways[n].delay(dice.pause(DELAY), dice.pause(DELAY));
            sleep(dice.pause(SLOW)).await;
        }
        Fault::CutAll => {
            for way in &ways {
                way.cut().await;
            }
            sleep(dice.pause(CUT)).await;
            for way in &ways {
                way.heal().await;
            }
        }
        _ => {
            ways[n].cut().await;
            sleep(dice.pause(CUT)).await;
        }
    }
    ways[n].heal().await;
}

/// What the scripts do takes seconds.
async fn blocking(broker: &Arc<Broker>, does: fn(&Broker)) {
    let broker = Arc::clone(broker);
    spawn_blocking(move || does(&broker)).await.expect("the broker can be broken and started");
}
