//! From a deed to a request and from its answer to what came of it; and reading everything there is to read.

use chatire_tests::{Answer, Chat, Person, Replica};
use serde_json::{Value, json};
use shared_proto::chats::{self, Ban, Bans, ChatJoined, ChatList, Link, Member, Members, ReadMark};
use shared_proto::event::{Event, EventFrame};
use shared_proto::messages::{EventsPage, History, Message, MessageSent};
use shared_proto::{MessageId, Seq};

use super::deeds::{Deed, Look, Nonsense, Part, Way, Which, Who};
use super::rules::{Done, Refusal, Rules};
use super::seen::Timeless;

/// Of no message.
const NONE: MessageId = MessageId((1 << 53) - 1);

struct Request {
    who: Who,
    method: &'static str,
    path: String,
    body: Option<Value>,
}

impl Request {
    /// `rest` comes after the chat's address.
    fn new(rules: &Rules, who: Who, method: &'static str, rest: &str, body: Value) -> Self {
        let path = Chat { uri: rules.uri.clone() }.path(rest);
        Self { who, method, path, body: (!body.is_null()).then_some(body) }
    }
}

/// Asks for it; nothing when there is nobody to ask (to say again what nobody said).
fn request(rules: &Rules, deed: &Deed, client_id: &str) -> Option<Request> {
    let message = |which: &Which| rules.number_of(*which).map_or(NONE, |number| rules.messages[number].id);
    let user = |who: &Who| rules.people[*who].id;
    let new = |who: &Who, method, rest: &str, body| Some(Request::new(rules, *who, method, rest, body));
    match deed {
        Deed::Say { who, words, answering } => {
            let mut body = json!({"message": rules.text(words), "client_id": client_id});
            if let Some(which) = answering {
                body["reply_to"] = json!(message(which));
            }
            new(who, "POST", "messages/", body)
        }
        Deed::SayAgain { which, the_same } => {
            let said = &rules.messages[rules.number_of(*which)?];
            let text = if *the_same { said.at_first.clone() } else { format!("not {}", said.at_first) };
            let mut body = json!({"message": text, "client_id": said.client_id});
            if let Some(other) = said.answering {
                body["reply_to"] = json!(rules.messages[other].id);
            }
            new(&said.who, "POST", "messages/", body)
        }
        Deed::Edit { who, which, words } => {
            new(who, "PATCH", &format!("messages/{}/", message(which)), json!({"message": rules.text(words)}))
        }
        Deed::Delete { who, which } => new(who, "DELETE", &format!("messages/{}/", message(which)), Value::Null),
        Deed::React { who, which, emoji } => {
            new(who, "PUT", &format!("messages/{}/reactions/{emoji}/", message(which)), Value::Null)
        }
        Deed::TakeBack { who, which, emoji } => {
            new(who, "DELETE", &format!("messages/{}/reactions/{emoji}/", message(which)), Value::Null)
        }
        Deed::Read { who, from_the_end } => new(who, "PUT", "read/", json!({"seq": rules.seq() - from_the_end})),
        Deed::ReadNothing { who } => new(who, "PUT", "read/", json!({"seq": 0})),
        Deed::Join { who, by } => {
            let link = match by {
                Way::Address => None,
                Way::Link => rules.link.as_ref(),
                Way::OldLink => rules.old_links.last(),
            };
            let address = link.map_or(rules.uri.as_str(), |link| link.as_str());
            let body = json!({"username": rules.people[*who].username});
            Some(Request { path: format!("/api/chats/{address}/"), ..new(who, "PATCH", "", body)? })
        }
        Deed::Invite { who, whom } => new(who, "PATCH", "", json!({"username": rules.people[*whom].username})),
        Deed::Leave { who } => new(who, "DELETE", "members/me/", Value::Null),
        Deed::Remove { who, whom } => new(who, "DELETE", &format!("members/{}/", user(whom)), Value::Null),
        Deed::Ban { who, whom } => new(who, "PUT", &format!("bans/{}/", user(whom)), Value::Null),
        Deed::LiftBan { who, whom } => new(who, "DELETE", &format!("bans/{}/", user(whom)), Value::Null),
        Deed::Name { who, name } => new(who, "PATCH", "", json!({"name": name})),
        Deed::GiveRole { who, whom, role } => {
            new(who, "PATCH", &format!("members/{}/", user(whom)), json!({"role": role}))
        }
        Deed::ChangeLink { who } => new(who, "POST", "link/", Value::Null),
        Deed::CloseLink { who } => new(who, "DELETE", "link/", Value::Null),
        Deed::Nonsense { who, kind } => match kind {
            Nonsense::EmptyMessage => new(who, "POST", "messages/", json!({"message": " \n"})),
            Nonsense::NoEmoji => new(who, "PUT", &format!("messages/{}/reactions/no/", message(&0)), Value::Null),
            Nonsense::NoRole => new(who, "PATCH", &format!("members/{}/", user(&0)), json!({"role": "king"})),
            Nonsense::NoChange => new(who, "PATCH", "", json!({})),
            Nonsense::ReadBelowZero => new(who, "PUT", "read/", json!({"seq": -1})),
        },
    }
}

