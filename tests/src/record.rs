//! What all sides say about one chat, and whether it fits together.

use std::collections::{BTreeMap, BTreeSet};

use shared_proto::event::{Event, EventFrame};
use shared_proto::messages::Message;
use shared_proto::{MessageId, Seq};

use crate::gapless;

/// A message whose sender insisted until it was acknowledged.
#[derive(Clone, Debug)]
pub struct Said {
    /// The sender's name for it.
    pub client_id: String,
    /// What was said.
    pub text: String,
    /// All acknowledgements that came, of retries too. At least one.
    pub answers: Vec<(MessageId, Seq)>,
}

/// All that was said in one chat from a position on, as those tell it who took part, the database and those who heard it.
#[derive(Clone, Debug)]
pub struct Record {
    /// The position before the first of it.
    pub start: i64,
    /// By each speaker, who waited for the acknowledgement of one before saying the next.
    pub said: Vec<Vec<Said>>,
    /// What is stored.
    pub history: Vec<Message>,
    /// What the sync endpoint tells.
    pub events: Vec<EventFrame>,
    /// By each subscriber, in the order it came.
    pub heard: Vec<(String, Vec<EventFrame>)>,
}

impl Record {
    /// Panics unless everything acknowledged is stored once, in its place, with nothing else, and came to everybody in
    /// order, once, without gaps.
    pub fn assert_sound(&self) {
        if let Err(fault) = self.check() {
            panic!("{fault}");
        }
    }

    fn check(&self) -> Result<(), String> {
        let acknowledged = self.acknowledged()?;
        self.check_history(&acknowledged)?;
        let end = self.start + self.history.len() as i64;
        self.check_row("the sync endpoint", &self.events, end)?;
        for (event, message) in self.events.iter().zip(&self.history) {
            if !matches!(&event.event, Event::MessageCreated(told) if told == message) {
                return Err(format!("the event is {event:?}, the message is {message:?}"));
            }
        }
        for (who, heard) in &self.heard {
            self.check_row(who, heard, end)?;
            if let Some((heard, event)) = heard.iter().zip(&self.events).find(|(heard, event)| heard != event) {
                return Err(format!("{who} heard {heard:?}, the event is {event:?}"));
            }
        }
        Ok(())
    }

    /// By client id. What one says one after the other has places in that order.
    fn acknowledged(&self) -> Result<BTreeMap<&str, &Said>, String> {
        let mut by_client_id = BTreeMap::new();
        for speaker in &self.said {
            let mut last = self.start;
            for said in speaker {
                let client_id = said.client_id.as_str();
                let (first, others) =
                    said.answers.split_first().ok_or(format!("{client_id} was never acknowledged"))?;
                if let Some(other) = others.iter().find(|other| *other != first) {
                    return Err(format!("{client_id} was acknowledged as {first:?} and then as {other:?}"));
                }
                if first.1.0 <= last {
                    return Err(format!("{client_id} has the place {}, but was said after {last}", first.1));
                }
                last = first.1.0;
                if by_client_id.insert(client_id, said).is_some() {
                    return Err(format!("{client_id} was used for two messages"));
                }
            }
        }
        Ok(by_client_id)
    }

    fn check_history(&self, acknowledged: &BTreeMap<&str, &Said>) -> Result<(), String> {
        let mut stored = BTreeSet::new();
        for message in &self.history {
            let client_id = message.client_id.as_ref().map(|id| id.as_str()).unwrap_or_default();
            let Some(said) = acknowledged.get(client_id) else {
                return Err(format!("nobody said what is stored as {message:?}"));
            };
            if !stored.insert(client_id) {
                return Err(format!("{client_id} is stored twice"));
            }
            let answer = said.answers[0];
            if (message.id, message.seq) != answer {
                return Err(format!("{client_id} was acknowledged as {answer:?} and is stored as {message:?}"));
            }
            if message.text() != Some(&said.text) {
                return Err(format!("{client_id} said {:?}, stored is {message:?}", said.text));
            }
        }
        match acknowledged.values().find(|said| !stored.contains(said.client_id.as_str())) {
            Some(lost) => Err(format!("{} was acknowledged and is not stored: {lost:?}", lost.client_id)),
            None => Ok(()),
        }
    }

