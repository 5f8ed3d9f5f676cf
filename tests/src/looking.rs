//! What a client sees of the chat it looks at.

use std::collections::BTreeSet;

use serde_json::json;
use shared_proto::frames::Mark;
use shared_proto::{Seq, UserId};

use crate::{Chat, Person, Seen, Socket};

impl Socket {
    /// Looks at a chat, and waits until told who is there.
    pub async fn looks_at(&self, chat: &Chat) {
        let before = self.seen().count("presence");
        self.focuses(Some(chat)).await;
        let told = |seen: &Seen| seen.frames_of("presence", chat).skip(before).any(|frame| frame["whole"] == true);
        self.until("who is there", |seen| told(seen).then_some(())).await;
    }

    /// Looks at a chat, or at none.
    pub async fn focuses(&self, chat: Option<&Chat>) {
        self.sends(json!({"type": "focus", "chat": chat.map(|chat| &chat.uri)})).await;
    }

    /// Says once that one is writing.
    pub async fn types_in(&self, chat: &Chat) {
        self.sends(json!({"type": "typing", "chat": chat.uri})).await;
    }

    /// Moves one's read mark.
    pub async fn reads_up_to(&self, chat: &Chat, seq: Seq) {
        self.sends(json!({"type": "read", "chat": chat.uri, "seq": seq})).await;
    }

    /// Waits until somebody is seen writing.
    pub async fn sees_typing(&self, person: &Person, chat: &Chat) {
        let what = format!("{} types", person.name());
        self.until(&what, |seen| seen.has_typed(person, chat).then_some(())).await;
    }

    /// Waits until somebody's mark is seen at this position.
    pub async fn sees_read(&self, person: &Person, chat: &Chat, seq: Seq) {
        let mark = Mark { user: person.id(), seq };
        self.until(&format!("{mark:?}"), |seen| seen.marks_of(chat).contains(&mark).then_some(())).await;
    }

    /// Waits until just these are seen online.
    pub async fn sees_online(&self, people: &[&Person], chat: &Chat) {
        let wanted: BTreeSet<UserId> = people.iter().map(|person| person.id()).collect();
        let what = format!("just these are online: {wanted:?}");
        // Longer than a lease: a gateway may just have died.
        let deadline = std::time::Duration::from_secs(45);
        self.until_within(deadline, &what, |seen| (seen.online_in(chat) == wanted).then_some(())).await;
    }
}

impl Seen {
    /// Whether somebody was seen writing.
    pub fn has_typed(&self, person: &Person, chat: &Chat) -> bool {
        self.frames_of("typing", chat).any(|frame| frame["user"] == json!(person.id()))
    }

    /// All marks that were told.
    pub fn marks_of(&self, chat: &Chat) -> Vec<Mark> {
        let marks = self.frames_of("read", chat).map(|frame| serde_json::from_value(frame["marks"].clone()));
        marks.flat_map(|marks: serde_json::Result<Vec<Mark>>| marks.expect("marks")).collect()
    }

    /// Who is online by what was told.
    pub fn online_in(&self, chat: &Chat) -> BTreeSet<UserId> {
        let mut online = BTreeSet::new();
        for frame in self.frames_of("presence", chat) {
            let users = |field: &str| -> Vec<UserId> { serde_json::from_value(frame[field].clone()).expect(field) };
            if frame["whole"] == true {
                online.clear();
            }
            online.extend(users("online"));
            let offline = users("offline");
            online.retain(|user| !offline.contains(user));
        }
        online
    }

    fn frames_of(&self, kind: &str, chat: &Chat) -> impl Iterator<Item = &serde_json::Value> {
        self.frames.iter().filter(move |f| f.kind() == kind && f.json["chat"] == chat.uri.as_str()).map(|f| &f.json)
    }
}
