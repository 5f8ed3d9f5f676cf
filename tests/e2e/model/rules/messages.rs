//! Saying things, taking them back, and reading them.

use shared_proto::chats::Role;
use shared_proto::{Emoji, MessageId};

use super::super::deeds::{Which, Who, Word};
use super::{Done, FORBIDDEN, Happened, INVALID, Member, Refusal, Rules, Said};

impl Rules {
    pub(in super::super) fn text(&self, words: &[Word]) -> String {
        let name = |who: &Who| self.people[*who].username.as_str();
        let word = |word: &Word| match word {
            Word::Plain(text) => (*text).to_owned(),
            Word::Mention(who) => format!("@{}", name(who)),
            Word::LoudMention(who) => format!("@{}", name(who).to_uppercase()),
            Word::MentionWithComma(who) => format!("@{},", name(who)),
            Word::Address(who) => format!("mail@{}", name(who)),
        };
        words.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    /// Only members can be mentioned.
    fn mentions(&self, words: &[Word]) -> Vec<Who> {
        let mentioned = |member: &&Member| {
            words.iter().any(|word| match word {
                Word::Mention(who) | Word::LoudMention(who) | Word::MentionWithComma(who) => *who == member.who,
                Word::Plain(_) | Word::Address(_) => false,
            })
        };
        let mut mentions: Vec<Who> = self.members.iter().filter(mentioned).map(|member| member.who).collect();
        mentions.sort_by_key(|who| self.people[*who].id);
        mentions
    }

    pub(super) fn say(
        &mut self,
        who: Who,
        words: &[Word],
        answering: Option<Which>,
        client_id: &str,
    ) -> Result<Done, Refusal> {
        self.member(who)?;
        let answering = answering.map(|which| self.undeleted(which)).transpose()?;
        let number = self.messages.len();
        self.events.push(Happened::Said(number));
        let (seq, text) = (self.seq(), self.text(words));
        self.messages.push(Said {
            id: MessageId(0),
            seq,
            who,
            client_id: client_id.to_owned(),
            at_first: text.clone(),
            text,
            answering,
            edited: false,
            deleted: false,
            mentions: self.mentions(words),
            reactions: Vec::new(),
        });
        self.member_mut(who).read = seq;
        Ok(Done::Said(number, true))
    }

    pub(super) fn edit(&mut self, who: Who, which: Which, words: &[Word]) -> Result<Done, Refusal> {
        self.member(who)?;
        let number = self.undeleted(which)?;
        let (text, mentions) = (self.text(words), self.mentions(words));
        let said = &mut self.messages[number];
        if said.who != who {
            return Err(FORBIDDEN);
        }
        if said.text != text {
            (said.text, said.mentions, said.edited) = (text, mentions, true);
            self.events.push(Happened::Edited(number));
        }
        Ok(Done::Changed(number))
    }

    pub(super) fn delete(&mut self, who: Who, which: Which) -> Result<Done, Refusal> {
        let role = self.member(who)?.role;
        let number = self.message(which)?;
        let said = &mut self.messages[number];
        if said.who != who && role < Role::Admin {
            return Err(FORBIDDEN);
        }
        if !said.deleted {
            said.deleted = true;
            said.mentions.clear();
            said.reactions.clear();
            self.events.push(Happened::Deleted(number, who));
        }
        Ok(Done::Nothing)
    }

    pub(super) fn react(&mut self, who: Who, which: Which, emoji: &str, add: bool) -> Result<Done, Refusal> {
        self.member(who)?;
        let number = if add { self.undeleted(which)? } else { self.message(which)? };
        let emoji = Emoji::try_from(emoji.to_owned()).expect("an emoji");
        let reactions = &mut self.messages[number].reactions;
        let place = reactions.iter().position(|reaction| *reaction == (emoji.clone(), who));
        match (place, add) {
            (None, true) => {
                reactions.push((emoji.clone(), who));
                self.events.push(Happened::Reacted(number, who, emoji));
            }
            (Some(place), false) => {
                reactions.remove(place);
                self.events.push(Happened::TookBack(number, who, emoji));
            }
            (Some(_), true) | (None, false) => {}
        }
        Ok(Done::Nothing)
    }

    pub(super) fn read(&mut self, who: Who, seq: i64) -> Result<Done, Refusal> {
        if seq < 0 {
            return Err(INVALID);
        }
        let read = self.member(who)?.read.max(seq.min(self.seq()));
        self.member_mut(who).read = read;
        Ok(Done::Read(read))
    }
}
