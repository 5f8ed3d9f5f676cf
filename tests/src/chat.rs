//! Chats and what is said in them.

use serde_json::json;
use shared_proto::messages::MessageSent;
use shared_proto::{ChatUri, MessageId, Seq};

use crate::seen::Refused;
use crate::{Answer, Call, Person, Socket, random_name};

/// A chat, as its link names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chat {
    /// What comes after `/chats/`.
    pub uri: ChatUri,
}

impl Chat {
    /// `/api/chats/{uri}/` and what follows.
    pub fn path(&self, rest: &str) -> String {
        format!("/api/chats/{}/{rest}", self.uri)
    }

    /// The same for somebody in it.
    pub fn path_of_member(&self, who: &Person) -> String {
        self.path(&format!("members/{}/", who.id()))
    }
}

/// An acknowledged message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Where it was said.
    pub chat: Chat,
    /// The sender's name for it.
    pub client_id: String,
    /// The message.
    pub id: MessageId,
    /// Its place.
    pub seq: Seq,
}

impl Sent {
    /// `/api/chats/{uri}/messages/{id}/` and what follows.
    pub fn path(&self, rest: &str) -> String {
        self.chat.path(&format!("messages/{}/{rest}", self.id))
    }
}

/// Something about to be said, by a person over HTTP or over one of their sockets.
#[derive(Debug)]
pub struct Saying<'a, Speaker> {
    pub(crate) speaker: &'a Speaker,
    pub(crate) text: String,
    pub(crate) client_id: String,
    pub(crate) reply_to: Option<MessageId>,
}

impl<'a, Speaker> Saying<'a, Speaker> {
    pub(crate) fn new(speaker: &'a Speaker, text: &str) -> Self {
        Self { speaker, text: text.to_owned(), client_id: random_name("c"), reply_to: None }
    }

    /// As an answer to something.
    #[must_use]
    pub fn in_reply_to(self, answered: &Sent) -> Self {
        Self { reply_to: Some(answered.id), ..self }
    }

    /// Under a chosen `client_id` instead of a random one.
    #[must_use]
    pub fn as_client_id(self, client_id: &str) -> Self {
        Self { client_id: client_id.to_owned(), ..self }
    }
}

impl Saying<'_, Person> {
    /// Says it, as a new message.
    pub async fn in_chat(self, chat: &Chat) -> Sent {
        let client_id = self.client_id.clone();
        let sent: MessageSent = self.answer_in(chat).await.expect(201).read();
        Sent { chat: chat.clone(), client_id, id: sent.id, seq: sent.seq }
    }

    /// Says it, with whatever comes back.
    pub async fn answer_in(self, chat: &Chat) -> Answer {
        self.call_in(chat).answer().await
    }

    /// Says it to somebody who may be dead.
    pub async fn tried_in(self, chat: &Chat) -> Option<Answer> {
        self.call_in(chat).tried().await.ok()
    }

    fn call_in(&self, chat: &Chat) -> Call {
        let mut body = json!({"message": self.text, "client_id": self.client_id});
        if let Some(answered) = self.reply_to {
            body["reply_to"] = json!(answered);
        }
        self.speaker.client().call("POST", &chat.path("messages/")).json(body)
    }
}

impl Saying<'_, Socket> {
    /// Says it and waits for the `ack`.
    pub async fn in_chat(self, chat: &Chat) -> Sent {
        let what = self.text.clone();
        self.outcome_in(chat).await.unwrap_or_else(|refused| panic!("{what:?} was refused: {refused:?}"))
    }

    /// Says it and waits for the `ack` or the `error`.
    pub async fn outcome_in(self, chat: &Chat) -> Result<Sent, Refused> {
        let client_id = self.client_id.clone();
        let socket = self.speaker;
        self.without_waiting_in(chat).await;
        socket.outcome_of(&client_id).await
    }

    /// Says it and does not wait for anything.
    pub async fn without_waiting_in(self, chat: &Chat) {
        let mut frame = json!({"type": "send", "chat": chat.uri, "client_id": self.client_id, "message": self.text});
        if let Some(answered) = self.reply_to {
            frame["reply_to"] = json!(answered);
        }
        self.speaker.sends(frame).await;
    }
}
