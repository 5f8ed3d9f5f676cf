//! People and their chats.

use serde_json::json;
use shared_proto::chats::{
    Chat as ChatView, ChatCreated, ChatJoined, ChatList, LinkPreview, Member, Members, ReadMark,
};
use shared_proto::{ChatLink, Seq};

use super::Person;
use crate::{Answer, Chat, Doing};

impl Person {
    /// A new chat of theirs.
    pub async fn starts_a_chat(&self) -> Chat {
        let created: ChatCreated = self.client.post("/api/chats/", json!({})).await.expect(201).read();
        Chat { uri: created.uri }
    }

    /// A new chat of theirs, with a name.
    pub async fn starts_a_chat_called(&self, name: &str) -> Chat {
        let created: ChatCreated = self.client.post("/api/chats/", json!({"name": name})).await.expect(201).read();
        Chat { uri: created.uri }
    }

    /// Opens the chat of the two.
    pub fn opens_a_chat_with(&self, other: &Person) -> Doing<ChatView> {
        let call = self.client.call("POST", "/api/chats/direct/").json(json!({"username": other.name}));
        Doing::answered(call, &[200, 201])
    }

    /// The chat of the two.
    pub async fn direct_chat_with(&self, other: &Person) -> Chat {
        Chat { uri: self.opens_a_chat_with(other).await.uri }
    }

    /// The chat as they see it.
    pub fn looks_at(&self, chat: &Chat) -> Doing<ChatView> {
        Doing::answered(self.client.call("GET", &chat.path("")), &[200])
    }

    /// The chat's newest position.
    pub async fn position(&self, chat: &Chat) -> i64 {
        self.looks_at(chat).await.seq.0
    }

    /// All their chats, the latest first, page by page.
    pub async fn chats(&self) -> Vec<ChatView> {
        let mut chats: Vec<ChatView> = Vec::new();
        let mut before = None;
        loop {
            let query: Vec<(&str, &str)> = before.iter().map(|next: &String| ("before", next.as_str())).collect();
            let page = self.chats_by(&query).await;
            chats.extend(page.chats);
            match page.next {
                Some(next) => before = Some(next),
                None => return chats,
            }
        }
    }

    /// One page of their chats.
    pub fn chats_by(&self, query: &[(&str, &str)]) -> Doing<ChatList> {
        Doing::answered(self.client.call("GET", "/api/chats/").query(query), &[200])
    }

    /// Becomes a member, by the chat's link.
    pub async fn joins(&self, chat: &Chat) -> ChatJoined {
        self.adds(&self.name, chat).await.expect(200).read()
    }

    /// Becomes a member by any link.
    pub fn joins_by(&self, link: &ChatLink) -> Doing<ChatJoined> {
        let call = self.client.call("PATCH", &format!("/api/chats/{link}/")).json(json!({"username": self.name}));
        Doing::answered(call, &[200])
    }

    /// Looks at what is behind a link.
    pub fn previews(&self, link: &ChatLink) -> Doing<LinkPreview> {
        Doing::answered(self.client.call("GET", &format!("/api/links/{link}/")), &[200])
    }

    /// Makes somebody else a member.
    pub async fn invites(&self, other: &Person, chat: &Chat) -> ChatJoined {
        self.adds(&other.name, chat).await.expect(200).read()
    }

    /// Tries to make somebody a member.
    pub async fn adds(&self, username: &str, chat: &Chat) -> Answer {
        self.client.patch(&chat.path(""), json!({"username": username})).await
    }

    /// Goes.
    pub fn leaves(&self, chat: &Chat) -> Doing<()> {
        Doing::done(self.client.call("DELETE", &chat.path("members/me/")))
    }

    /// All members, page by page.
    pub async fn members_of(&self, chat: &Chat) -> Vec<Member> {
        let mut members: Vec<Member> = Vec::new();
        let mut after = None;
        loop {
            let query: Vec<(&str, &str)> = after.iter().map(|next: &String| ("after", next.as_str())).collect();
            let page = self.members_by(chat, &query).await;
            members.extend(page.members);
            match page.next {
                Some(next) => after = Some(next),
                None => return members,
            }
        }
    }

    /// One page of the members.
    pub fn members_by(&self, chat: &Chat, query: &[(&str, &str)]) -> Doing<Members> {
        Doing::answered(self.client.call("GET", &chat.path("members/")).query(query), &[200])
    }

    /// Has read everything up to there.
    pub fn has_read(&self, chat: &Chat, seq: i64) -> Doing<ReadMark> {
        Doing::answered(self.client.call("PUT", &chat.path("read/")).json(json!({"seq": seq})), &[200])
    }

    /// How far one has read, as chat-api knows it.
    pub async fn read_mark(&self, chat: &Chat) -> Seq {
        let view: ChatView = self.client.get(&chat.path("")).await.expect(200).read();
        view.read_seq
    }
}
