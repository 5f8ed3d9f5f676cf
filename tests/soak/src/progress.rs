//! Tells every ten seconds how it goes, and looks at what the processes hold.

use std::sync::Arc;
use std::time::Duration;

use chatire_tests::speaking::Traffic;
use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::breaking::Counts;
use crate::findings::Findings;
use crate::levels::{Levels, Watched, megabytes};
use crate::truth::Truth;
use crate::wishes::State;

const TELLS_EVERY: Duration = Duration::from_secs(10);

/// What goes on, for the line.
#[derive(Clone, Default)]
pub(crate) struct Now {
    pub(crate) what: &'static str,
    pub(crate) faults: Counts,
}

/// How it stood at a moment.
#[derive(Clone, Serialize)]
pub(crate) struct Moment {
    pub(crate) second: u64,
    pub(crate) what: &'static str,
    pub(crate) acknowledged: usize,
    pub(crate) heard: u64,
    pub(crate) faults: usize,
    pub(crate) connected: usize,
    pub(crate) found: usize,
    pub(crate) levels: Levels,
}

/// Everything that is looked at.
pub(crate) struct Looking {
    pub(crate) traffic: Arc<Traffic>,
    pub(crate) truth: Truth,
    pub(crate) findings: Findings,
    pub(crate) watched: Watched,
    pub(crate) clients: Vec<watch::Receiver<State>>,
}

/// Tells until it is dropped.
pub(crate) struct Progress {
    pub(crate) now: Arc<Mutex<Now>>,
    moments: Arc<Mutex<Vec<Moment>>>,
    telling: JoinHandle<()>,
}

impl Progress {
    pub(crate) fn begins(looking: Looking) -> Self {
        let (now, moments) = (Arc::<Mutex<Now>>::default(), Arc::<Mutex<Vec<Moment>>>::default());
        let began = Instant::now();
        let telling = tokio::spawn({
            let (now, moments) = (Arc::clone(&now), Arc::clone(&moments));
            async move {
                let mut ticks = interval(TELLS_EVERY);
                ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
                loop {
                    ticks.tick().await;
                    let moment = looking.moment(began.elapsed(), &now.lock());
                    eprintln!("{}", line(&moment));
                    moments.lock().push(moment);
                }
            }
        });
        Self { now, moments, telling }
    }

    pub(crate) fn comes_to(&self, what: &'static str) {
        self.now.lock().what = what;
    }

    pub(crate) fn moments(&self) -> Vec<Moment> {
        self.moments.lock().clone()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.telling.abort();
    }
}

impl Looking {
    fn moment(&self, since: Duration, now: &Now) -> Moment {
        let (levels, gone) = self.watched.levels();
        for name in gone {
            self.findings.add(format!("{name} has ended by itself"));
            self.watched.ends(&name);
        }
        Moment {
            second: since.as_secs(),
            what: now.what,
            acknowledged: self.traffic.acknowledged(),
            heard: self.truth.heard(),
            faults: now.faults.values().sum(),
            connected: self.clients.iter().filter(|state| state.borrow().gateway.is_some()).count(),
            found: self.findings.count(),
            levels,
        }
    }
}

fn line(moment: &Moment) -> String {
    let Moment { second, what, acknowledged, heard, faults, connected, found, levels } = moment;
    let levels: Vec<String> =
        levels.iter().map(|(name, level)| format!("{name} {:.1}/{}", megabytes(level.bytes), level.files)).collect();
    format!(
        "{second:>5} s  {what:<10} acknowledged {acknowledged}  heard {heard}  faults {faults}  connected {connected}  \
         found {found}  MB/files: {}",
        levels.join(", ")
    )
}
