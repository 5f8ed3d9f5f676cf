//! A chat as simple as it can be: lists in memory, and what each deed does to them.

mod members;
mod messages;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use shared_proto::chats::Role;
use shared_proto::{ChatLink, ChatName, ChatUri, Emoji, ErrorCode, MessageId, User};

use super::deeds::{Deed, Way, Which, Who};

/// Status and code.
pub(super) type Refusal = (u16, ErrorCode);

/// What came of a deed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// 204.
    Nothing,
    /// The number of the message, and whether it is new.
    Said(usize, bool),
    /// The number of the message.
    Changed(usize),
    /// How far one has read.
    Read(i64),
    Joined(Who),
    Named,
    Role(Who),
    Banned(Who),
    /// Another one, or none.
    Link(bool),
}

#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) who: Who,
    pub(super) role: Role,
    pub(super) read: i64,
    /// Counts up with every joining.
    joined: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) id: MessageId,
    pub(super) seq: i64,
    pub(super) who: Who,
    pub(super) client_id: String,
    pub(super) at_first: String,
    pub(super) text: String,
    pub(super) answering: Option<usize>,
    pub(super) edited: bool,
    pub(super) deleted: bool,
    pub(super) mentions: Vec<Who>,
    /// In the order they came.
    pub(super) reactions: Vec<(Emoji, Who)>,
}

/// What happened, in the order of positions. Messages are named by their numbers.
#[derive(Clone, Debug)]
pub(super) enum Happened {
    Said(usize),
    Edited(usize),
    Deleted(usize, Who),
    Reacted(usize, Who, Emoji),
    TookBack(usize, Who, Emoji),
    Joined(Who, Option<Who>),
    Left(Who),
    Removed { whom: Who, by: Who, banned: bool },
    Role { whom: Who, role: Role, by: Who },
    Named(Option<ChatName>, Who),
    Link(Option<ChatLink>, Who),
    Ended(Who),
}

pub(super) struct Rules {
    pub(super) people: Vec<User>,
    pub(super) uri: ChatUri,
    pub(super) name: Option<ChatName>,
    pub(super) link: Option<ChatLink>,
    pub(super) old_links: Vec<ChatLink>,
    members: Vec<Member>,
    /// By whom.
    pub(super) bans: BTreeMap<Who, Who>,
    pub(super) messages: Vec<Said>,
    pub(super) events: Vec<Happened>,
    ended: bool,
    joins: usize,
}

const GONE: Refusal = (404, ErrorCode::ChatNotFound);
const STRANGER: Refusal = (403, ErrorCode::NotAMember);
const FORBIDDEN: Refusal = (403, ErrorCode::Forbidden);
const BANNED: Refusal = (403, ErrorCode::Banned);
const NO_MESSAGE: Refusal = (404, ErrorCode::MessageNotFound);
const INVALID: Refusal = (400, ErrorCode::ValidationFailed);

impl Rules {
    /// The first of the people has started the chat.
    pub(super) fn of_new_chat(uri: ChatUri, people: Vec<User>) -> Self {
        let link = Some(uri.as_str().parse().expect("a chat's address is its first link"));
        let mut chat = Self {
            people,
            uri,
            name: None,
            link,
            old_links: Vec::new(),
            members: Vec::new(),
            bans: BTreeMap::new(),
            messages: Vec::new(),
            events: Vec::new(),
            ended: false,
            joins: 0,
        };
        chat.add(0, None);
        chat.members[0].role = Role::Owner;
        chat
    }

    pub(super) fn seq(&self) -> i64 {
        self.events.len() as i64
    }

    /// The owner first, then admins, then by time of joining.
    pub(super) fn members(&self) -> Vec<&Member> {
        let mut members: Vec<&Member> = self.members.iter().collect();
        members.sort_by_key(|member| (Reverse(member.role), member.joined));
        members
    }

    pub(super) fn number_of(&self, which: Which) -> Option<usize> {
        (!self.messages.is_empty()).then(|| which % self.messages.len())
    }

