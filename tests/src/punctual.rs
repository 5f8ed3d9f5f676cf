//! Waits that end when they should. tokio's clock has ticks of a millisecond, and with what the kernel adds to that a wait of
//! 2 ms takes 4: too much where a delay is what a test is about.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Instant;

use tokio::sync::oneshot;

/// Whom to wake, and when.
type Wake = (Instant, oneshot::Sender<()>);

/// Waits until then; some 0.1 ms longer on a machine that is not busy.
pub(crate) async fn until(due: Instant) {
    static WAKES: OnceLock<Sender<Wake>> = OnceLock::new();
    if due <= Instant::now() {
        return;
    }
    let wakes = WAKES.get_or_init(|| {
        let (wakes, asked) = channel();
        std::thread::spawn(move || wake(&asked));
        wakes
    });
    let (tell, told) = oneshot::channel();
    wakes.send((due, tell)).expect("the thread never ends");
    told.await.expect("everybody is woken");
}

/// On a thread of its own, whose waits the kernel keeps to.
fn wake(asked: &Receiver<Wake>) {
    // The number tells those apart who are due at the same time.
    let (mut waiting, mut count) = (BTreeMap::<(Instant, u64), oneshot::Sender<()>>::new(), 0);
    loop {
        let now = Instant::now();
        while let Some(first) = waiting.first_entry().filter(|first| first.key().0 <= now) {
            let sleeper = first.remove();
            // Whoever no longer waits needs no waking.
            let _ = sleeper.send(());
        }
        let next = match waiting.first_key_value() {
            Some(((due, _), _)) => asked.recv_timeout(due.saturating_duration_since(now)),
            None => asked.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match next {
            Ok((due, sleeper)) => {
                count += 1;
                waiting.insert((due, count), sleeper);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn nobody_is_woken_early_and_hardly_anybody_late() {
        let lasts = Duration::from_millis(2);
        let mut took = Vec::new();
        for _ in 0..51 {
            let began = Instant::now();
            until(began + lasts).await;
            took.push(began.elapsed());
        }
        took.sort_unstable();
        assert!(took[0] >= lasts, "{:?}", took[0]);
        // Half of them: the others are the machine's doing.
        assert!(took[25] < lasts + Duration::from_millis(1), "{:?}", took[25]);
    }

    #[tokio::test]
    async fn whoever_is_due_first_is_woken_first() {
        let now = Instant::now();
        let ms = Duration::from_millis;
        let order = std::sync::Mutex::new(Vec::new());
        let sleeps = async |after: u64| {
            until(now + ms(after)).await;
            order.lock().expect("nobody panics").push(after);
        };
        tokio::join!(sleeps(60), sleeps(20), sleeps(0), sleeps(40));
        assert_eq!(order.into_inner().expect("nobody panics"), [0, 20, 40, 60]);
    }
}
