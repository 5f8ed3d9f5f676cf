//! People who go on talking while the world around them breaks.

use std::sync::Arc;
use std::time::Duration;

use chatire_tests::{Chat, Gateway, Person, Replica, Sent, random_name, within};
use shared_proto::ErrorCode;
use shared_proto::event::{Event, EventFrame};
use shared_proto::messages::MessageSent;
use tokio::sync::watch;

/// How often each one says something, at most.
const EVERY: Duration = Duration::from_millis(40);
/// As long as a client waits for an answer before it tries again.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(50);
/// The last words, after which listeners go.
pub(crate) const THE_END: &str = "that's all";

/// Some people that talk until told to stop, and how far they are together.
#[derive(Clone)]
pub(crate) struct Talk {
    chat: Chat,
    acks: Arc<watch::Sender<usize>>,
    over: Arc<watch::Sender<bool>>,
}

impl Talk {
    pub(crate) fn in_chat(chat: &Chat) -> Self {
        let (acks, over) = (Arc::new(watch::Sender::new(0)), Arc::new(watch::Sender::new(false)));
        Self { chat: chat.clone(), acks, over }
    }

    /// Waits until so many more have been acknowledged.
    pub(crate) async fn goes_on(&self, enough: usize, when: &str) {
        let mut acks = self.acks.subscribe();
        let goal = *acks.borrow() + enough;
        let what = format!("{enough} more acknowledged messages {when}");
        within(&what, Duration::from_secs(40), acks.wait_for(|acks| *acks >= goal)).await.expect("somebody talks");
    }

    pub(crate) fn ends(&self) {
        self.over.send_replace(true);
    }

    pub(crate) fn is_over(&self) -> bool {
        *self.over.borrow()
    }

    pub(crate) async fn took_one(&self) {
        self.acks.send_modify(|acks| *acks += 1);
        tokio::time::sleep(EVERY).await;
    }
}

/// Says one thing after the other, each again and again over either replica until it is acknowledged.
pub(crate) async fn insists_over_http(person: Person, talk: Talk) -> Vec<Sent> {
    let mut sent = Vec::new();
    while !talk.is_over() {
        let text = format!("over HTTP {}", sent.len());
        sent.push(insists_on(&person, &text, &talk.chat).await);
        talk.took_one().await;
    }
    sent
}

/// Says one thing until it is acknowledged.
pub(crate) async fn insists_on(person: &Person, text: &str, chat: &Chat) -> Sent {
    let client_id = random_name("h");
    for replica in Replica::ALL.iter().cycle() {
        let over = person.over(*replica);
        match over.says(text).as_client_id(&client_id).tried_in(chat).await {
            Some(answer) if answer.status == 200 || answer.status == 201 => {
                let stored: MessageSent = answer.read();
                return Sent { chat: chat.clone(), client_id, id: stored.id, seq: stored.seq };
            }
            Some(answer) => answer.refused(503, ErrorCode::Unavailable),
            None => {}
        }
        tokio::time::sleep(PAUSE).await;
    }
    unreachable!("the replicas are endless")
}

/// The same over sockets, opened anew over either gateway whenever one does not answer.
pub(crate) async fn insists_over_sockets(person: Person, talk: Talk) -> Vec<Sent> {
    let mut sent = Vec::new();
    let mut gateways = Gateway::ALL.iter().cycle();
    let mut socket = None;
    while !talk.is_over() {
        let (client_id, text) = (random_name("s"), format!("over a socket {}", sent.len()));
        let acknowledged = loop {
            let open = match socket.take() {
                Some(open) => open,
                None => match person.tries_to_connect(*gateways.next().expect("endless"), &[]).await {
                    Some(open) => open,
                    None => {
                        tokio::time::sleep(PAUSE).await;
                        continue;
                    }
                },
            };
            open.says(&text).as_client_id(&client_id).without_waiting_in(&talk.chat).await;
            match open.outcome_if_any(&client_id, ANSWER_WITHIN).await {
                Some(Ok(stored)) => {
                    socket = Some(open);
                    break stored;
                }
                Some(Err(refused)) => {
                    assert_eq!(refused.code, ErrorCode::Unavailable, "{refused:?}");
                    tokio::time::sleep(PAUSE).await;
                }
                None => {}
            }
        };
        sent.push(acknowledged);
        talk.took_one().await;
    }
    sent
}

/// Everything that is heard after a position, until [`THE_END`]: over one gateway, and whenever that one is gone, over
/// the other from the last position on.
pub(crate) async fn listens(person: Person, talk: Talk, first: Gateway, start: i64) -> Vec<EventFrame> {
    let mut heard: Vec<EventFrame> = Vec::new();
    let is_the_end = |event: &EventFrame| match &event.event {
        Event::MessageCreated(message) => message.text() == Some(THE_END),
        _ => false,
    };
    for gateway in Gateway::ALL.iter().cycle().skip(first as usize) {
        let last = heard.last().map_or(start, |event| event.seq.0);
        let Some(socket) = person.tries_to_connect(*gateway, &[(&talk.chat, last)]).await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let what = "the end, or another gateway";
        socket
            .until_within(Duration::from_secs(120), what, |seen| {
                let last = seen.frames.iter().rev().find_map(|frame| frame.event_of(&talk.chat));
                (seen.closed.is_some() || last.is_some_and(|event| is_the_end(&event))).then_some(())
            })
            .await;
        heard.extend(socket.events_of(&talk.chat));
        if heard.last().is_some_and(is_the_end) {
            return heard;
        }
    }
    unreachable!("the gateways are endless")
}
