//! In the end: what the system has stored, beside what was acknowledged and what everybody heard.

use std::collections::BTreeMap;

use chatire_tests::speaking::Speech;
use chatire_tests::{Person, Replica, Said};
use shared_proto::event::{Event, EventFrame};
use shared_proto::{MessageId, UserId};

use crate::crowd::Crowd;
use crate::findings::Findings;
use crate::heard::Heard;
use crate::truth::Truth;

/// Somebody who was to hear everything.
pub(crate) struct Listener {
    pub(crate) who: String,
    pub(crate) id: UserId,
    pub(crate) heard: Vec<Heard>,
}

/// Compares everything, and says how many events and messages there are.
pub(crate) async fn compare(
    crowd: &Crowd,
    truth: &Truth,
    speeches: &[Vec<Speech>],
    listeners: &[Listener],
    findings: &Findings,
) -> (usize, usize) {
    let (mut events, mut messages) = (0, 0);
    for n in 0..crowd.chats.len() {
        let stored = stored(crowd, n, findings).await;
        for fault in row(&stored, crowd.starts[n]).into_iter().chain(told(&stored, n, truth)) {
            findings.add(format!("the events of chat {n}: {fault}"));
        }
        let said: Vec<Vec<&Said>> =
            speeches.iter().map(|one| one.iter().filter(|s| s.chat == n).map(|s| &s.said).collect()).collect();
        for fault in acknowledged(&stored, &said) {
            findings.add(format!("chat {n}: {fault}"));
        }
        for listener in listeners {
            for fault in memberships(&stored, crowd.starts[n], listener.id, &listener.heard[n]) {
                findings.add(format!("{}: chat {n}: {fault}", listener.who));
            }
        }
        events += stored.len();
        messages += said.iter().map(Vec::len).sum::<usize>();
    }
    (events, messages)
}

/// As both replicas tell it; and the same messages must stand in the history.
async fn stored(crowd: &Crowd, n: usize, findings: &Findings) -> Vec<EventFrame> {
    let (chat, start) = (&crowd.chats[n], crowd.starts[n]);
    let over = |replica| -> Person { crowd.owner.over(replica) };
    let events = over(Replica::First).events(chat, start).await;
    if over(Replica::Second).events(chat, start).await != events {
        findings.add(format!("chat {n}: the replicas tell different events"));
    }
    let history: Vec<_> = over(Replica::First).history(chat).await.into_iter().filter(|m| m.seq.0 > start).collect();
    let told = events.iter().filter_map(|event| match &event.event {
        Event::MessageCreated(message) => Some(message),
        _ => None,
    });
    if !told.eq(history.iter()) {
        findings.add(format!("chat {n}: the history is not what the events tell"));
    }
    events
}

/// Positions one by one.
fn row(events: &[EventFrame], start: i64) -> Option<String> {
    let mut due = start..;
    due.next();
    let odd = events.iter().zip(due).find(|(event, due)| event.seq.0 != *due);
    odd.map(|(event, due)| format!("{} stands where {due} should", event.seq))
}

/// Whoever has heard an event has heard this one.
fn told(events: &[EventFrame], n: usize, truth: &Truth) -> Option<String> {
    let fault = |event: &EventFrame| {
        let json = serde_json::to_value(event).unwrap_or_default();
        truth.is_told(n, event.seq.0, &json).err()
    };
    events.iter().find_map(fault)
}

/// Everything acknowledged is there once, in its place, and nothing else is.
fn acknowledged(events: &[EventFrame], said: &[Vec<&Said>]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut stored: BTreeMap<&str, Vec<(MessageId, i64, &str)>> = BTreeMap::new();
    for event in events {
        if let Event::MessageCreated(message) = &event.event {
            let name = message.client_id.as_ref().map_or("", |id| id.as_str());
            stored.entry(name).or_default().push((message.id, event.seq.0, message.text().unwrap_or_default()));
        }
    }
    for speaker in said {
        let mut last = 0;
        for one in speaker {
            let places = stored.remove(one.client_id.as_str()).unwrap_or_default();
            let [place] = places[..] else {
                faults.push(format!("{} was acknowledged, and is stored {} times", one.client_id, places.len()));
                continue;
            };
            if one.answers.iter().any(|(id, seq)| (*id, seq.0) != (place.0, place.1)) || one.text != place.2 {
                faults.push(format!(
                    "{} was acknowledged as {:?}, and is stored as {place:?}",
                    one.client_id, one.answers
                ));
            }
            if place.1 <= last {
                faults.push(format!("{} stands at {}, but was said after {last}", one.client_id, place.1));
            }
            last = place.1;
        }
    }
    faults.extend(stored.into_keys().map(|name| format!("{name} is stored, and was never acknowledged")));
    faults
}

