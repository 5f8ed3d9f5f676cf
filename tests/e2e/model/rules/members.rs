//! Who comes and goes, and who may do what.

use shared_proto::chats::Role;
use shared_proto::{ChatName, ErrorCode};

use super::super::deeds::{Way, Who};
use super::{BANNED, Done, FORBIDDEN, GONE, Happened, INVALID, Member, Refusal, Rules};

impl Rules {
    pub(super) fn join(&mut self, who: Who, by: Way) -> Result<Done, Refusal> {
        let by_link = match by {
            Way::Address => self.link.as_ref().is_some_and(|link| link.as_str() == self.uri.as_str()),
            Way::Link => self.link.is_some(),
            Way::OldLink => match self.old_links.last() {
                // An address stays one.
                Some(old) if old.as_str() != self.uri.as_str() => return Err(GONE),
                _ => self.link.as_ref().is_some_and(|link| link.as_str() == self.uri.as_str()),
            },
        };
        match self.member(who) {
            Ok(_) => return Ok(Done::Joined(who)),
            Err(GONE) => return Err(GONE),
            Err(_) if self.bans.contains_key(&who) => return Err(BANNED),
            Err(_) if !by_link => return Err((403, ErrorCode::LinkClosed)),
            Err(_) => self.add(who, None),
        }
        Ok(Done::Joined(who))
    }

    pub(super) fn invite(&mut self, who: Who, whom: Who) -> Result<Done, Refusal> {
        self.member(who)?;
        if self.bans.contains_key(&whom) {
            return Err(BANNED);
        }
        if self.member(whom).is_err() {
            self.add(whom, Some(who));
        }
        Ok(Done::Joined(whom))
    }

    /// One has missed nothing of what was there before.
    pub(super) fn add(&mut self, who: Who, by: Option<Who>) {
        self.events.push(Happened::Joined(who, by));
        self.joins += 1;
        self.members.push(Member { who, role: Role::Member, read: self.seq(), joined: self.joins });
    }

    pub(super) fn leave(&mut self, who: Who) -> Result<Done, Refusal> {
        if self.member(who)?.role == Role::Owner {
            match self.members().get(1).map(|heir| heir.who) {
                Some(heir) => self.set_role(heir, Role::Owner, who),
                None => {
                    self.events.push(Happened::Ended(who));
                    self.ended = true;
                    return Ok(Done::Nothing);
                }
            }
        }
        self.members.retain(|member| member.who != who);
        self.events.push(Happened::Left(who));
        Ok(Done::Nothing)
    }

    pub(super) fn remove(&mut self, who: Who, whom: Who) -> Result<Done, Refusal> {
        let role = self.ranked(who, Role::Admin)?;
        let other = self.member(whom).map_err(|_| (404, ErrorCode::MemberNotFound))?;
        if role <= other.role {
            return Err(FORBIDDEN);
        }
        self.take_away(whom, who, false);
        Ok(Done::Nothing)
    }

    pub(super) fn ban(&mut self, who: Who, whom: Who) -> Result<Done, Refusal> {
        let role = self.ranked(who, Role::Admin)?;
        if who == whom {
            return Err(INVALID);
        }
        if let Ok(other) = self.member(whom) {
            if role <= other.role {
                return Err(FORBIDDEN);
            }
            self.take_away(whom, who, true);
        }
        self.bans.entry(whom).or_insert(who);
        Ok(Done::Banned(whom))
    }

    fn take_away(&mut self, whom: Who, by: Who, banned: bool) {
        self.members.retain(|member| member.who != whom);
        self.events.push(Happened::Removed { whom, by, banned });
    }

    pub(super) fn rename(&mut self, who: Who, name: Option<&str>) -> Result<Done, Refusal> {
        self.ranked(who, Role::Admin)?;
        let name = name.map(|name| ChatName::try_from(name.to_owned()).expect("a name"));
        if self.name != name {
            self.name.clone_from(&name);
            self.events.push(Happened::Named(name, who));
        }
        Ok(Done::Named)
    }

    pub(super) fn give_role(&mut self, who: Who, whom: Who, role: Role) -> Result<Done, Refusal> {
        self.ranked(who, Role::Owner)?;
        let before = self.member(whom).map_err(|_| (404, ErrorCode::MemberNotFound))?.role;
        if before != role {
            if who == whom {
                return Err(INVALID);
            }
            if role == Role::Owner {
                self.set_role(who, Role::Admin, who);
            }
            self.set_role(whom, role, who);
        }
        Ok(Done::Role(whom))
    }

    fn set_role(&mut self, whom: Who, role: Role, by: Who) {
        self.member_mut(whom).role = role;
        self.events.push(Happened::Role { whom, role, by });
    }
}
