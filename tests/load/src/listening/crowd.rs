//! Everybody who listens.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::dialect::Dialect;
use super::ear::Ear;
use super::heard::Heard;
use super::tally::Tally;
use crate::Result;
use crate::failure::Failure;

/// Sockets that are opened at the same time, before anything is measured.
const AT_ONCE: usize = 64;
/// Pauses between tries to come back: from nothing up to this, and twice as much after each failure. As the web client does it
/// (`web/src/connection/backoff.ts`).
const PAUSE: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// Where a socket is opened, as `host:port`, and by whom.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) address: String,
    /// Nothing where nobody is asked for one.
    pub(crate) token: Option<String>,
}

/// What listeners do when their socket ends.
#[derive(Clone)]
pub(crate) enum Returning {
    /// It must not.
    Never,
    /// They come back, here.
    To(String),
}

/// Open sockets; they end with this.
pub(crate) struct Crowd(JoinSet<()>);

impl Crowd {
    /// At gateways, and at what speaks like them. All are live when this returns.
    pub(crate) async fn gather(doors: Vec<Door>, returning: Returning, tally: &Arc<Tally>) -> Result<Self> {
        Self::gather_speaking(Dialect::Gateway, doors, returning, tally).await
    }

    /// At any system. All are live when this returns.
    pub(crate) async fn gather_speaking(
        dialect: Dialect,
        doors: Vec<Door>,
        returning: Returning,
        tally: &Arc<Tally>,
    ) -> Result<Self> {
        let enter = async |door: Door| {
            let mut heard = Heard::default();
            let ear = Ear::open(&door, dialect.clone(), &mut heard, tally).await?;
            Ok::<_, Failure>((door, ear, heard))
        };
        let mut tasks = JoinSet::new();
        let mut entered = stream::iter(doors).map(enter).buffer_unordered(AT_ONCE);
        while let Some((door, ear, heard)) = entered.try_next().await? {
            tasks.spawn(stays(door, dialect.clone(), ear, heard, returning.clone(), tally.clone()));
        }
        Ok(Self(tasks))
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

async fn stays(
    mut door: Door,
    dialect: Dialect,
    mut ear: Ear,
    mut heard: Heard,
    returning: Returning,
    tally: Arc<Tally>,
) {
    loop {
        let why = ear.listens(&mut heard, &tally).await;
        match &returning {
            Returning::Never => return tally.fault(|| format!("a socket ended: {why}")),
            Returning::To(address) => address.clone_into(&mut door.address),
        }
        drop(ear);
        let away = Instant::now();
        ear = comes_back(&door, &dialect, &mut heard, &tally).await;
        tally.returned(away.elapsed());
    }
}

async fn comes_back(door: &Door, dialect: &Dialect, heard: &mut Heard, tally: &Tally) -> Ear {
    let mut pause = PAUSE;
    loop {
        sleep(pause.mul_f64(rand::random())).await;
        if let Ok(ear) = Ear::open(door, dialect.clone(), heard, tally).await {
            return ear;
        }
        pause = (pause * 2).min(PAUSE_MAX);
    }
}
