//! People who say each thing until it is acknowledged.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use serde_json::json;
use shared_proto::messages::MessageSent;
use shared_proto::{ErrorCode, MessageId, Seq};
use tokio::sync::{Notify, watch};

use crate::{Answer, Chat, Dice, Gateway, Person, Replica, Said, Socket, random_name, within};

/// Between two things, in milliseconds at most, unless somebody wants it otherwise.
const EVERY: u64 = 100;
/// As long as a client waits for an answer before it tries again.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// As long as a client waits for a socket to open.
const OPENS_WITHIN: Duration = Duration::from_secs(5);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(50);
/// A thing takes at most this long, whatever dies meanwhile.
const INSISTS: Duration = Duration::from_secs(60);
/// Things said over one socket before another one is opened.
const OVER_ONE_SOCKET: usize = 40;
/// One in so many acknowledged things is said once more.
const AGAIN: u64 = 8;

/// What is under way, and what became of it.
pub struct Traffic {
    /// Between two things that one says, in milliseconds at most.
    every: u64,
    on_the_way: [AtomicUsize; 2],
    begun: [Notify; 2],
    /// How long a request takes, in microseconds: a moving average.
    takes: AtomicU64,
    broken_off: AtomicUsize,
    /// Tries that were answered, but not done.
    refused: AtomicUsize,
    found_again: AtomicUsize,
    said_again: AtomicUsize,
    acknowledged: watch::Sender<usize>,
    rests: watch::Sender<bool>,
    over: AtomicBool,
}

impl Default for Traffic {
    fn default() -> Self {
        Self::with_pauses(EVERY)
    }
}

/// Something acknowledged.
#[derive(Debug)]
pub struct Speech {
    /// The number of the chat, as the speaker was told it.
    pub chat: usize,
    /// What was said.
    pub said: Said,
}

impl fmt::Debug for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { broken_off, found_again, said_again, .. } = self;
        let takes = self.a_request_takes();
        write!(f, "{broken_off:?} tries broken off, {found_again:?} of them stored, {said_again:?} repetitions, ")?;
        write!(f, "{takes:?} a request")
    }
}

impl Traffic {
    /// Between two things, everybody waits for so many milliseconds at most.
    pub fn with_pauses(every: u64) -> Self {
        Self {
            every,
            on_the_way: Default::default(),
            begun: Default::default(),
            takes: Default::default(),
            broken_off: Default::default(),
            refused: Default::default(),
            found_again: Default::default(),
            said_again: Default::default(),
            acknowledged: Default::default(),
            rests: Default::default(),
            over: Default::default(),
        }
    }

    /// From here on nobody begins anything new, until told otherwise.
    pub fn rests(&self, rests: bool) {
        self.rests.send_replace(rests);
    }

    /// How many things were acknowledged until now.
    pub fn acknowledged(&self) -> usize {
        *self.acknowledged.borrow()
    }

    async fn pauses(&self, dice: &mut Dice) {
        tokio::time::sleep(dice.pause(self.every)).await;
        // It is kept by us: there is no error.
        let _ = self.rests.subscribe().wait_for(|rests| !*rests || self.is_over()).await;
    }

    /// HTTP requests that a replica has not answered yet.
    pub fn on_the_way_to(&self, replica: Replica) -> usize {
        self.on_the_way[replica as usize].load(Relaxed)
    }

    /// Waits for the next HTTP request to a replica.
    pub async fn goes_to(&self, replica: Replica) {
        self.begun[replica as usize].notified().await;
    }

    /// How long requests that were answered took lately.
    pub fn a_request_takes(&self) -> Duration {
        Duration::from_micros(self.takes.load(Relaxed))
    }

    /// Tries whose connection ended before the answer came.
    pub fn broken_off(&self) -> usize {
        self.broken_off.load(Relaxed)
    }

    /// Tries that were answered by "not now".
    pub fn refused(&self) -> usize {
        self.refused.load(Relaxed)
    }

    /// Things that were stored by a try which was never answered.
    pub fn found_again(&self) -> usize {
        self.found_again.load(Relaxed)
    }

    /// Waits until so many more things were acknowledged.
    pub async fn goes_on(&self, enough: usize) {
        let mut acknowledged = self.acknowledged.subscribe();
        let goal = *acknowledged.borrow() + enough;
        let what = format!("{enough} more acknowledged things");
        within(&what, INSISTS, acknowledged.wait_for(|count| *count >= goal)).await.expect("it is kept by us");
    }

    /// Everybody says one last thing.
    pub fn ends(&self) {
        self.over.store(true, Relaxed);
        self.rests(false);
    }

    fn is_over(&self) -> bool {
        self.over.load(Relaxed)
    }

    fn was_acknowledged(&self) {
        self.acknowledged.send_modify(|count| *count += 1);
    }

    /// One try: what came back, if anything.
    async fn tries(
        &self,
        person: &Person,
        replica: Replica,
        chat: &Chat,
        client_id: &str,
        text: &str,
    ) -> Option<Answer> {
        let body = json!({"message": text, "client_id": client_id});
        let client = person.client().over(replica);
        let on_the_way = &self.on_the_way[replica as usize];
        on_the_way.fetch_add(1, Relaxed);
        self.begun[replica as usize].notify_waiters();
        let asked = Instant::now();
        let answer = client.call("POST", &chat.path("messages/")).json(body).tried().await;
        on_the_way.fetch_sub(1, Relaxed);
        match &answer {
            Ok(_) => {
                let (took, usual) = (asked.elapsed().as_micros() as u64, self.takes.load(Relaxed));
                self.takes.store((usual * 15 + took) / 16, Relaxed);
            }
            Err(error) if error.is_connect() => {}
            Err(_) => {
                self.broken_off.fetch_add(1, Relaxed);
            }
        }
        answer.ok()
    }

