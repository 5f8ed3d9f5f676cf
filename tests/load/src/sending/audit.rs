//! Whether what a system stores during a turn is what it acknowledged.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::check::{Acknowledged, check};
use crate::Result;
use crate::bench::off_thread;
use crate::failure::Failure;
use crate::ledger::Ledger;

/// How long stored messages may take to be published after the last one.
const PUBLISHED_WITHIN: Duration = Duration::from_secs(20);

/// From one moment on.
pub(crate) struct Audit<'a> {
    ledger: &'a Ledger,
    /// The newest message of before.
    after: i64,
}

impl<'a> Audit<'a> {
    pub(crate) async fn begin(ledger: &'a Ledger) -> Result<Self> {
        let asked = ledger.clone();
        Ok(Self { ledger, after: off_thread(move || asked.newest()).await? })
    }

    /// Waits until nothing that is stored is still to be published.
    pub(crate) async fn all_is_published(&self) -> Result<()> {
        let deadline = Instant::now() + PUBLISHED_WITHIN;
        loop {
            let asked = self.ledger.clone();
            let left = off_thread(move || asked.unpublished()).await?;
            if left == 0 {
                return Ok(());
            }
            if Instant::now() > deadline {
                let why = format!("{left} messages are still not published, {PUBLISHED_WITHIN:?} later");
                return Err(Failure::new(why));
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// What is wrong, if anything is. `acknowledged` is everything since the beginning.
    pub(crate) async fn fault(self, acknowledged: &[Acknowledged]) -> Result<Option<String>> {
        let (ledger, after) = (self.ledger.clone(), self.after);
        let stored = off_thread(move || ledger.after(after)).await?;
        let verdict = check(acknowledged, &stored);
        let told = || format!("{} acknowledged, {} stored: {verdict}", acknowledged.len(), stored.len());
        Ok((!verdict.is_sound()).then(told))
    }
}
