//! Doing what one should not, again and again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::{ALLOWED_ORIGIN, Chat, Dice, Gateway, Handshake, Person, Socket, eventually};

/// Between two times at most, so that it is the server that is tested, and not how much of the machine a loop can take from
/// it. (Everything that comes and goes is told to 200 others, who are here too.)
const PAUSE: Duration = Duration::from_millis(5);
const LONG_PAUSE: Duration = Duration::from_millis(100);
/// Frames in one go: over what a socket may send at once.
const FLOOD: usize = 600;
/// Sockets that are never read.
const DEAF: usize = 5;
/// What follows the announcement of a terabyte, in bytes.
const SOME: usize = 1024 * 1024;
/// Of one who wanders: how long one offence may take, and the pause before the next one, in milliseconds at most.
const PATIENCE_OF_ONE: Duration = Duration::from_secs(5);
const BETWEEN: u64 = 1_000;
/// For an answer that may never come.
const MOMENT: Duration = Duration::from_millis(500);

/// What one should not do.
#[derive(Clone, Copy, Debug)]
pub enum Offence {
    /// Opens sockets, asks for answers, and takes none.
    NeverReads,
    /// What is no frame of the protocol, or no frame at all.
    SendsGarbage,
    /// More frames than anybody may send.
    FloodsFrames,
    /// Handshakes in part, and sockets that say nothing.
    AbortsHandshakes,
    /// The header of a frame that is larger than any memory, and some of it.
    AnnouncesATerabyte,
    /// Breaks off within a frame.
    CrashesInAFrame,
    /// What concerns others, as often as possible.
    FloodsTypingAndLooking,
    /// What all members hear, as often as possible.
    JoinsAndLeaves,
}

impl Offence {
    /// All of them.
    pub const ALL: [Offence; 8] = [
        Offence::NeverReads,
        Offence::SendsGarbage,
        Offence::FloodsFrames,
        Offence::AbortsHandshakes,
        Offence::AnnouncesATerabyte,
        Offence::CrashesInAFrame,
        Offence::FloodsTypingAndLooking,
        Offence::JoinsAndLeaves,
    ];
}

/// At work until it is told to end.
#[derive(Debug)]
pub struct Offender {
    times: Arc<AtomicUsize>,
    working: JoinHandle<()>,
}

impl Offender {
    /// It has offended once when this returns.
    pub async fn begins(offence: Offence, person: Person, chat: Chat, door: Handshake) -> Self {
        let times = Arc::new(AtomicUsize::new(0));
        let offending = Offending { person, chat, door };
        let working = tokio::spawn({
            let times = Arc::clone(&times);
            async move {
                // Kept, as those do who never read.
                let mut deaf = Vec::new();
                loop {
                    offending.once(offence, &mut deaf).await;
                    times.fetch_add(1, Relaxed);
                }
            }
        });
        let has_begun = async || (times.load(Relaxed) > 0).then_some(());
        eventually("the offender has begun", Duration::from_secs(10), has_begun).await;
        Self { times, working }
    }

    /// Does one of these after the other, whether anybody is there to be offended or not.
    pub fn wanders(among: &'static [Offence], person: Person, chat: Chat, door: Handshake, mut dice: Dice) -> Self {
        let times = Arc::new(AtomicUsize::new(0));
        let offending = Offending { person, chat, door };
        let working = tokio::spawn({
            let times = Arc::clone(&times);
            async move {
                loop {
                    let offence = *dice.pick(among);
                    // What does not end is as good as done: somebody is frozen.
                    let _ = timeout(PATIENCE_OF_ONE, offending.once(offence, &mut Vec::new())).await;
                    times.fetch_add(1, Relaxed);
                    sleep(dice.pause(BETWEEN)).await;
                }
            }
        });
        Self { times, working }
    }

