//! One of each who may ask chat-api for something, and the chat that they ask about.

use std::collections::BTreeMap;

use chatire_tests::{Answer, Chat, Client, Person, Sent, World, random_name};
use shared_proto::chats::{Chat as ChatView, Role};

use crate::authorization::Row;

/// People by what they are to the chat: `stranger`, `owner`, …
pub(crate) struct Cast {
    people: BTreeMap<&'static str, Person>,
}

/// Of [`Cast::of`], in the order in which they sign up.
const NAMES: [&str; 11] =
    ["stranger", "elsewhere", "left", "removed", "banned", "member", "member2", "admin", "admin2", "owner", "guest"];

impl Cast {
    /// Somebody for each name.
    pub(crate) async fn of(world: &World) -> Self {
        let mut people = BTreeMap::new();
        for name in NAMES {
            people.insert(name, world.signs_up(name).await);
        }
        Self::known(people).await
    }

    /// For where it matters little who is who: four people play everybody.
    pub(crate) async fn of_few(world: &World) -> Self {
        let (stranger, banned) = (world.signs_up("stranger").await, world.signs_up("banned").await);
        let (member, owner) = (world.signs_up("member").await, world.signs_up("owner").await);
        let played_by = |name: &str| match name {
            "owner" => &owner,
            "banned" => &banned,
            "member" | "member2" | "admin" | "admin2" => &member,
            _ => &stranger,
        };
        Self::known(NAMES.map(|name| (name, played_by(name).clone())).into()).await
    }

    /// The owner of another chat has said something there, and chat-api has heard of the guest, who can be banned so.
    async fn known(people: BTreeMap<&'static str, Person>) -> Self {
        let elsewhere = people["elsewhere"].starts_a_chat().await;
        people["elsewhere"].says("something else").in_chat(&elsewhere).await;
        people["guest"].starts_a_chat().await;
        Self { people }
    }

    pub(crate) fn of_name(&self, name: &str) -> &Person {
        &self.people[name]
    }
}

/// A chat in which everybody of the cast is what their name says.
#[derive(Clone)]
pub(crate) struct Scene {
    chat: Chat,
    /// Where calls look for it.
    address: String,
    name: String,
    word: String,
    /// What each has said there; of those who were never there, what the owner has.
    said: BTreeMap<&'static str, Sent>,
    /// As the owner saw it then.
    before: ChatView,
}

impl Scene {
    /// With everybody who was ever in it.
    pub(crate) async fn set(cast: &Cast) -> Self {
        Self::set_with(cast, &["admin", "admin2", "member", "member2", "left", "removed", "banned"]).await
    }

    /// With those that [`Cast::of_few`] has.
    pub(crate) async fn set_with_few(cast: &Cast) -> Self {
        Self::set_with(cast, &["member", "banned"]).await
    }

    /// With those that matter to a row when somebody calls, and otherwise only the owner.
    pub(crate) async fn set_for(cast: &Cast, asker: &'static str, row: &Row) -> Self {
        let (path, body) = (row.path(), row.body());
        let mut names = vec![asker];
        let is_named = |name: &str| [&path, &body].iter().any(|text| text.contains(&format!("{{{name}}}")));
        names.extend(NAMES.iter().filter(|name| **name != asker && is_named(name)));
        names.retain(|name| !["stranger", "elsewhere", "guest", "owner"].contains(name));
        Self::set_with(cast, &names).await
    }

