//! The task that owns all streams of the process.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use service_kit::bus::{Delivery, Envelope, Message, Subscription};
use service_kit::trace;
use shared_proto::bus::{Control, Transient};
use shared_proto::event::EventKind;
use shared_proto::internal::{ChatEvents, EventsAfter, StoredEvent};
use shared_proto::{ChatId, Seq, Timestamp, UserId};
use tokio::sync::mpsc;

use super::order::Order;
use super::recent::Recent;
use super::recovery::Recovery;
use super::{Command, REPLAY_MAX, TO_WORKER, ToWorker, WorkerId};
use crate::api::ChatApi;
use crate::figures;
use crate::presence::Presence;
use crate::revoked::Watch;
use crate::socket::Frame;

/// How long an event that came early waits for the one before it, which another replica may be publishing right now.
const PATIENCE: Duration = Duration::from_millis(60);

/// An event in its place.
struct Event {
    frame: Frame,
    /// Its time, when it came over the bus: what was fetched is late for reasons that are measured elsewhere.
    at: Option<Timestamp>,
    /// What follows from it for subscriptions, once it is passed on.
    then: Option<ToWorker>,
}

impl Event {
    fn new(chat: ChatId, seq: Seq, kind: EventKind, user: Option<UserId>, frame: &[u8]) -> Self {
        let then = match (kind, user) {
            (EventKind::MemberLeft | EventKind::MemberRemoved, Some(user)) => Some(ToWorker::Left { user, chat, seq }),
            (EventKind::MemberJoined, Some(user)) => Some(ToWorker::Joined { user, chat, seq }),
            (EventKind::ChatDeleted, _) => Some(ToWorker::Ended { chat, seq }),
            _ => None,
        };
        Self { frame: Frame::text(frame), at: None, then }
    }
}

/// A chat that workers want.
struct Stream {
    order: Order<Event>,
    workers: Vec<WorkerId>,
}

pub(super) struct Actor {
    workers: HashMap<WorkerId, mpsc::Sender<ToWorker>>,
    streams: HashMap<ChatId, Stream>,
    /// Chats in which an event waits for one before it, and since when.
    early: HashMap<ChatId, Instant>,
    recent: Recent,
    recovery: Recovery,
    revocations: Watch,
    presence: Presence,
    connected: Arc<AtomicBool>,
}

impl Actor {
    pub(super) fn new(api: ChatApi, revocations: Watch, presence: Presence, connected: Arc<AtomicBool>) -> Self {
        Self {
            workers: HashMap::new(),
            streams: HashMap::new(),
            early: HashMap::new(),
            recent: Recent::new(),
            recovery: Recovery::new(api),
            revocations,
            presence,
            connected,
        }
    }

