use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

/// How long anything may take that should happen at once. Generous: a busy machine is no failure.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How often a condition that can't be waited for is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Asks again and again until there is an answer; panics after `deadline`, naming `what` was waited for.
pub async fn eventually<T>(what: &str, deadline: Duration, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(started.elapsed() < deadline, "still waiting after {deadline:?}: {what}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Panics when it takes longer than `deadline`, naming `what` was waited for.
pub async fn within<T>(what: &str, deadline: Duration, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(deadline, future).await {
        Ok(done) => done,
        Err(_) => panic!("still waiting after {deadline:?}: {what}"),
    }
}
