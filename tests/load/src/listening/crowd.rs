//! Everybody who listens.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::ear::{Ear, Heard};
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
    /// Nothing at references, which ask nobody.
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
    /// All of them are live when this returns.
    pub(crate) async fn gather(doors: Vec<Door>, returning: Returning, tally: &Arc<Tally>) -> Result<Self> {
        let enter = async |door: Door| {
            let (mut ear, mut heard) = (Ear::open(&door.address).await?, Heard::default());
            if let Some(token) = &door.token {
                ear.says_hello(token, &mut heard).await?;
            }
            Ok::<_, Failure>((door, ear, heard))
        };
        let mut tasks = JoinSet::new();
        let mut entered = stream::iter(doors).map(enter).buffer_unordered(AT_ONCE);
        while let Some((door, ear, heard)) = entered.try_next().await? {
            tasks.spawn(stays(door, ear, heard, returning.clone(), tally.clone()));
        }
        Ok(Self(tasks))
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

async fn stays(mut door: Door, mut ear: Ear, mut heard: Heard, returning: Returning, tally: Arc<Tally>) {
    loop {
        let why = ear.listens(&mut heard, &tally).await;
        match &returning {
            Returning::Never => return tally.fault(|| format!("a socket ended: {why}")),
            Returning::To(address) => address.clone_into(&mut door.address),
        }
        drop(ear);
        let away = Instant::now();
        ear = comes_back(&door, &mut heard).await;
        tally.returned(away.elapsed());
    }
}

async fn comes_back(door: &Door, heard: &mut Heard) -> Ear {
    let mut pause = PAUSE;
    loop {
        sleep(pause.mul_f64(rand::random())).await;
        let tried = async {
            let mut ear = Ear::open(&door.address).await?;
            ear.says_hello(door.token.as_deref().unwrap_or_default(), heard).await?;
            Ok::<_, Failure>(ear)
        };
        if let Ok(ear) = tried.await {
            return ear;
        }
        pause = (pause * 2).min(PAUSE_MAX);
    }
}