    pub(super) fn by_the_right_one(&self, deed: &Deed) -> Deed {
        let sender_of = |which| self.number_of(which).map(|number| self.messages[number].who);
        deed.clone().by_the_right_one(sender_of, self.members().first().map(|owner| owner.who))
    }

    /// What somebody is in the chat.
    pub(super) fn member(&self, who: Who) -> Result<&Member, Refusal> {
        if self.ended {
            return Err(GONE);
        }
        self.members.iter().find(|member| member.who == who).ok_or(STRANGER)
    }

    /// One of those who may do at least what this role may do.
    pub(super) fn ranked(&self, who: Who, least: Role) -> Result<Role, Refusal> {
        let role = self.member(who)?.role;
        if role >= least { Ok(role) } else { Err(FORBIDDEN) }
    }

    fn message(&self, which: Which) -> Result<usize, Refusal> {
        self.number_of(which).ok_or(NO_MESSAGE)
    }

    fn undeleted(&self, which: Which) -> Result<usize, Refusal> {
        let number = self.message(which)?;
        if self.messages[number].deleted { Err(NO_MESSAGE) } else { Ok(number) }
    }

    /// Does it, or refuses it without doing anything. `client_id` is for what is said; ids and links are told later, by
    /// [`Rules::learn_id`] and [`Rules::learn_link`].
    pub(super) fn act(&mut self, deed: &Deed, client_id: &str) -> Result<Done, Refusal> {
        match deed {
            Deed::Say { who, words, answering } => self.say(*who, words, *answering, client_id),
            Deed::SayAgain { which, the_same } => {
                let number = self.message(*which)?;
                self.member(self.messages[number].who)?;
                if *the_same { Ok(Done::Said(number, false)) } else { Err((409, ErrorCode::IdempotencyConflict)) }
            }
            Deed::Edit { who, which, words } => self.edit(*who, *which, words),
            Deed::Delete { who, which } => self.delete(*who, *which),
            Deed::React { who, which, emoji } => self.react(*who, *which, emoji, true),
            Deed::TakeBack { who, which, emoji } => self.react(*who, *which, emoji, false),
            Deed::Read { who, from_the_end } => self.read(*who, self.seq() - from_the_end),
            Deed::ReadNothing { who } => self.read(*who, 0),
            Deed::Join { who, by } => self.join(*who, *by),
            Deed::Invite { who, whom } if who == whom => self.join(*who, Way::Address),
            Deed::Invite { who, whom } => self.invite(*who, *whom),
            Deed::Leave { who } => self.leave(*who),
            Deed::Remove { who, whom } if who == whom => self.leave(*who),
            Deed::Remove { who, whom } => self.remove(*who, *whom),
            Deed::Ban { who, whom } => self.ban(*who, *whom),
            Deed::LiftBan { who, whom } => {
                self.ranked(*who, Role::Admin)?;
                self.bans.remove(whom);
                Ok(Done::Nothing)
            }
            Deed::Name { who, name } => self.rename(*who, *name),
            Deed::GiveRole { who, whom, role } => self.give_role(*who, *whom, *role),
            Deed::ChangeLink { who } => {
                self.ranked(*who, Role::Admin)?;
                self.old_links.extend(self.link.take());
                self.events.push(Happened::Link(None, *who));
                Ok(Done::Link(true))
            }
            Deed::CloseLink { who } => {
                self.ranked(*who, Role::Admin)?;
                if let Some(link) = self.link.take() {
                    self.old_links.push(link);
                    self.events.push(Happened::Link(None, *who));
                }
                Ok(Done::Link(false))
            }
            Deed::Nonsense { .. } => Err(INVALID),
        }
    }

    /// The id that the newest message was given.
    pub(super) fn learn_id(&mut self, id: MessageId) {
        self.messages.last_mut().expect("it was just said").id = id;
    }

    /// The link that the chat was given by the newest event.
    pub(super) fn learn_link(&mut self, new: ChatLink) {
        if let Some(Happened::Link(link, _)) = self.events.last_mut() {
            *link = Some(new.clone());
            self.link = Some(new);
        }
    }

    fn member_mut(&mut self, who: Who) -> &mut Member {
        self.members.iter_mut().find(|member| member.who == who).expect("a member")
    }
}