    async fn set_with(cast: &Cast, names: &[&'static str]) -> Self {
        let owner = cast.of_name("owner");
        let (name, word) = (random_name("secretname"), random_name("secretword").replace('_', ""));
        let chat = owner.starts_a_chat_called(&name).await;
        let by_owner = owner.says(&format!("the {word}")).in_chat(&chat).await;
        let mut said: BTreeMap<_, _> = NAMES.map(|name| (name, by_owner.clone())).into();
        for name in names {
            let person = cast.of_name(name);
            owner.invites(person, &chat).await;
            said.insert(*name, person.says(&format!("{name} says the {word}")).in_chat(&chat).await);
            match *name {
                "admin" | "admin2" => drop(owner.makes(person, Role::Admin, &chat).await),
                "left" => person.leaves(&chat).await,
                "removed" => owner.removes(person, &chat).await,
                "banned" => drop(owner.bans(person, &chat).await),
                _ => {}
            }
        }
        let address = chat.uri.to_string();
        let before = owner.looks_at(&chat).await;
        Self { chat, address, name, word, said, before }
    }

    /// The row's call, as somebody of the cast makes it.
    pub(crate) async fn call(&self, cast: &Cast, asker: &'static str, row: &Row) -> Answer {
        self.calls(cast, asker, row.method(), &row.path(), &row.body()).await
    }

    /// A call with words in braces in its path and body.
    pub(crate) async fn calls(&self, cast: &Cast, asker: &str, method: &str, path: &str, body: &str) -> Answer {
        self.calls_with(cast.of_name(asker).client(), cast, asker, (method, path, body)).await
    }

    /// The row's call, as the owner would make it with a client that has another token.
    pub(crate) async fn call_with(&self, client: &Client, cast: &Cast, row: &Row) -> Answer {
        self.calls_with(client, cast, "owner", (row.method(), &row.path(), &row.body())).await
    }

    async fn calls_with(
        &self,
        client: &Client,
        cast: &Cast,
        asker: &str,
        (method, path, body): (&str, &str, &str),
    ) -> Answer {
        // In paths people are named by their ids, in bodies by their names.
        let path = self.filled(path, cast, asker, |person| person.id().to_string());
        let body = self.filled(body, cast, asker, |person| person.name().to_owned());
        let call = client.call(method, &path);
        if body.is_empty() { call.answer().await } else { call.body("application/json", body).answer().await }
    }

    fn filled(&self, template: &str, cast: &Cast, asker: &str, of: impl Fn(&Person) -> String) -> String {
        let mut filled = template
            .replace("{asker}", &of(cast.of_name(asker)))
            .replace("{me}", "me")
            .replace("{address}", &self.address)
            .replace("{word}", &self.word)
            .replace("{emoji}", "👍")
            .replace("{message}", &self.said["owner"].id.to_string())
            .replace("{own}", &self.said[asker].id.to_string());
        for (name, person) in &cast.people {
            filled = filled.replace(&format!("{{{name}}}"), &of(person));
        }
        filled
    }

    /// What nobody outside may learn of the chat by this call, which names people itself.
    pub(crate) fn words_that_are_not_for(&self, cast: &Cast, asker: &str, row: &Row) -> Vec<String> {
        let body = row.body();
        let others = cast.people.iter().filter(|(name, _)| **name != asker && !body.contains(&format!("{{{name}}}")));
        let names = others.map(|(_, person)| person.name().to_owned());
        names.chain([self.name.clone(), self.word.clone()]).collect()
    }

    /// The same people and words, but looked for somewhere else.
    pub(crate) fn at_the_address(&self, address: &str) -> Self {
        Self { address: address.to_owned(), ..self.clone() }
    }

    /// Panics when anything has happened.
    pub(crate) async fn is_as_it_was(&self, cast: &Cast) {
        let view = cast.of_name("owner").looks_at(&self.chat).await;
        let before = self.before.clone();
        assert_eq!(view.seq, before.seq, "something has happened");
        assert_eq!((view.name, view.link, view.members), (before.name, before.link, before.members));
        let bans = cast.of_name("owner").bans_by(&self.chat, &[]).await.bans;
        assert_eq!(bans.iter().map(|ban| ban.user.id).collect::<Vec<_>>(), [cast.of_name("banned").id()]);
    }

    pub(crate) async fn is_deleted(&self, cast: &Cast) {
        cast.of_name("owner").deletes_chat(&self.chat).await;
    }
}
