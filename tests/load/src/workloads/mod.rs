//! The workloads. A new one is a module with a `run`, and a line in each list here.

mod guesses;
mod reads;
mod seed;
mod sends_50;
mod sends_hot;
mod sign_ins;

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
}

impl Workload {
    pub(crate) const ALL: [Self; 5] = [Self::Sends50, Self::SendsHot, Self::Reads, Self::Guesses, Self::SignIns];

    pub(crate) async fn run(self, bench: &Bench) -> Result<Outcome> {
        say(&format!("=== {}", self.name()));
        match self {
            // Boxed: each is a large future, and only one of them runs at a time.
            Self::Sends50 => Box::pin(sends_50::run(bench, self.name())).await,
            Self::SendsHot => Box::pin(sends_hot::run(bench, self.name())).await,
            Self::Reads => Box::pin(reads::run(bench, self.name())).await,
            Self::Guesses => Box::pin(guesses::run(bench, self.name())).await,
            Self::SignIns => Box::pin(sign_ins::run(bench, self.name())).await,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Sends50 => "sends-50",
            Self::SendsHot => "sends-hot",
            Self::Reads => "reads",
            Self::Guesses => "guesses",
            Self::SignIns => "sign-ins",
        }
    }
}
