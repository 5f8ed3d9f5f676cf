//! Threads for what takes long and may wait: whatever else the machine has to do goes first.

use std::io;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinError, JoinHandle};

/// For so long a machine that always has something better to do is waited for.
const GIVE_WAY_FOR: Duration = Duration::from_millis(250);

/// A few threads, which end with this.
///
/// A hash is some milliseconds of a core in one piece. With the same right to the processor as anybody, it makes messages
/// wait for as long as the kernel's slices last. On Linux it gets only what nobody else wants at that moment, and gives
/// it back at once (`SCHED_IDLE`). On a machine that is busy all the time it would never end like that: then it is done
/// once more, with the same right as anybody.
#[derive(Debug)]
pub(super) struct Threads {
    patient: Pool,
    equal: Pool,
}

impl Threads {
    /// So many of each kind.
    pub(super) fn new(count: usize) -> io::Result<Self> {
        Ok(Self { patient: Pool::new(count, give_way)?, equal: Pool::new(count, || {})? })
    }

    /// Runs on one of the threads, as soon as one is free.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Clone + Send + 'static,
    ) -> Result<T, JoinError> {
        let mut patient = self.patient.run(work.clone());
        if let Ok(done) = tokio::time::timeout(GIVE_WAY_FOR, &mut patient.0).await {
            return done;
        }
        let mut equal = self.equal.run(work);
        tokio::select! {
            done = &mut patient.0 => done,
            done = &mut equal.0 => done,
        }
    }
}

#[derive(Debug)]
struct Pool(Option<Runtime>);

impl Pool {
    fn new(count: usize, on_start: fn()) -> io::Result<Self> {
        // Only its blocking threads are used, which are started when there is something to do.
        let runtime = Builder::new_current_thread()
            .max_blocking_threads(count)
            .thread_name("hashing")
            .on_thread_start(on_start)
            .build()?;
        Ok(Self(Some(runtime)))
    }

    fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Wanted<T> {
        Wanted(match &self.0 {
            Some(runtime) => runtime.spawn_blocking(work),
            None => tokio::task::spawn_blocking(work),
        })
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // Dropping it would wait, which async code must not do.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// What nobody waits for any more is not begun.
struct Wanted<T>(JoinHandle<T>);

impl<T> Drop for Wanted<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn give_way() {
    #[cfg(target_os = "linux")]
    {
        use thread_priority::unix::{
            NormalThreadSchedulePolicy, ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id,
        };
        let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
        let set = set_thread_priority_and_policy(thread_native_id(), thread_priority::ThreadPriority::Min, idle);
        if let Err(error) = set {
            tracing::warn!(?error, "passwords are hashed with the same right to the processor as everything else");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// As `sched(7)` counts them.
    #[cfg(target_os = "linux")]
    fn policy() -> String {
        // The 41st field of proc(5), counted from the end of the name, which may hold anything.
        let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
        stat.rsplit_once(')').unwrap().1.split_whitespace().nth(38).unwrap().to_owned()
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn work_gives_way_to_everything_else() {
        const SCHED_IDLE: &str = "5";
        assert_eq!(Threads::new(1).unwrap().run(policy).await.unwrap(), SCHED_IDLE);
    }

    #[tokio::test]
    async fn work_that_never_gets_its_turn_is_done_all_the_same() {
        let threads = Threads::new(1).unwrap();
        let (end, ends) = mpsc::channel::<()>();
        // Nothing else runs on the patient thread as long as this does.
        let busy = threads.patient.run(move || ends.recv());
        assert_eq!(threads.run(|| 7).await.unwrap(), 7);
        drop(end);
        drop(busy);
    }
}