/// The real people.
pub(super) struct Asking<'a> {
    pub(super) people: &'a [Person],
}

impl Asking<'_> {
    async fn ask(&self, who: Who, method: &str, path: &str, body: Option<Value>) -> Answer {
        // Each replica must know what the other one did.
        let replica = Replica::ALL[path.len() % 2];
        let call = self.people[who].client().over(replica).call(method, path);
        match body {
            Some(body) => call.json(body).answer().await,
            None => call.answer().await,
        }
    }

    /// Does it really and by the rules, and panics when they differ. Returns whether it was done, if it could be tried.
    pub(super) async fn does(&self, rules: &mut Rules, deed: &Deed, client_id: &str) -> Option<bool> {
        let Request { who, method, path, body } = request(rules, deed, client_id)?;
        let expected = rules.act(deed, client_id);
        let answer = self.ask(who, method, &path, body).await;
        match expected {
            Err((status, code)) => answer.refused(status, code),
            Ok(done) => check(rules, who, done, answer),
        }
        Some(expected.is_ok())
    }

    /// Reads as the rules say it must be, by one who may have no right to.
    pub(super) async fn looks(&self, rules: &Rules, look: &Look) {
        let who = look.who;
        self.sees_chat(rules, who).await;
        let seq = rules.look_at(look);
        let part = match look.part {
            Part::Newest => String::new(),
            Part::Before => format!("&before={seq}"),
            Part::After => format!("&after={seq}"),
            Part::Around => format!("&around={seq}"),
        };
        let page = self.get(rules, who, &format!("messages/?limit={}{part}", look.limit)).await;
        same(
            page,
            rules.history_for(look),
            |page: History| format!("{:?}", page.timeless()),
            |page| format!("{page:?}"),
        );
        let page = self.get(rules, who, &format!("events/?after={seq}")).await;
        same(
            page,
            rules.events_for(who, seq),
            |page: EventsPage| (page.seq, page.more, page.events.timeless()),
            |events| (Seq(rules.seq()), false, events),
        );
    }

    /// Everything, by everybody.
    pub(super) async fn looks_at_all(&self, rules: &Rules) {
        for who in 0..self.people.len() {
            self.sees_chat(rules, who).await;
            self.sees_in_list(rules, who).await;
            self.sees_members(rules, who).await;
            let bans = self.get(rules, who, "bans/?limit=100").await;
            same(bans, rules.bans_for(who), |page: Bans| page.bans.timeless(), |bans| bans);
            let page = self.get(rules, who, "messages/?limit=100").await;
            let all = Look { who, part: Part::Newest, seq: 0, limit: 100 };
            same(
                page,
                rules.history_for(&all),
                |page: History| format!("{:?}", page.timeless()),
                |page| format!("{page:?}"),
            );
            let events = self.get(rules, who, "events/?after=0").await;
            same(events, rules.events_for(who, 0), |page: EventsPage| page.events.timeless(), |events| events);
            if rules.member(who).is_ok() {
                self.sees_times(rules, who).await;
            }
        }
    }

    async fn get(&self, rules: &Rules, who: Who, rest: &str) -> Answer {
        let Request { path, .. } = Request::new(rules, who, "GET", rest, Value::Null);
        self.ask(who, "GET", &path, None).await
    }

    async fn sees_chat(&self, rules: &Rules, who: Who) {
        let chat = self.get(rules, who, "").await;
        // Chats can't be compared; what they print is all there is in them.
        let seen = |chat: chats::Chat| format!("{:#?}", chat.timeless());
        same(chat, rules.chat_for(who, false), seen, |chat| format!("{chat:#?}"));
    }

    /// Times go the way of positions, and a chat is as active as what was last said in it or who joined last.
    async fn sees_times(&self, rules: &Rules, who: Who) {
        let chat: chats::Chat = self.get(rules, who, "").await.expect(200).read();
        let EventsPage { events, .. } = self.get(rules, who, "events/?after=0").await.expect(200).read();
        assert!(events.is_sorted_by_key(|event| event.at), "{events:?}");
        let is_lively =
            |event: &&EventFrame| matches!(event.event, Event::MessageCreated(_) | Event::MemberJoined { .. });
        let last = events.iter().rev().find(is_lively).expect("somebody started it");
        assert_eq!(chat.active_at, last.at, "{events:?}");
        assert!(chat.created_at <= events[0].at, "{chat:?} began after {:?}", events[0]);
    }

    /// Nothing has happened in other chats since this one was started: it is the first in the list.
    async fn sees_in_list(&self, rules: &Rules, who: Who) {
        let list: ChatList = self.ask(who, "GET", "/api/chats/?limit=1", None).await.expect(200).read();
        let first = list.chats.into_iter().next().filter(|chat| chat.uri == rules.uri);
        let seen = first.map(|chat| format!("{:#?}", chat.timeless()));
        assert_eq!(seen, rules.chat_for(who, true).ok().map(|chat| format!("{chat:#?}")));
    }

    /// In pages of two.
    async fn sees_members(&self, rules: &Rules, who: Who) {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let answer = self.get(rules, who, &format!("members/?limit=2{after}")).await;
            if answer.status != 200 {
                return same(answer, rules.members_for(who), |page: Members| page.members, |members| members);
            }
            let page: Members = answer.read();
            seen.extend(page.members.timeless());
            match page.next {
                Some(next) => after = format!("&after={next}"),
                None => return assert_eq!(Ok(seen), rules.members_for(who)),
            }
        }
    }
}