    fn check_row(&self, who: &str, events: &[EventFrame], end: i64) -> Result<(), String> {
        let seqs: Vec<i64> = events.iter().map(|event| event.seq.0).collect();
        match gapless::fault(&seqs, self.start + 1..=end) {
            Some(fault) => Err(format!("{who}: {fault} in {seqs:?}")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Two people who said two things each, from position 3 on, and two who heard it.
    fn sound() -> Record {
        let message = |seq: i64| -> Message {
            let speaker = seq % 2;
            let message = json!({
                "id": seq * 100, "seq": seq, "user": {"id": speaker, "username": format!("speaker{speaker}")},
                "message": format!("text {seq}"), "at": "2026-11-23T10:00:00Z", "client_id": format!("c-{seq}"),
            });
            serde_json::from_value(message).unwrap()
        };
        let history: Vec<Message> = (4..=7).map(message).collect();
        let event = |message: &Message| EventFrame {
            r#type: Default::default(),
            chat: "abcDEF123_-xyz0".parse().unwrap(),
            seq: message.seq,
            at: message.at,
            event: Event::MessageCreated(message.clone()),
        };
        let events: Vec<EventFrame> = history.iter().map(event).collect();
        let said = |message: &Message| Said {
            client_id: message.client_id.clone().unwrap().to_string(),
            text: message.text().unwrap().to_owned(),
            answers: vec![(message.id, message.seq); 2],
        };
        let by = |speaker: i64| history.iter().filter(|m| m.user.id.0 == speaker).map(said).collect();
        let heard = ["one", "other"].map(|who| (who.to_owned(), events.clone())).into();
        Record { start: 3, said: vec![by(0), by(1)], history, events, heard }
    }

    /// What is found once `harm` was done.
    fn found(harm: impl FnOnce(&mut Record)) -> String {
        let mut record = sound();
        harm(&mut record);
        record.check().expect_err("it is found")
    }

    #[test]
    fn a_sound_record_passes() {
        sound().assert_sound();
    }

    #[test]
    fn a_lost_message_is_found_wherever_it_was_lost() {
        assert!(found(|r| drop(r.history.pop())).contains("c-7 was acknowledged and is not stored"));
        assert!(found(|r| drop(r.history.remove(1))).contains("c-5 was acknowledged and is not stored"));
        assert!(found(|r| drop(r.events.pop())).contains("the sync endpoint: 7 is missing at the end"));
        assert!(found(|r| drop(r.heard[1].1.remove(1))).contains("other: 5 is missing"));
        assert!(found(|r| drop(r.heard[0].1.pop())).contains("one: 7 is missing at the end"));
        assert!(found(|r| r.heard[0].1.clear()).contains("one: 4 is missing at the end"));
    }

    #[test]
    fn a_doubled_message_is_found_wherever_it_was_doubled() {
        let stored_again = |r: &mut Record| {
            let again = Message { id: MessageId(800), seq: Seq(8), ..r.history[0].clone() };
            r.history.push(again);
        };
        assert!(found(stored_again).contains("c-4 is stored twice"));
        assert!(found(|r| r.events.insert(2, r.events[1].clone())).contains("the sync endpoint: 5 came twice"));
        assert!(found(|r| r.heard[0].1.push(r.events[0].clone())).contains("one: 4 came twice"));
    }

    #[test]
    fn a_wrong_order_is_found_wherever_it_is() {
        assert!(found(|r| r.heard[1].1.swap(1, 2)).contains("other: 6 came before 5"));
        assert!(found(|r| r.events.swap(0, 1)).contains("the sync endpoint: 5 came before 4"));
        assert!(found(|r| r.history.swap(2, 3)).contains("the event is"));
        assert!(found(|r| r.said[0].swap(0, 1)).contains("c-4 has the place 4, but was said after 6"));
    }

    #[test]
    fn a_gap_between_positions_is_found() {
        let gap = |r: &mut Record| {
            r.history.remove(2);
            r.events.remove(2);
            r.heard.iter_mut().for_each(|(_, heard)| drop(heard.remove(2)));
            r.said[0].pop();
        };
        assert!(found(gap).contains("the sync endpoint: 7 is outside of 4..=6"));
    }

    #[test]
    fn what_nobody_said_or_nobody_was_told_is_found() {
        assert!(found(|r| drop(r.said[0].pop())).contains("nobody said what is stored"));
        assert!(found(|r| r.said[0][0].answers.clear()).contains("c-4 was never acknowledged"));
        assert!(found(|r| r.said[0][0].text.push('!')).contains("c-4 said \"text 4!\", stored is"));
    }

    #[test]
    fn an_answer_that_changes_is_found() {
        assert!(found(|r| r.said[1][0].answers[1].1 = Seq(9)).contains("c-5 was acknowledged as"));
        assert!(found(|r| r.said[1][0].answers = vec![(MessageId(1), Seq(5))]).contains("and is stored as"));
    }

    #[test]
    fn an_event_that_is_not_the_message_is_found() {
        let other = |events: &mut Vec<EventFrame>| {
            if let Event::MessageCreated(message) = &mut events[0].event {
                message.id = MessageId(1);
            }
        };
        assert!(found(|r| other(&mut r.events)).contains("the event is"));
        assert!(found(|r| other(&mut r.heard[0].1)).contains("one heard"));
    }
}
