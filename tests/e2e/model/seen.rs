//! What the rules say that people see, in the words of the wire; and what came over the wire without what only the
//! system can know: times, and the chat's key.

use std::collections::BTreeSet;

use shared_proto::chats::{Ban, Chat, ChatKind, Member, Role};
use shared_proto::event::{Event, EventFrame};
use shared_proto::messages::{History, Mention, Message, Reaction};
use shared_proto::{ChatId, ClientId, MessageText, Seq, Timestamp, User};

use super::deeds::{Look, Part, Who};
use super::rules::{Happened, Refusal, Rules};

const KEY: ChatId = ChatId(0);
/// Beyond it, nobody counts.
const UNREAD: usize = 100;
/// Members in a list of chats.
const IN_LIST: usize = 10;

impl Rules {
    fn user(&self, who: Who) -> User {
        self.people[who].clone()
    }

    /// A message as an event tells it: as it is now, but without reactions.
    fn told(&self, number: usize) -> Message {
        let said = &self.messages[number];
        let text = (!said.deleted).then(|| MessageText::try_from(said.text.clone()).expect("a text"));
        Message {
            id: said.id,
            seq: Seq(said.seq),
            user: self.user(said.who),
            message: text,
            at: sometime(),
            client_id: Some(ClientId::try_from(said.client_id.clone()).expect("a client id")),
            reply_to: said.answering.map(|other| self.messages[other].id),
            edited_at: said.edited.then(sometime),
            deleted_at: said.deleted.then(sometime),
            mentions: self.mentions_of(number),
            reactions: Vec::new(),
        }
    }

    fn mentions_of(&self, number: usize) -> Vec<Mention> {
        let mention = |who: &Who| Mention { id: self.people[*who].id, username: self.people[*who].username.clone() };
        self.messages[number].mentions.iter().map(mention).collect()
    }

    /// A message as somebody sees it.
    pub(super) fn message_for(&self, viewer: Who, number: usize) -> Message {
        let mut reactions: Vec<Reaction> = Vec::new();
        for (emoji, who) in &self.messages[number].reactions {
            let place = reactions.iter().position(|reaction| reaction.emoji == *emoji).unwrap_or_else(|| {
                reactions.push(Reaction { emoji: emoji.clone(), count: 0, users: Vec::new(), mine: false });
                reactions.len() - 1
            });
            let reaction = &mut reactions[place];
            reaction.count += 1;
            reaction.users.push(self.people[*who].id);
            reaction.mine |= *who == viewer;
        }
        Message { reactions, ..self.told(number) }
    }

    /// The chat as somebody sees it, alone or in their list.
    pub(super) fn chat_for(&self, viewer: Who, in_list: bool) -> Result<Chat, Refusal> {
        let me = self.member(viewer)?;
        let unread: Vec<_> =
            self.messages.iter().filter(|said| said.seq > me.read && said.who != viewer && !said.deleted).collect();
        let naming_me = unread.iter().filter(|said| said.mentions.contains(&viewer));
        let shown = if in_list { IN_LIST } else { usize::MAX };
        Ok(Chat {
            uri: self.uri.clone(),
            kind: ChatKind::Group,
            name: self.name.clone(),
            link: self.link.clone(),
            role: me.role,
            seq: Seq(self.seq()),
            read_seq: Seq(me.read),
            unread: unread.len().min(UNREAD) as i32,
            mentions: naming_me.count().min(UNREAD) as i32,
            last_message: self.messages.len().checked_sub(1).map(|last| self.message_for(viewer, last)),
            members: self.members().iter().take(shown).map(|member| self.user(member.who)).collect(),
            member_count: self.members().len() as i32,
            created_at: sometime(),
            active_at: sometime(),
        })
    }

    /// Everybody in the chat, in order.
    pub(super) fn members_for(&self, viewer: Who) -> Result<Vec<Member>, Refusal> {
        self.member(viewer)?;
        Ok(self.members().iter().map(|member| self.member_seen(member.who)).collect())
    }

    pub(super) fn member_seen(&self, who: Who) -> Member {
        let member = self.member(who).expect("a member");
        Member { user: self.user(who), role: member.role, read_seq: Seq(member.read), joined_at: sometime() }
    }

    /// By user id.
    pub(super) fn bans_for(&self, viewer: Who) -> Result<Vec<Ban>, Refusal> {
        self.ranked(viewer, Role::Admin)?;
        let mut bans: Vec<Ban> = self.bans.keys().map(|who| self.ban_seen(*who)).collect();
        bans.sort_by_key(|ban| ban.user.id);
        Ok(bans)
    }

    pub(super) fn ban_seen(&self, who: Who) -> Ban {
        Ban { user: self.user(who), by: self.user(self.bans[&who]), at: sometime() }
    }

