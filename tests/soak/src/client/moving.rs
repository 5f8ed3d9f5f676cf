//! Leaving chats and joining them again, and everything else that a client does over HTTP until it is done.

use std::time::Duration;

use chatire_tests::{Answer, Replica, Socket};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::{ASKS_EVERY, DEAD_AFTER, Living, PAUSE, RENEWS_AFTER};

/// As long as a client waits for an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(4);
/// A thing takes at most this long, whatever dies meanwhile.
const INSISTS: Duration = Duration::from_secs(60);
/// After this time at the latest a socket that lives has told what happened to a membership: as long as anything takes to
/// heal.
const TOLD_WITHIN: Duration = Duration::from_secs(40);
/// It stays away, in milliseconds at most.
const AWAY: u64 = 4_000;

impl Living {
    /// Chats that a new socket must be ready with.
    pub(super) fn is_certainly_in(&self) -> Vec<bool> {
        self.heard.iter().map(|heard| !heard.is_out()).collect()
    }

    /// Leaves a chat, and comes back after a while; hears on meanwhile.
    pub(super) async fn leaves_and_comes_back(&mut self, n: usize, socket: &Socket) {
        self.state.lost.returns += 1;
        self.heard[n].leaves();
        // At once: who waits for everybody to be everywhere must not miss it.
        self.tells(self.state.gateway);
        let path = self.setting.chats[n].path("members/me/");
        let left = self.insists("DELETE", &path, None).await;
        // An earlier try may have done it.
        if left.is_none_or(|answer| !matches!(answer.status, 204 | 403 | 404)) {
            self.finds(&format!("could not leave chat {n}"));
        }
        let back_at = Instant::now() + self.setting.dice.pause(AWAY);
        self.hears_until(socket, back_at, |_| false).await;
        self.joins(n).await;
        // Over this socket or, when it ends, over the next one.
        if !self.hears_until(socket, Instant::now() + TOLD_WITHIN, |living| !living.heard[n].is_out()).await {
            return;
        }
        if self.heard[n].is_out() {
            self.finds(&format!("has joined chat {n}, and was not told within {TOLD_WITHIN:?}"));
        }
    }

    async fn joins(&mut self, n: usize) {
        let name = self.setting.person.name().to_owned();
        let path = self.setting.chats[n].path("");
        let joined = self.insists("PATCH", &path, Some(json!({"username": name}))).await;
        if joined.is_none_or(|answer| answer.status != 200) {
            self.finds(&format!("could not join chat {n}"));
        }
    }

    /// Takes in what comes until then, or until something is so. False when the socket does not live.
    async fn hears_until(&mut self, socket: &Socket, deadline: Instant, is_so: impl Fn(&Self) -> bool) -> bool {
        let (mut last_sign, mut asks) = (Instant::now(), Instant::now());
        while !is_so(self) && Instant::now() < deadline {
            if asks <= Instant::now() {
                let _ = timeout(DEAD_AFTER, socket.sends(json!({"type": "ping"}))).await;
                asks = Instant::now() + ASKS_EVERY;
            }
            match timeout_at(asks.min(deadline), socket.takes_frames()).await {
                Ok((frames, closed)) => {
                    last_sign = Instant::now();
                    // Only a `reconnect` is left out: the process will end the socket itself.
                    self.takes_in(&frames).await;
                    if closed.is_some() {
                        return false;
                    }
                }
                Err(_) if last_sign.elapsed() > DEAD_AFTER => return false,
                Err(_) => {}
            }
            self.renews_over(socket).await;
        }
        true
    }

    /// Asks one replica after the other, until one answers and it is not "not now".
    pub(super) async fn insists(&mut self, method: &str, path: &str, body: Option<Value>) -> Option<Answer> {
        let deadline = Instant::now() + INSISTS;
        while Instant::now() < deadline {
            let replica = *self.setting.dice.pick(&Replica::ALL);
            let call = self.setting.person.client().over(replica).call(method, path);
            let call = match &body {
                Some(body) => call.json(body.clone()),
                None => call,
            };
            match timeout(ANSWER_WITHIN, call.tried()).await {
                Ok(Ok(answer)) if matches!(answer.status, 502..=504) => {}
                Ok(Ok(answer)) if answer.status == 401 => self.renews_the_token(Duration::ZERO).await,
                Ok(Ok(answer)) => return Some(answer),
                Ok(Err(_)) | Err(_) => {}
            }
            sleep(self.setting.dice.pause(PAUSE)).await;
        }
        None
    }

    /// When the token is older than this.
    pub(super) async fn renews_the_token(&mut self, age: Duration) {
        if self.renewed.elapsed() >= age
            && let Ok(Some(person)) = timeout(ANSWER_WITHIN, self.setting.person.gets_a_new_token()).await
        {
            self.setting.person = person;
            self.renewed = Instant::now();
        }
    }

    /// The same for an open socket, which must know the new one too.
    pub(super) async fn renews_over(&mut self, socket: &Socket) {
        let before = self.renewed;
        self.renews_the_token(RENEWS_AFTER).await;
        if self.renewed != before {
            let frame = json!({"type": "auth", "token": self.setting.person.token()});
            let _ = timeout(DEAD_AFTER, socket.sends(frame)).await;
        }
    }
}
