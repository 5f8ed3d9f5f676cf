//! People and what is said.

use serde_json::json;
use shared_proto::event::EventFrame;
use shared_proto::messages::{EventsPage, History, Message, SearchPage};

use super::Person;
use crate::{Chat, Doing, Saying, Sent};

impl Person {
    /// Something to be said over HTTP.
    pub fn says(&self, text: &str) -> Saying<'_, Self> {
        Saying::new(self, text)
    }

    /// Changes what was said.
    pub fn edits(&self, sent: &Sent, text: &str) -> Doing<Message> {
        Doing::answered(self.client.call("PATCH", &sent.path("")).json(json!({"message": text})), &[200])
    }

    /// Takes back what was said.
    pub fn deletes(&self, sent: &Sent) -> Doing<()> {
        Doing::done(self.client.call("DELETE", &sent.path("")))
    }

    /// Puts an emoji under it.
    pub fn reacts(&self, emoji: &str, sent: &Sent) -> Doing<()> {
        Doing::done(self.client.call("PUT", &sent.path(&format!("reactions/{emoji}/"))))
    }

    /// Takes an emoji back from it.
    pub fn takes_back(&self, emoji: &str, sent: &Sent) -> Doing<()> {
        Doing::done(self.client.call("DELETE", &sent.path(&format!("reactions/{emoji}/"))))
    }

    /// The message as they see it.
    pub fn reads(&self, sent: &Sent) -> Doing<Message> {
        Doing::answered(self.client.call("GET", &sent.path("")), &[200])
    }

    /// One page of history.
    pub fn history_by(&self, chat: &Chat, query: &str) -> Doing<History> {
        Doing::answered(self.client.call("GET", &chat.path(&format!("messages/?{query}"))), &[200])
    }

    /// All messages of a chat, the oldest first, page by page as a client would load them.
    pub async fn history(&self, chat: &Chat) -> Vec<Message> {
        let mut messages: Vec<Message> = Vec::new();
        let mut before = String::new();
        loop {
            let page = self.history_by(chat, &format!("limit=100{before}")).await;
            messages.splice(0..0, page.messages);
            match page.next {
                Some(next) => before = format!("&before={next}"),
                None => return messages,
            }
        }
    }

    /// All events of a chat after a position.
    pub async fn events(&self, chat: &Chat, after: i64) -> Vec<EventFrame> {
        let mut events: Vec<EventFrame> = Vec::new();
        loop {
            let last = events.last().map_or(after, |event| event.seq.0);
            let path = chat.path(&format!("events/?after={last}"));
            let page: EventsPage = self.client.get(&path).await.expect(200).read();
            events.extend(page.events);
            if !page.more {
                return events;
            }
        }
    }

    /// Looks for words in all their chats.
    pub fn searches(&self, words: &str) -> Doing<SearchPage> {
        self.searches_by(&[("q", words)])
    }

    /// Looks for words in one chat.
    pub fn searches_in(&self, chat: &Chat, words: &str) -> Doing<SearchPage> {
        self.searches_by(&[("q", words), ("chat", chat.uri.as_str())])
    }

    /// One page of a search.
    pub fn searches_by(&self, query: &[(&str, &str)]) -> Doing<SearchPage> {
        Doing::answered(self.client.call("GET", "/api/search/").query(query), &[200])
    }
}