    /// A page of history: a slice of the messages.
    pub(super) fn history_for(&self, look: &Look) -> Result<History, Refusal> {
        let seqs: Vec<i64> = self.messages.iter().map(|said| said.seq).collect();
        if !(1..=100).contains(&look.limit) {
            return Err((400, shared_proto::ErrorCode::ValidationFailed));
        }
        self.member(look.who)?;
        let (limit, seq) = (look.limit as usize, self.look_at(look));
        let below = seqs.partition_point(|other| *other < seq);
        let up_to = seqs.partition_point(|other| *other <= seq);
        let older = |end: usize, limit: usize| (end.saturating_sub(limit), end);
        let newer = |start: usize, limit: usize| (start, (start + limit).min(seqs.len()));
        let (start, end) = match look.part {
            Part::Newest => older(seqs.len(), limit),
            Part::Before => older(below, limit),
            Part::After => newer(up_to, limit),
            Part::Around => (older(up_to, limit - limit / 2).0, newer(up_to, limit / 2).1),
        };
        let first = (start > 0 && start < end).then(|| Seq(seqs[start]));
        // With room for nothing behind it, one goes on right behind the position.
        let last = (end < seqs.len()).then(|| Seq(if end > up_to { seqs[end - 1] } else { seq }));
        let (previous, next) = match look.part {
            Part::Newest | Part::Before => (None, first),
            Part::After => (None, last),
            Part::Around => (first.filter(|_| start < up_to), last),
        };
        let answered: BTreeSet<usize> = (start..end).filter_map(|number| self.messages[number].answering).collect();
        let see = |number: usize| self.message_for(look.who, number);
        Ok(History {
            id: KEY,
            uri: self.uri.clone(),
            seq: Seq(self.seq()),
            messages: (start..end).map(see).collect(),
            answered: answered.into_iter().filter(|number| !(start..end).contains(number)).map(see).collect(),
            next,
            previous,
        })
    }

    /// The position that is meant: one of the chat's, one before or one behind it.
    pub(super) fn look_at(&self, look: &Look) -> i64 {
        look.seq % (self.seq() + 2)
    }

    /// The events after a position.
    pub(super) fn events_for(&self, viewer: Who, after: i64) -> Result<Vec<EventFrame>, Refusal> {
        self.member(viewer)?;
        let frame = |(index, happened): (usize, &Happened)| EventFrame {
            r#type: Default::default(),
            chat: self.uri.clone(),
            seq: Seq(index as i64 + 1),
            at: sometime(),
            event: self.event(happened),
        };
        Ok(self.events.iter().enumerate().skip(after as usize).map(frame).collect())
    }

    /// What is told of it from now on: never what was taken back.
    fn event(&self, happened: &Happened) -> Event {
        let place = |number: usize| (self.messages[number].id, Seq(self.messages[number].seq));
        match happened.clone() {
            Happened::Said(number) => Event::MessageCreated(self.told(number)),
            Happened::Edited(number) => {
                let Message { id, seq: of, message, mentions, .. } = self.told(number);
                Event::MessageEdited { id, of, message, mentions }
            }
            Happened::Deleted(number, by) => {
                let (id, of) = place(number);
                Event::MessageDeleted { id, of, by: self.user(by) }
            }
            Happened::Reacted(number, who, emoji) => {
                let (id, of) = place(number);
                Event::ReactionAdded { id, of, user: self.user(who), emoji }
            }
            Happened::TookBack(number, who, emoji) => {
                let (id, of) = place(number);
                Event::ReactionRemoved { id, of, user: self.user(who), emoji }
            }
            Happened::Joined(who, by) => Event::MemberJoined { user: self.user(who), by: by.map(|by| self.user(by)) },
            Happened::Left(who) => Event::MemberLeft { user: self.user(who) },
            Happened::Removed { whom, by, banned } => {
                Event::MemberRemoved { user: self.user(whom), by: self.user(by), banned }
            }
            Happened::Role { whom, role, by } => Event::MemberRole { user: self.user(whom), role, by: self.user(by) },
            Happened::Named(name, by) => Event::ChatRenamed { name, by: self.user(by) },
            Happened::Link(link, by) => Event::ChatLink { link, by: self.user(by) },
            Happened::Ended(by) => Event::ChatDeleted { by: self.user(by) },
        }
    }
}

/// In the place of every time.
fn sometime() -> Timestamp {
    Timestamp::from_micros(0)
}

/// Something that came over the wire, without its times and keys.
pub(super) trait Timeless {
    #[must_use]
    fn timeless(self) -> Self;
}

impl Timeless for Message {
    fn timeless(self) -> Self {
        let (edited_at, deleted_at) = (self.edited_at.map(|_| sometime()), self.deleted_at.map(|_| sometime()));
        Self { at: sometime(), edited_at, deleted_at, ..self }
    }
}

impl Timeless for EventFrame {
    fn timeless(self) -> Self {
        let event = match self.event {
            Event::MessageCreated(message) => Event::MessageCreated(message.timeless()),
            other => other,
        };
        Self { at: sometime(), event, ..self }
    }
}

impl Timeless for Chat {
    fn timeless(self) -> Self {
        let last_message = self.last_message.map(Timeless::timeless);
        Self { last_message, created_at: sometime(), active_at: sometime(), ..self }
    }
}

impl Timeless for History {
    fn timeless(self) -> Self {
        let (messages, answered) = (self.messages.timeless(), self.answered.timeless());
        Self { id: KEY, messages, answered, ..self }
    }
}

impl Timeless for Member {
    fn timeless(self) -> Self {
        Self { joined_at: sometime(), ..self }
    }
}

impl Timeless for Ban {
    fn timeless(self) -> Self {
        Self { at: sometime(), ..self }
    }
}

impl<T: Timeless> Timeless for Vec<T> {
    fn timeless(self) -> Self {
        self.into_iter().map(Timeless::timeless).collect()
    }
}
