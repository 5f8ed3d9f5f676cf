//! What admins and owners do to a chat and the people in it.

use serde_json::json;
use shared_proto::chats::{Ban, Bans, Chat as ChatView, Link, Member, Role};

use super::Person;
use crate::{Chat, Doing};

impl Person {
    /// Names the chat, or takes its name away.
    pub fn renames(&self, chat: &Chat, name: Option<&str>) -> Doing<ChatView> {
        Doing::answered(self.client.call("PATCH", &chat.path("")).json(json!({"name": name})), &[200])
    }

    /// Gives the chat another link.
    pub fn changes_the_link_of(&self, chat: &Chat) -> Doing<Link> {
        Doing::answered(self.client.call("POST", &chat.path("link/")), &[200])
    }

    /// Takes the chat's link away.
    pub fn closes_the_link_of(&self, chat: &Chat) -> Doing<Link> {
        Doing::answered(self.client.call("DELETE", &chat.path("link/")), &[200])
    }

    /// Gives somebody a role.
    pub fn makes(&self, other: &Person, role: Role, chat: &Chat) -> Doing<Member> {
        let call = self.client.call("PATCH", &chat.path_of_member(other)).json(json!({"role": role}));
        Doing::answered(call, &[200])
    }

    /// Takes somebody out.
    pub fn removes(&self, other: &Person, chat: &Chat) -> Doing<()> {
        Doing::done(self.client.call("DELETE", &chat.path_of_member(other)))
    }

    /// Shuts somebody out.
    pub fn bans(&self, other: &Person, chat: &Chat) -> Doing<Ban> {
        Doing::answered(self.client.call("PUT", &chat.path(&format!("bans/{}/", other.id()))), &[200])
    }

    /// Lets somebody come back.
    pub fn unbans(&self, other: &Person, chat: &Chat) -> Doing<()> {
        Doing::done(self.client.call("DELETE", &chat.path(&format!("bans/{}/", other.id()))))
    }

    /// One page of those who may not come back.
    pub fn bans_by(&self, chat: &Chat, query: &[(&str, &str)]) -> Doing<Bans> {
        Doing::answered(self.client.call("GET", &chat.path("bans/")).query(query), &[200])
    }

    /// Ends the chat for everybody.
    pub fn deletes_chat(&self, chat: &Chat) -> Doing<()> {
        Doing::done(self.client.call("DELETE", &chat.path("")))
    }
}
