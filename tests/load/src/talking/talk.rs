//! Chats of two people, one of whom speaks and the other one listens.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{sleep_until, timeout};

use super::socket::{self, Ear, Mouth};
use crate::Result;
use crate::failure::Failure;
use crate::pace;
use crate::percentile::Latencies;

/// How long the last messages may take.
const HEARD_WITHIN: Duration = Duration::from_secs(15);
/// How long what should not come is waited for.
const SILENCE: Duration = Duration::from_millis(200);
/// How long a message is, in bytes.
const LENGTH: usize = 200;

/// A chat, and the access tokens of the two who are in it.
pub(crate) struct Two {
    pub(crate) chat: String,
    pub(crate) speaker: String,
    pub(crate) listener: String,
}

/// People with open sockets.
pub(crate) struct Talk {
    mouths: Vec<Mouth>,
    heard: mpsc::UnboundedReceiver<Result<(u64, Instant)>>,
    /// Messages of all rounds so far.
    said: u64,
    /// Ends with this.
    _ears: JoinSet<()>,
}

/// What one round found.
pub(crate) struct Heard {
    /// From when a message was due to be sent until the listener had it.
    pub(crate) latencies: Latencies,
    /// What must not happen: a message that was not heard, or not once.
    pub(crate) faults: Vec<String>,
}

impl Talk {
    /// `gateway` is `host:port`.
    pub(crate) async fn open(gateway: &str, chats: &[Two]) -> Result<Self> {
        let (tell, heard) = mpsc::unbounded_channel();
        let (mut mouths, mut ears) = (Vec::new(), JoinSet::new());
        for Two { chat, speaker, listener } in chats {
            let (mouth, own) = socket::open(gateway, speaker, chat).await?;
            let (_, other) = socket::open(gateway, listener, chat).await?;
            mouths.push(mouth);
            ears.spawn(passes_over(own, tell.clone()));
            ears.spawn(listens(other, tell.clone()));
        }
        Ok(Self { mouths, heard, said: 0, _ears: ears })
    }

    /// So many messages a second, by one speaker after the other, whether or not anybody heard the last one.
    pub(crate) async fn run(&mut self, rate: f64, lasts: Duration) -> Result<Heard> {
        let count = (rate * lasts.as_secs_f64()).ceil() as usize;
        let (first, mut due) = (self.said, pace::due(rate, count));
        self.said += count as u64;
        let mut times = Vec::with_capacity(count);
        let mut heard: Vec<(u64, Instant)> = Vec::with_capacity(count);
        while times.len() < count {
            tokio::select! {
                biased;
                Some(at) = due.recv() => {
                    let key = first + times.len() as u64;
                    times.push(at);
                    let speaker = times.len() % self.mouths.len();
                    self.mouths[speaker].say(key, &format!("{key:020}{:.<1$}", "", LENGTH - 20)).await?;
                }
                Some(message) = self.heard.recv() => heard.push(message?),
            }
        }
        let all = async {
            while heard.len() < count {
                heard.push(self.heard.recv().await.ok_or_else(|| Failure::new("nobody listens any more"))??);
            }
            Ok::<_, Failure>(())
        };
        if let Ok(failed) = timeout(HEARD_WITHIN, all).await {
            failed?;
        }
        // One that comes twice would come now.
        let end = tokio::time::Instant::now() + SILENCE;
        loop {
            tokio::select! {
                Some(message) = self.heard.recv() => heard.push(message?),
                () = sleep_until(end) => break,
            }
        }
        Ok(told(first, &times, &heard))
    }
}

fn told(first: u64, times: &[Instant], heard: &[(u64, Instant)]) -> Heard {
    let mut how_often = vec![0_usize; times.len()];
    let (mut latencies, mut faults) = (Latencies::default(), Vec::new());
    for (key, at) in heard {
        let Some(n) = key.checked_sub(first).map(|n| n as usize).filter(|n| *n < times.len()) else {
            faults.push(format!("message {key} of an earlier round was heard"));
            continue;
        };
        how_often[n] += 1;
        latencies.push(at.saturating_duration_since(times[n]));
    }
    let lost = how_often.iter().filter(|times| **times == 0).count();
    let more = how_often.iter().filter(|times| **times > 1).count();
    if lost + more > 0 {
        faults.push(format!("of {} messages {lost} were not heard, and {more} more than once", times.len()));
    }
    Heard { latencies, faults }
}

/// What one says oneself comes back, too.
async fn passes_over(mut ear: Ear, tell: mpsc::UnboundedSender<Result<(u64, Instant)>>) {
    loop {
        if let Err(failure) = ear.heard().await {
            let _ = tell.send(Err(failure));
            return;
        }
    }
}

async fn listens(mut ear: Ear, tell: mpsc::UnboundedSender<Result<(u64, Instant)>>) {
    loop {
        let message = ear.heard().await.and_then(|text| {
            let at = Instant::now();
            let key = text.get(..20).and_then(|key| key.parse().ok());
            Ok((key.ok_or_else(|| Failure::new(format!("somebody else said {text:?}")))?, at))
        });
        let ends = message.is_err();
        if tell.send(message).is_err() || ends {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_message_must_be_heard_once() {
        let now = Instant::now();
        let times = [now; 3];
        let of = |keys: &[u64]| {
            let heard: Vec<_> = keys.iter().map(|key| (*key, now)).collect();
            told(7, &times, &heard).faults
        };
        assert!(of(&[9, 8, 7]).is_empty());
        assert_eq!(of(&[7, 7, 8]), ["of 3 messages 1 were not heard, and 1 more than once"]);
        assert_eq!(of(&[7, 8, 9, 6]), ["message 6 of an earlier round was heard"]);
    }
}