    /// Says something new over one replica after the other.
    pub async fn insists(&self, person: &Person, chat: &Chat, first: Replica) -> Said {
        let insisting = async {
            let mut said = about_to_say("h");
            let place = self.place_of(person, chat, first, &said).await;
            said.answers.push(place);
            self.was_acknowledged();
            said
        };
        within("an acknowledgement over HTTP", INSISTS, insisting).await
    }

    async fn place_of(&self, person: &Person, chat: &Chat, first: Replica, said: &Said) -> (MessageId, Seq) {
        let Said { client_id, text, .. } = said;
        let mut tries = 0;
        for replica in Replica::ALL.iter().cycle().skip(first as usize) {
            tries += 1;
            match self.tries(person, *replica, chat, client_id, text).await {
                Some(answer) if answer.status == 201 => return place(&answer),
                Some(answer) if answer.status == 200 => {
                    assert!(tries > 1, "{client_id} is new: {answer:?}");
                    self.found_again.fetch_add(1, Relaxed);
                    return place(&answer);
                }
                Some(answer) => self.was_refused(&answer),
                None => {}
            }
            tokio::time::sleep(PAUSE).await;
        }
        unreachable!("the replicas are endless")
    }

    /// "Not now": by chat-api, or by an edge that did not get its answer.
    fn was_refused(&self, answer: &Answer) {
        answer.refused(if answer.status == 502 { 502 } else { 503 }, ErrorCode::Unavailable);
        self.refused.fetch_add(1, Relaxed);
    }

    /// Now and then, what was acknowledged is said once more; it may not be answered, but never differently.
    async fn says_again(&self, person: &Person, chat: &Chat, said: &mut Said, dice: &mut Dice) {
        if dice.roll(AGAIN) > 0 {
            return;
        }
        let replica = *dice.pick(&Replica::ALL);
        match self.tries(person, replica, chat, &said.client_id, &said.text).await {
            Some(answer) if matches!(answer.status, 502 | 503) => self.was_refused(&answer),
            Some(answer) => {
                said.answers.push(place(&answer.expect(200)));
                self.said_again.fetch_add(1, Relaxed);
            }
            None => {}
        }
    }
}

fn place(answer: &Answer) -> (MessageId, Seq) {
    let sent: MessageSent = answer.read();
    (sent.id, sent.seq)
}

fn about_to_say(stem: &str) -> Said {
    let client_id = random_name(stem);
    Said { text: format!("said as {client_id}"), client_id, answers: Vec::new() }
}

/// Says things over HTTP until the traffic ends.
pub async fn speaks_over_http(
    person: Person,
    chats: Vec<(usize, Chat)>,
    traffic: Arc<Traffic>,
    mut dice: Dice,
) -> Vec<Speech> {
    let mut speeches = Vec::new();
    while !traffic.is_over() {
        let (n, chat) = dice.pick(&chats);
        let mut said = traffic.insists(&person, chat, *dice.pick(&Replica::ALL)).await;
        traffic.says_again(&person, chat, &mut said, &mut dice).await;
        speeches.push(Speech { chat: *n, said });
        traffic.pauses(&mut dice).await;
    }
    speeches
}

/// Says one thing in a chat where nothing else is said.
pub async fn says_one_thing(person: &Person, chat: (usize, &Chat), traffic: &Traffic, first: Replica) -> Speech {
    Speech { chat: chat.0, said: traffic.insists(person, chat.1, first).await }
}

/// Each socket for a while, then another one over the next gateway; also when one does not answer.
pub async fn speaks_over_sockets(
    person: Person,
    chats: Vec<(usize, Chat)>,
    gateways: &'static [Gateway],
    traffic: Arc<Traffic>,
    mut dice: Dice,
) -> Vec<Speech> {
    let mut speeches = Vec::new();
    let first = dice.roll(gateways.len() as u64) as usize;
    let mut sockets = Sockets { gateways: gateways.iter().cycle().skip(first), person, open: None };
    while !traffic.is_over() {
        let (n, chat) = dice.pick(&chats);
        let mut said = about_to_say("s");
        let place = within("an ack over a socket", INSISTS, sockets.insist(chat, &said.client_id, &said.text)).await;
        said.answers.push(place);
        traffic.was_acknowledged();
        traffic.says_again(&sockets.person, chat, &mut said, &mut dice).await;
        speeches.push(Speech { chat: *n, said });
        if speeches.len() % OVER_ONE_SOCKET == 0 {
            sockets.open = None;
        }
        traffic.pauses(&mut dice).await;
    }
    speeches
}

struct Sockets<Gateways> {
    person: Person,
    gateways: Gateways,
    open: Option<Socket>,
}

impl<Gateways: Iterator<Item = &'static Gateway>> Sockets<Gateways> {
    async fn insist(&mut self, chat: &Chat, client_id: &str, text: &str) -> (MessageId, Seq) {
        loop {
            let socket = match self.open.take() {
                Some(open) => Some(open),
                None => self.opens_one().await,
            };
            let Some(socket) = socket else {
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            socket.says(text).as_client_id(client_id).without_waiting_in(chat).await;
            match socket.outcome_if_any(client_id, ANSWER_WITHIN).await {
                Some(Ok(sent)) => {
                    self.open = Some(socket);
                    return (sent.id, sent.seq);
                }
                Some(Err(refused)) => assert_eq!(refused.code, ErrorCode::Unavailable, "{refused:?}"),
                None => {}
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
    async fn opens_one(&mut self) -> Option<Socket> {
        let gateway = *self.gateways.next().expect("endless");
        tokio::time::timeout(OPENS_WITHIN, self.person.tries_to_connect(gateway, &[])).await.ok().flatten()
    }
}
