//! The workloads. A new one is a module with a `run`, and a line in each list here.

mod fan_out;
mod guesses;
mod idle;
mod mixed;
mod paced;
mod pairs;
mod reads;
mod seed;
mod sends_50;
mod sends_hot;
mod sign_ins;
mod spread;
mod storm;

use std::time::Duration;

use clap::ValueEnum;

use crate::Result;
use crate::bench::Bench;
use crate::report::Outcome;

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Workload {
    /// Pairs of people talk over sockets, in and out.
    Pairs,
    /// 50 people send, each in a chat of their own.
    #[value(name = "sends-50")]
    Sends50,
    /// 200 people send in one chat.
    SendsHot,
    /// How long a message is on its way while nothing is busy.
    Paced,
    /// Most only listen; the others type, look around, send and read.
    Mixed,
    /// A thousand sockets hear one chat.
    #[value(name = "fan-out")]
    FanOut,
    /// Many chats beside few, two and three gateways beside one.
    Spread,
    /// Ten thousand sockets: their memory, and what they cost while nothing happens.
    Idle,
    /// Ten thousand clients lose their gateway.
    Storm,
    /// History and the list of chats, in an empty and in a full database.
    Reads,
    /// Wrong passwords, of somebody and of nobody.
    Guesses,
    /// People talk over sockets while others sign in.
    #[value(name = "sign-ins")]
    SignIns,
}

impl Workload {
    pub(crate) const ALL: [Self; 12] = [
        Self::Pairs,
        Self::Sends50,
        Self::SendsHot,
        Self::Paced,
        Self::Mixed,
        Self::FanOut,
        Self::Spread,
        Self::Idle,
        Self::Storm,
        Self::Reads,
        Self::Guesses,
        Self::SignIns,
    ];

    pub(crate) async fn run(self, bench: &Bench) -> Result<Outcome> {
        match self {
            // Boxed: each is a large future, and only one of them runs at a time.
            Self::Pairs => Box::pin(pairs::run(bench, self.name())).await,
            Self::Sends50 => Box::pin(sends_50::run(bench, self.name())).await,
            Self::SendsHot => Box::pin(sends_hot::run(bench, self.name())).await,
            Self::Paced => Box::pin(paced::run(bench, self.name())).await,
            Self::Mixed => Box::pin(mixed::run(bench, self.name())).await,
            Self::FanOut => Box::pin(fan_out::run(bench, self.name())).await,
            Self::Spread => Box::pin(spread::run(bench, self.name())).await,
            Self::Idle => Box::pin(idle::run(bench, self.name())).await,
            Self::Storm => Box::pin(storm::run(bench, self.name())).await,
            Self::Reads => Box::pin(reads::run(bench, self.name())).await,
            Self::Guesses => Box::pin(guesses::run(bench, self.name())).await,
            Self::SignIns => Box::pin(sign_ins::run(bench, self.name())).await,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pairs => "pairs",
            Self::Sends50 => "sends-50",
            Self::SendsHot => "sends-hot",
            Self::Paced => "paced",
            Self::Mixed => "mixed",
            Self::FanOut => "fan-out",
            Self::Spread => "spread",
            Self::Idle => "idle",
            Self::Storm => "storm",
            Self::Reads => "reads",
            Self::Guesses => "guesses",
            Self::SignIns => "sign-ins",
        }
    }

    /// How long it takes on two cores, and in a quick round: for telling how much is left. All of them together must
    /// stay below fifteen minutes.
    pub(crate) fn usual(self, quick: bool) -> Duration {
        let (full, short) = match self {
            Self::Pairs => (80, 55),
            Self::Sends50 => (45, 25),
            Self::SendsHot => (65, 35),
            Self::Paced => (95, 55),
            Self::Mixed => (65, 35),
            Self::FanOut => (185, 70),
            Self::Spread => (60, 40),
            Self::Idle => (75, 45),
            Self::Storm => (45, 15),
            Self::Reads => (100, 30),
            Self::Guesses => (30, 10),
            Self::SignIns => (60, 25),
        };
        Duration::from_secs(if quick { short } else { full })
    }
}
