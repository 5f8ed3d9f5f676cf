use service_kit::http::Peer;
use shared_proto::auth::Secret;

use super::*;
use crate::revoked::Revoked;
use crate::streams::Streams;

const CHAT: ChatId = ChatId(7);
const ALICE: UserId = UserId(1);

/// An actor with one worker, to which nobody answers; and what the worker is told.
async fn with_a_worker() -> (Actor, mpsc::Receiver<ToWorker>) {
    let nobody = || Secret::new("nobody-in-particular");
    let auth = Peer::new("auth-service", "http://127.0.0.1:1", nobody());
    let watch = Watch::new(auth, Revoked::default(), Streams::new());
    let api = ChatApi::new(&["http://127.0.0.1:1".to_owned()], &nobody());
    let mut actor = Actor::new(api, watch, Presence::new(), Arc::default());
    let (to, told) = mpsc::channel(100);
    actor.told(Command::Register { worker: 0, to }).await;
    actor.told(Command::Attach { worker: 0, chat: CHAT, seq: Seq(10), asked_at: Instant::now() }).await;
    (actor, told)
}

fn envelope(seq: i64, kind: EventKind) -> Envelope {
    let (user, frame) = (Some(ALICE), format!("{{\"seq\":{seq}}}").into());
    Envelope { chat: CHAT, seq: Seq(seq), kind, user, at: None, origin: None, frame }
}

/// Only what concerns memberships, by its seq.
fn memberships(told: &mut mpsc::Receiver<ToWorker>) -> Vec<(&'static str, i64)> {
    let mut all = Vec::new();
    while let Ok(message) = told.try_recv() {
        match message {
            ToWorker::Joined { seq, .. } => all.push(("joined", seq.0)),
            ToWorker::Left { seq, .. } => all.push(("left", seq.0)),
            _ => {}
        }
    }
    all
}

/// The first `joined` finds somebody who is still subscribed by what was before, and the leaving then ends that.
#[actix_web::test]
async fn who_left_and_came_back_is_told_of_in_this_order_too_when_the_leaving_is_late() {
    let (mut actor, mut told) = with_a_worker().await;
    actor.event(envelope(12, EventKind::MemberJoined)).await;
    assert_eq!(memberships(&mut told), [("joined", 12)], "at once");
    actor.event(envelope(11, EventKind::MemberLeft)).await;
    assert_eq!(memberships(&mut told), [("left", 11), ("joined", 12)]);
}

/// Each time is a request for the user's chats.
#[actix_web::test]
async fn who_comes_in_while_nothing_is_late_is_told_of_once() {
    let (mut actor, mut told) = with_a_worker().await;
    actor.event(envelope(11, EventKind::MemberJoined)).await;
    assert_eq!(memberships(&mut told), [("joined", 11)]);
}

#[actix_web::test]
async fn of_a_chat_that_nobody_here_wants_it_is_told_once() {
    let (mut actor, mut told) = with_a_worker().await;
    actor.told(Command::Detach { worker: 0, chat: CHAT }).await;
    actor.event(envelope(11, EventKind::MemberJoined)).await;
    actor.event(envelope(12, EventKind::MemberLeft)).await;
    assert_eq!(memberships(&mut told), [("joined", 11), ("left", 12)]);
}