/// Of each time as a member, the beginning was heard, and of the present one everything. (What was heard has no gaps: that
/// was looked at when it came.)
fn memberships(events: &[EventFrame], start: i64, who: UserId, heard: &Heard) -> Vec<String> {
    let joined =
        events.iter().filter(|event| matches!(&event.event, Event::MemberJoined { user, .. } if user.id == who));
    let begins: Vec<i64> = joined.map(|event| event.seq.0).collect();
    let end = events.last().map_or(start, |event| event.seq.0);
    let present = begins.last().copied().unwrap_or(start + 1);
    let mut faults: Vec<String> =
        begins.iter().filter(|seq| !heard.has(**seq)).map(|seq| format!("did not hear its return at {seq}")).collect();
    if !heard.covers(present, end) {
        faults.push(format!("did not hear all of {present} to {end}: {heard:?}"));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use shared_proto::Seq;

    fn message(seq: i64, client_id: &str) -> EventFrame {
        let data = json!({
            "id": seq * 10, "seq": seq, "user": {"id": 8, "username": "bob"}, "message": format!("text of {client_id}"),
            "at": "2026-11-23T10:00:00Z", "client_id": client_id,
        });
        event(seq, "message.created", data)
    }

    fn event(seq: i64, kind: &str, data: serde_json::Value) -> EventFrame {
        let frame = json!({
            "type": "event", "chat": "abcDEF123_-xyz0", "seq": seq, "at": "2026-11-23T10:00:00Z", "kind": kind, "data": data,
        });
        serde_json::from_value(frame).unwrap()
    }

    fn said(seq: i64, client_id: &str) -> Said {
        let answers = vec![(MessageId(seq * 10), Seq(seq))];
        Said { client_id: client_id.into(), text: format!("text of {client_id}"), answers }
    }

    #[test]
    fn what_was_acknowledged_and_what_is_stored_is_the_same() {
        let events = [message(4, "a"), message(5, "b")];
        let (a, b) = (said(4, "a"), said(5, "b"));
        assert!(acknowledged(&events, &[vec![&a], vec![&b]]).is_empty());
        assert!(acknowledged(&events, &[vec![&a, &b]]).is_empty());
        let found = |events: &[EventFrame], said: &[Vec<&Said>]| acknowledged(events, said).join("; ");
        assert!(found(&events[..1], &[vec![&a, &b]]).contains("b was acknowledged, and is stored 0 times"));
        let twice = [message(4, "a"), message(5, "b"), message(6, "a")];
        assert!(found(&twice, &[vec![&a, &b]]).contains("a was acknowledged, and is stored 2 times"));
        assert!(found(&events, &[vec![&a]]).contains("b is stored, and was never acknowledged"));
        assert!(found(&events, &[vec![&b, &a]]).contains("a stands at 4, but was said after 5"));
        assert!(found(&events, &[vec![&a, &said(6, "b")]]).contains("b was acknowledged as"));
    }

    #[test]
    fn a_gap_between_positions_is_found() {
        assert_eq!(row(&[message(4, "a"), message(5, "b")], 3), None);
        assert!(row(&[message(4, "a"), message(6, "b")], 3).is_some());
    }

    #[test]
    fn a_return_that_was_not_heard_and_an_end_that_was_not_heard_are_found() {
        let me = json!({"user": {"id": 7, "username": "alice"}});
        let events =
            [message(4, "a"), event(5, "member.left", me.clone()), event(6, "member.joined", me), message(7, "b")];
        let mut heard = Heard::from(UserId(7), 3);
        heard.leaves();
        for n in [0, 1] {
            heard.takes(events[n].seq.0, &serde_json::to_value(&events[n]).unwrap()).unwrap();
        }
        assert_eq!(memberships(&events, 3, UserId(7), &heard).len(), 2);
        heard.takes(6, &serde_json::to_value(&events[2]).unwrap()).unwrap();
        assert_eq!(memberships(&events, 3, UserId(7), &heard).len(), 1);
        heard.takes(7, &serde_json::to_value(&events[3]).unwrap()).unwrap();
        assert!(memberships(&events, 3, UserId(7), &heard).is_empty());
        assert!(memberships(&events, 3, UserId(9), &heard).is_empty(), "whoever never moved has heard it too");
    }
}
