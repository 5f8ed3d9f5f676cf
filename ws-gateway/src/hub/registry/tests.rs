use std::rc::Rc;

use service_kit::token::Identity;
use shared_proto::frames::ReadyChat;
use shared_proto::internal::ChatPosition;
use shared_proto::{ChatId, Seq, UserId, Username};

use super::*;
use crate::limits::Limits;

pub(super) const CHAT: ChatId = ChatId(7);

pub(super) fn chat(seq: i64) -> ChatPosition {
    ChatPosition {
        id: CHAT,
        chat: ReadyChat { uri: "abcdefghijklmno".parse().unwrap(), name: None, seq: Seq(seq), read_seq: Seq(0) },
    }
}

pub(super) fn connection() -> Rc<Connection> {
    let identity = Identity {
        user: UserId(1),
        username: Username::try_from("alice".to_owned()).unwrap(),
        session: "s1".parse().unwrap(),
        expires: 0,
    };
    let counted = Limits::unlimited().socket_of(identity.user).unwrap();
    Rc::new(Connection::new(&identity, Outgoing::unconnected(1 << 20), counted))
}

fn frame(seq: i64) -> Frame {
    Frame::text(seq.to_string().as_bytes())
}

/// The texts of all frames that wait to be written.
fn texts(connection: &Connection) -> Vec<String> {
    let mut all = Vec::new();
    let mut bytes = connection.out.drain_for_tests();
    while !bytes.is_empty() {
        let length = usize::from(bytes[1]);
        all.push(String::from_utf8(bytes[2..2 + length].to_vec()).unwrap());
        bytes.drain(..2 + length);
    }
    all
}

fn part(after: i64, socket: SocketId) -> Missed {
    Missed { socket, chat: CHAT, after: Seq(after) }
}

#[test]
fn a_new_subscriber_gets_what_comes_after_its_position_and_nothing_before() {
    let mut registry = Registry::default();
    let alice = connection();
    let id = registry.enter(alice.clone());
    assert_eq!(registry.subscribe(id, &chat(5), Seq(5)), Subscribed::AttachFirst);
    assert_eq!(registry.event(CHAT, Seq(9), &frame(9), false), 0, "not attached yet");
    assert!(registry.attached(CHAT, Seq(4)).is_empty());
    for seq in 5..8 {
        registry.event(CHAT, Seq(seq), &frame(seq), false);
    }
    assert_eq!(texts(&alice), ["6", "7"]);
}

#[test]
fn live_events_wait_behind_a_replay_and_nothing_comes_twice() {
    let mut registry = Registry::default();
    let alice = connection();
    let id = registry.enter(alice.clone());
    registry.subscribe(id, &chat(10), Seq(2));
    assert_eq!(registry.attached(CHAT, Seq(10)), [part(2, id)]);
    registry.event(CHAT, Seq(11), &frame(11), false);
    let first: Vec<_> = (3..6).map(|seq| (Seq(seq), frame(seq))).collect();
    assert_eq!(registry.replayed(part(2, id), &first), Some(part(5, id)));
    registry.event(CHAT, Seq(12), &frame(12), false);
    let rest: Vec<_> = (6..12).map(|seq| (Seq(seq), frame(seq))).collect();
    assert_eq!(registry.replayed(part(5, id), &rest), None);
    registry.event(CHAT, Seq(13), &frame(13), false);
    assert_eq!(texts(&alice), (3..14).map(|seq| seq.to_string()).collect::<Vec<_>>());
}

#[test]
fn more_live_events_than_fit_behind_a_replay_are_fetched_with_it() {
    let mut registry = Registry::default();
    let alice = connection();
    let id = registry.enter(alice.clone());
    registry.subscribe(id, &chat(10), Seq(9));
    registry.attached(CHAT, Seq(10));
    let last = 10 + 2 * BEHIND_REPLAY as i64 + 3;
    for seq in 11..=last {
        registry.event(CHAT, Seq(seq), &frame(seq), false);
    }
    let mut missed = Some(part(9, id));
    while let Some(now) = missed {
        let events: Vec<_> = (now.after.0 + 1..=last).take(200).map(|seq| (Seq(seq), frame(seq))).collect();
        missed = registry.replayed(now, &events);
    }
    registry.event(CHAT, Seq(last + 1), &frame(last + 1), false);
    assert_eq!(texts(&alice), (10..=last + 1).map(|seq| seq.to_string()).collect::<Vec<_>>());
}

#[test]
fn a_reset_tells_those_who_are_behind_and_goes_on_after_it() {
    let mut registry = Registry::default();
    let alice = connection();
    let id = registry.enter(alice.clone());
    registry.subscribe(id, &chat(1), Seq(1));
    registry.attached(CHAT, Seq(1));
    registry.reset(CHAT, Seq(5_000));
    registry.event(CHAT, Seq(5_001), &frame(5_001), false);
    assert_eq!(texts(&alice), [r#"{"type":"reset","chat":"abcdefghijklmno","seq":5000}"#, "5001"]);
}

#[test]
fn a_chat_is_given_up_with_its_last_subscriber() {
    let mut registry = Registry::default();
    let (one, two) = (registry.enter(connection()), registry.enter(connection()));
    registry.subscribe(one, &chat(1), Seq(1));
    registry.subscribe(two, &chat(1), Seq(1));
    assert!(registry.leave(one).is_empty());
    assert_eq!(registry.leave(two), [CHAT]);
    assert!(registry.users().is_empty());
}

#[test]
fn a_socket_that_was_not_live_yet_looks_again_afterwards() {
    let mut registry = Registry::default();
    let id = registry.enter(connection());
    assert!(registry.live_sockets_of(UserId(1), Why::Joined(CHAT, Seq(3))).is_empty());
    assert_eq!(registry.went_live(id), Some(Why::Opened), "its list of chats may be wrong");
    assert_eq!(registry.live_sockets_of(UserId(1), Why::Missed), [id]);
}

#[test]
fn a_socket_that_may_have_missed_something_while_it_was_opened_remembers_that() {
    let mut registry = Registry::default();
    let id = registry.enter(connection());
    for why in [Why::Opened, Why::Missed, Why::Joined(CHAT, Seq(3))] {
        registry.live_sockets_of(UserId(1), why);
    }
    assert_eq!(registry.went_live(id), Some(Why::Missed));
}

#[test]
fn what_an_earlier_subscription_has_asked_for_is_not_played_into_the_next_one() {
    let mut registry = Registry::default();
    let (alice, bob) = (connection(), connection());
    let (id, other) = (registry.enter(alice.clone()), registry.enter(bob));
    registry.subscribe(other, &chat(10), Seq(10));
    registry.attached(CHAT, Seq(10));
    assert_eq!(registry.subscribe(id, &chat(10), Seq(3)), Subscribed::Replay(part(3, id)));
    assert!(!registry.unsubscribe(id, CHAT), "somebody else still wants it");
    assert_eq!(registry.subscribe(id, &chat(10), Seq(8)), Subscribed::Replay(part(8, id)));
    let events = |range: std::ops::RangeInclusive<i64>| range.map(|seq| (Seq(seq), frame(seq))).collect::<Vec<_>>();
    assert_eq!(registry.replayed(part(3, id), &events(4..=7)), None);
    assert!(texts(&alice).is_empty());
    assert_eq!(registry.replayed(part(8, id), &events(9..=10)), None);
    assert_eq!(texts(&alice), ["9", "10"]);
}
