//! One timer for all sockets of a worker: pings, tokens that end, peers that are gone.

use std::time::{Duration, Instant};

use service_kit::clock;
use shared_proto::CloseCode;

use super::Hub;
use crate::figures;
use crate::socket::Frame;

const EVERY: Duration = Duration::from_secs(1);
/// How long a close frame waits for the client's.
const CLOSING: Duration = Duration::from_secs(3);
/// How long frames may wait although the client could read them.
const STALLED: Duration = Duration::from_secs(30);

pub(super) async fn run(hub: Hub) {
    let limits = hub.limits();
    let heartbeat = limits.heartbeat_seconds.max(1);
    let dead_after = Duration::from_secs(2 * heartbeat + 5);
    let ping = Frame::ping();
    let (mut behind, mut queued) = (0.0, 0.0);
    let mut ticks = tokio::time::interval(EVERY);
    for turn in 0u64.. {
        ticks.tick().await;
        let (now, moment) = (clock::now().seconds(), Instant::now());
        hub.0.registry.borrow_mut().forget_departures();
        hub.0.typing.forget();
        let (mut now_behind, mut now_queued) = (0, 0);
        for (id, connection) in hub.0.registry.borrow().connections() {
            now_behind += u32::from(!connection.out.has_room());
            now_queued += connection.out.waiting();
            if connection.closing_for().is_some_and(|waiting| waiting > CLOSING)
                || connection.silence(moment) > dead_after
            {
                connection.out.finish();
            } else if connection.out.stalled_for() > STALLED {
                if !connection.out.is_closing() {
                    metrics::counter!(figures::SLOW_CLOSES).increment(1);
                }
                connection.out.close(CloseCode::TooSlow, "too slow: reconnect and resume");
            } else if now > connection.expires.get() + limits.token_grace_seconds {
                connection.out.close(CloseCode::Unauthorized, "the token has ended: get a new one, then reconnect");
            } else if id % heartbeat == turn % heartbeat {
                // Each socket in its own second, so that pings do not come as a burst.
                connection.out.push(ping.clone());
            }
        }
        tell(figures::BEHIND, f64::from(now_behind), &mut behind);
        tell(figures::QUEUED, now_queued as f64, &mut queued);
    }
}

/// All workers share a gauge: each adds what has changed on it.
fn tell(gauge: &'static str, now: f64, told: &mut f64) {
    metrics::gauge!(gauge).increment(now - *told);
    *told = now;
}
