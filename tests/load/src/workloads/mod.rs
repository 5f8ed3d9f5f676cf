//! The workloads. A new one is a module with a `run`, and a line in each list here.

mod fan_out;
mod guesses;
mod idle;
mod reads;
mod seed;
mod sends_50;
mod sends_hot;
mod sign_ins;
mod spread;
mod storm;

use clap::ValueEnum;

use crate::Result;
use crate::bench::{Bench, say};
use crate::report::Outcome;

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Workload {
    /// 50 people send, each in a chat of their own.
    #[value(name = "sends-50")]
    Sends50,
    /// 200 people send in one chat.
    SendsHot,
    /// History and the list of chats, in an empty and in a full database.
    Reads,
    /// Wrong passwords, of somebody and of nobody.
    Guesses,
    /// People talk over sockets while others sign in.
    #[value(name = "sign-ins")]
    SignIns,
    /// A thousand sockets hear one chat.
    #[value(name = "fan-out")]
    FanOut,
    /// Many chats beside few, three gateways beside one.
    Spread,
    /// Ten thousand sockets: their memory, and what they cost while nothing happens.
    Idle,
    /// Ten thousand clients lose their gateway.
    Storm,
}

impl Workload {
    pub(crate) const ALL: [Self; 9] = [
        Self::Sends50,
        Self::SendsHot,
        Self::Reads,
        Self::Guesses,
        Self::SignIns,
        Self::FanOut,
        Self::Spread,
        Self::Idle,
        Self::Storm,
    ];

    pub(crate) async fn run(self, bench: &Bench) -> Result<Outcome> {
        say(&format!("=== {}", self.name()));
        match self {
            // Boxed: each is a large future, and only one of them runs at a time.
            Self::Sends50 => Box::pin(sends_50::run(bench, self.name())).await,
            Self::SendsHot => Box::pin(sends_hot::run(bench, self.name())).await,
            Self::Reads => Box::pin(reads::run(bench, self.name())).await,
            Self::Guesses => Box::pin(guesses::run(bench, self.name())).await,
            Self::SignIns => Box::pin(sign_ins::run(bench, self.name())).await,
            Self::FanOut => Box::pin(fan_out::run(bench, self.name())).await,
            Self::Spread => Box::pin(spread::run(bench, self.name())).await,
            Self::Idle => Box::pin(idle::run(bench, self.name())).await,
            Self::Storm => Box::pin(storm::run(bench, self.name())).await,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sends50 => "sends-50",
            Self::SendsHot => "sends-hot",
            Self::Reads => "reads",
            Self::Guesses => "guesses",
            Self::SignIns => "sign-ins",
            Self::FanOut => "fan-out",
            Self::Spread => "spread",
            Self::Idle => "idle",
            Self::Storm => "storm",
        }
    }
}