    /// How often it has offended.
    pub async fn ends(self) -> usize {
        assert!(!self.working.is_finished(), "it ended by itself");
        self.working.abort();
        let _ = self.working.await;
        self.times.load(Relaxed)
    }
}

struct Offending {
    person: Person,
    chat: Chat,
    door: Handshake,
}

impl Offending {
    async fn once(&self, offence: Offence, deaf: &mut Vec<Socket>) {
        match offence {
            Offence::NeverReads => {
                if deaf.len() < DEAF {
                    let socket = self.person.connects_with_small_buffers(Gateway::First).await;
                    socket.stops_reading();
                    deaf.push(socket);
                }
                // It asks for answers that it does not take.
                for socket in deaf {
                    let _ = timeout(PAUSE, socket.sends(json!({"type": "focus", "chat": self.chat.uri}))).await;
                }
                sleep(LONG_PAUSE).await;
            }
            Offence::SendsGarbage => {
                if let Some(socket) = self.person.tries_to_connect(Gateway::First, &[]).await {
                    socket.sends_text("\u{1F980} no frame {").await;
                    socket.sends_binary(vec![0xFF; 1_000]).await;
                }
                self.writes(&[0xFF; 4_096]).await;
                sleep(PAUSE).await;
            }
            Offence::FloodsFrames => self.floods(|_| json!({"type": "ping"})).await,
            Offence::AbortsHandshakes => {
                let whole = format!("GET /ws/ HTTP/1.1\r\nhost: localhost\r\norigin: {ALLOWED_ORIGIN}\r\n");
                let half = &whole[..whole.len() / 2];
                for request in [half, &whole] {
                    if let Ok(mut stream) = self.door.connection().await {
                        let _ = stream.write_all(request.as_bytes()).await;
                    }
                }
                drop(self.door.clone().tried().await);
                sleep(PAUSE).await;
            }
            Offence::AnnouncesATerabyte => {
                let announced = [&[0x81, 0xFF][..], &(1_u64 << 40).to_be_bytes(), &[0; 4]].concat();
                self.writes(&[announced, vec![b'x'; SOME]].concat()).await;
                sleep(PAUSE).await;
            }
            Offence::CrashesInAFrame => {
                // 100 bytes are announced, one comes.
                if let Ok(mut stream) = self.door.clone().tried_as_bytes().await {
                    let _ = stream.write_all(&[0x81, 0x80 | 100, 0, 0, 0, 0, b'{']).await;
                }
                if let Some(socket) = self.person.tries_to_connect(Gateway::First, &[]).await {
                    socket.breaks_off();
                }
                sleep(PAUSE).await;
            }
            Offence::FloodsTypingAndLooking => {
                let chat = &self.chat.uri;
                self.floods(|n| match n % 3 {
                    0 => json!({"type": "focus", "chat": chat}),
                    1 => json!({"type": "typing", "chat": chat}),
                    _ => json!({"type": "focus", "chat": null}),
                })
                .await;
            }
            Offence::JoinsAndLeaves => {
                self.person.leaves(&self.chat).await;
                self.person.joins(&self.chat).await;
                sleep(LONG_PAUSE).await;
            }
        }
    }

    /// Over one socket, until it is closed.
    async fn floods(&self, frame: impl Fn(usize) -> serde_json::Value) {
        if let Some(socket) = self.person.tries_to_connect(Gateway::First, &[]).await {
            for n in 0..FLOOD {
                socket.sends(frame(n)).await;
            }
        }
        sleep(LONG_PAUSE).await;
    }

    /// Bytes instead of frames, until the server ends it or a moment has passed; then the connection is broken off.
    async fn writes(&self, bytes: &[u8]) {
        let Ok(mut stream) = self.door.clone().tried_as_bytes().await else { return };
        let talks = async {
            let _ = stream.write_all(bytes).await;
            let _ = stream.read(&mut [0; 64]).await;
        };
        let _ = timeout(MOMENT, talks).await;
    }
}