/// Panics unless what came is what is expected, both brought into one form.
fn same<Read, Expected, Form>(
    answer: Answer,
    expected: Result<Expected, Refusal>,
    read: impl FnOnce(Read) -> Form,
    form: impl FnOnce(Expected) -> Form,
) where
    Read: serde::de::DeserializeOwned,
    Form: PartialEq + std::fmt::Debug,
{
    match expected {
        Err((status, code)) => answer.refused(status, code),
        Ok(expected) => assert_eq!(read(answer.expect(200).read()), form(expected)),
    }
}

fn check(rules: &mut Rules, who: Who, done: Done, answer: Answer) {
    match done {
        Done::Nothing => drop(answer.expect(204)),
        Done::Said(number, new) => {
            let sent: MessageSent = answer.expect(if new { 201 } else { 200 }).read();
            if new {
                assert!(rules.messages.iter().all(|said| said.id != sent.id), "{sent:?} is another message");
                rules.learn_id(sent.id);
            }
            let said = &rules.messages[number];
            let expected = (said.id, Seq(said.seq), said.at_first.as_str(), &rules.people[who], &rules.uri);
            assert_eq!((sent.id, sent.seq, sent.message.as_str(), &sent.user, &sent.uri), expected);
        }
        Done::Changed(number) => {
            let message: Message = answer.expect(200).read();
            assert_eq!(message.timeless(), rules.message_for(who, number));
        }
        Done::Read(seq) => assert_eq!(answer.expect(200).read::<ReadMark>(), ReadMark { seq: Seq(seq) }),
        Done::Joined(whom) => {
            let joined: ChatJoined = answer.expect(200).read();
            let members: Vec<_> = rules.members().iter().map(|member| rules.people[member.who].clone()).collect();
            assert_eq!(
                (joined.uri, joined.members, joined.user),
                (rules.uri.clone(), members, rules.people[whom].clone())
            );
        }
        Done::Named => {
            let chat: chats::Chat = answer.expect(200).read();
            let expected = rules.chat_for(who, false).expect("a member");
            assert_eq!(format!("{:#?}", chat.timeless()), format!("{expected:#?}"));
        }
        Done::Role(whom) => {
            let member: Member = answer.expect(200).read();
            assert_eq!(member.timeless(), rules.member_seen(whom));
        }
        Done::Banned(whom) => assert_eq!(answer.expect(200).read::<Ban>().timeless(), rules.ban_seen(whom)),
        Done::Link(there) => {
            let Link { link } = answer.expect(200).read();
            assert_eq!(link.is_some(), there);
            if let Some(link) = link {
                assert!(!rules.old_links.contains(&link), "{link} was a link before");
                rules.learn_link(link);
            }
        }
    }
}