    /// Until the bus ends, which it does only with the process.
    pub(super) async fn run(mut self, mut bus: Subscription, mut commands: mpsc::UnboundedReceiver<Command>) {
        let mut impatient = tokio::time::interval(PATIENCE / 2);
        impatient.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                delivery = bus.next() => {
                    // What was taken up before an event came by hears it.
                    while let Ok(command) = commands.try_recv() {
                        self.told(command).await;
                    }
                    match delivery {
                        Some(delivery) => self.delivered(delivery).await,
                        None => return,
                    }
                }
                Some(command) = commands.recv() => self.told(command).await,
                chats = self.recovery.answered() => self.recovered(chats).await,
                _ = impatient.tick(), if !self.early.is_empty() => self.lose_patience(),
            }
            let streams = &self.streams;
            self.recovery.ask(|chat| Some(EventsAfter { chat, after: streams.get(&chat)?.order.passed() }));
        }
    }

    async fn delivered(&mut self, delivery: Delivery) {
        match delivery {
            Delivery::Message(Message::Event(envelope)) => self.event(envelope).await,
            Delivery::Message(Message::Transient(transient)) => self.transient(transient),
            Delivery::Message(Message::Control(Control::SessionRevoked { session, .. })) => {
                self.revocations.end(session).await;
            }
            // Names travel with what people say.
            Delivery::Message(Message::Control(Control::UserChanged { .. })) => {}
            Delivery::Gap => self.gap().await,
        }
    }

    /// To the workers that want the chat, as long as they have nothing better to do.
    fn transient(&self, transient: Transient) {
        let chat = match &transient {
            Transient::Typing { chat, .. } | Transient::Read { chat, .. } => *chat,
            Transient::Held { .. } => return self.presence.heard(transient),
        };
        let Some(stream) = self.streams.get(&chat) else { return };
        for worker in stream.workers.iter().filter_map(|worker| self.workers.get(worker)) {
            if worker.capacity() > TO_WORKER / 2 {
                // An error says that the worker is ending.
                let _ = worker.try_send(ToWorker::Transient { chat, transient: transient.clone() });
            }
        }
    }

    async fn event(&mut self, envelope: Envelope) {
        let Envelope { chat, seq, kind, user, at, origin, frame } = envelope;
        let request = origin.as_ref().map(|origin| origin.request.as_str());
        tracing::debug!(request, %chat, %seq, kind = kind.as_str(), "an event came");
        let traceparent = origin.as_ref().and_then(|origin| origin.traceparent.as_deref());
        // Until the workers have it.
        let _span = trace::go_on(
            traceparent,
            || tracing::info_span!(parent: None, "deliver", request, %chat, %seq, kind = kind.as_str()),
        );
        if user.is_some() {
            self.presence.members_changed(chat);
        }
        let event = Event { at, ..Event::new(chat, seq, kind, user, &frame) };
        if self.streams.contains_key(&chat) {
            self.offer(chat, vec![(seq, event)]).await;
            let waits = self.streams.get(&chat).is_some_and(|stream| stream.order.passed() < seq);
            if let (EventKind::MemberJoined, Some(user), true) = (kind, user, waits) {
                // At once, too: nothing that is late keeps somebody from a chat. And again in its place, since what is late may
                // be that they had left before.
                self.tell_all(ToWorker::Joined { user, chat, seq }).await;
            }
        } else {
            self.recent.note(chat, seq);
            // Somebody may be about to subscribe, by a list of chats that has just become wrong.
            if let Some(then) = event.then {
                self.tell_all(then).await;
            }
        }
    }

    /// Everything that is wanted may miss something, and so may the lists of users' chats and of revoked sessions.
    async fn gap(&mut self) {
        if self.connected.swap(true, Ordering::Relaxed) {
            metrics::counter!(figures::GAPS).increment(1);
        }
        self.recent.interrupted();
        self.streams.keys().for_each(|chat| self.recovery.want(*chat));
        self.tell_all(ToWorker::Gap).await;
        self.presence.gap();
        let revocations = self.revocations.clone();
        actix_web::rt::spawn(async move { revocations.catch_up().await });
    }

    async fn told(&mut self, command: Command) {
        match command {
            Command::Register { worker, to } => {
                self.workers.insert(worker, to);
            }
            Command::Attach { worker, chat, seq, asked_at } => self.attach(worker, chat, seq, asked_at).await,
            Command::Detach { worker, chat } => self.detach(worker, chat),
            Command::Tell(message) => self.tell_all(message).await,
            Command::TellOne { worker, message } => self.tell(worker, message).await,
        }
    }

    async fn attach(&mut self, worker: WorkerId, chat: ChatId, seq: Seq, asked_at: Instant) {
        let stream = self.streams.entry(chat).or_insert_with(|| {
            if !self.recent.nothing_since(chat, seq, asked_at) {
                self.recovery.want(chat);
            }
            Stream { order: Order::after(seq), workers: Vec::new() }
        });
        if !stream.workers.contains(&worker) {
            stream.workers.push(worker);
        }
        let passed = stream.order.passed();
        self.tell(worker, ToWorker::Attached { chat, passed }).await;
    }

    fn detach(&mut self, worker: WorkerId, chat: ChatId) {
        let Some(stream) = self.streams.get_mut(&chat) else { return };
        stream.workers.retain(|w| *w != worker);
        if stream.workers.is_empty()
            && let Some(stream) = self.streams.remove(&chat)
        {
            self.early.remove(&chat);
            self.recent.note(chat, stream.order.seen());
        }
    }

    /// What chat-api says came after our positions.
    async fn recovered(&mut self, chats: Vec<ChatEvents>) {
        for ChatEvents { chat, seq, events, .. } in chats {
            let Some(stream) = self.streams.get(&chat) else { continue };
            if seq.0 - stream.order.passed().0 > REPLAY_MAX {
                self.reset(chat, seq).await;
                continue;
            }
            if seq > stream.order.passed() {
                metrics::counter!(figures::HEALED).increment(1);
            }
            let event = |e: StoredEvent| (e.seq, Event::new(chat, e.seq, e.kind, e.user, e.frame.get().as_bytes()));
            self.offer(chat, events.into_iter().map(event).collect()).await;
            let behind = self.streams.get(&chat).is_some_and(|stream| stream.order.passed() < seq);
            if behind {
                self.recovery.want(chat);
            }
        }
    }

    async fn reset(&mut self, chat: ChatId, seq: Seq) {
        let Some(stream) = self.streams.get_mut(&chat) else { return };
        metrics::counter!(figures::RESETS).increment(1);
        let mut next = Vec::new();
        stream.order.jump(seq, |seq, event| next.push((seq, event)));
        self.pass(chat, ToWorker::Reset { chat, seq }).await;
        self.pass_on(chat, next).await;
    }

    async fn offer(&mut self, chat: ChatId, events: Vec<(Seq, Event)>) {
        let Some(stream) = self.streams.get_mut(&chat) else { return };
        let mut next = Vec::with_capacity(events.len());
        for (seq, event) in events {
            stream.order.offer(seq, event, |seq, event| next.push((seq, event)));
        }
        self.pass_on(chat, next).await;
    }

    async fn pass_on(&mut self, chat: ChatId, events: Vec<(Seq, Event)>) {
        for (seq, Event { frame, at, then }) in events {
            self.pass(chat, ToWorker::Event { chat, seq, at, frame }).await;
            if let Some(then) = then {
                self.tell_all(then).await;
            }
        }
        self.watch_early(chat);
    }

    fn watch_early(&mut self, chat: ChatId) {
        if self.streams.get(&chat).is_some_and(|stream| stream.order.misses_some()) {
            self.early.entry(chat).or_insert_with(Instant::now);
        } else {
            self.early.remove(&chat);
        }
    }

    fn lose_patience(&mut self) {
        for (chat, since) in &mut self.early {
            if since.elapsed() > PATIENCE {
                *since = Instant::now();
                self.recovery.want(*chat);
            }
        }
    }

    /// To the workers that want the chat.
    async fn pass(&self, chat: ChatId, message: ToWorker) {
        let Some(stream) = self.streams.get(&chat) else { return };
        for worker in &stream.workers {
            self.tell(*worker, message.clone()).await;
        }
    }

    async fn tell_all(&self, message: ToWorker) {
        for worker in self.workers.keys() {
            self.tell(*worker, message.clone()).await;
        }
    }

    /// Waits when the worker's queue is full: that holds the bus back, and costs nothing but time.
    async fn tell(&self, worker: WorkerId, message: ToWorker) {
        if let Some(to) = self.workers.get(&worker) {
            // An error says that the worker is ending.
            let _ = to.send(message).await;
        }
    }
}

#[cfg(test)]
mod tests;
