//! People who use the system.

use reqwest::header::SET_COOKIE;
use serde_json::json;
use shared_proto::auth::TokenGranted;
use shared_proto::chats::{ChatCreated, ChatJoined};
use shared_proto::event::EventFrame;
use shared_proto::messages::{EventsPage, History, Message};
use shared_proto::{SessionId, User, UserId};

use crate::{Answer, Chat, Client, Gateway, Handshake, Replica, Saying, Seen, Socket};

/// Everybody's password.
pub const PASSWORD: &str = "violet-Kettle-93-harbour";

/// Somebody signed in on one device: one session. Cheap to clone, which is the same device again.
#[derive(Clone, Debug)]
pub struct Person {
    client: Client,
    name: String,
    user: User,
    token: String,
    refresh_cookie: String,
}

impl Person {
    pub(crate) async fn sign_up(client: Client, name: String) -> Self {
        client.post("/auth/users/", json!({"username": name, "password": PASSWORD})).await.expect(201);
        Self::sign_in(client, name).await
    }

    async fn sign_in(client: Client, name: String) -> Self {
        let body = json!({"username": name, "password": PASSWORD});
        let answer = client.without_token().post("/auth/jwt/create/", body).await.expect(200);
        let granted: TokenGranted = answer.read();
        let refresh_cookie = cookie_of(&answer).unwrap_or_else(|| panic!("no cookie came with {answer:?}"));
        let client = client.with_token(&granted.token);
        Self { client, name, user: granted.user, token: granted.token, refresh_cookie }
    }

    /// The same person on another device.
    pub async fn signs_in_again(&self) -> Self {
        Self::sign_in(self.client.clone(), self.name.clone()).await
    }

    /// The same device with another access token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), client: self.client.with_token(token), ..self.clone() }
    }

    /// The same device over another chat-api.
    #[must_use]
    pub fn over(&self, replica: Replica) -> Self {
        Self { client: self.client.over(replica), ..self.clone() }
    }

    /// Ends the session.
    pub async fn signs_out(&self) {
        let cookie = &self.refresh_cookie;
        let answer = self.client.call("POST", "/auth/logout/").header("cookie", cookie).answer().await;
        assert!((200..300).contains(&answer.status), "{answer:?}");
    }

    /// Who this is.
    pub fn user(&self) -> &User {
        &self.user
    }

    /// The account.
    pub fn id(&self) -> UserId {
        self.user.id
    }

    /// The name to sign in with.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The access token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// `name=value` of the refresh token's cookie, as it is sent back.
    pub fn refresh_cookie(&self) -> &str {
        &self.refresh_cookie
    }

    /// For calls that have no name here.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The session, as the gateway names it.
    pub async fn session(&self) -> SessionId {
        self.connects(Gateway::First).await.session()
    }

    /// A new chat of theirs.
    pub async fn starts_a_chat(&self) -> Chat {
        let created: ChatCreated = self.client.post("/api/chats/", json!({})).await.expect(201).read();
        Chat { uri: created.uri }
    }

    /// Becomes a member, by the chat's link.
    pub async fn joins(&self, chat: &Chat) -> ChatJoined {
        self.adds(&self.name, chat).await.expect(200).read()
    }

    /// Makes somebody else a member.
    pub async fn invites(&self, other: &Person, chat: &Chat) -> ChatJoined {
        self.adds(&other.name, chat).await.expect(200).read()
    }

    /// Tries to make somebody a member.
    pub async fn adds(&self, username: &str, chat: &Chat) -> Answer {
        self.client.patch(&chat.path(""), json!({"username": username})).await
    }

    /// Something to be said over HTTP.
    pub fn says(&self, text: &str) -> Saying<'_, Self> {
        Saying::new(self, text)
    }

    /// All messages of a chat, the oldest first, page by page as a client would load them.
    pub async fn history(&self, chat: &Chat) -> Vec<Message> {
        let mut messages: Vec<Message> = Vec::new();
        let mut before = String::new();
        loop {
            let path = chat.path(&format!("messages/?limit=100{before}"));
            let page: History = self.client.get(&path).await.expect(200).read();
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

    /// The chat's newest position.
    pub async fn position(&self, chat: &Chat) -> i64 {
        self.client.get(&chat.path("")).await.expect(200).json()["seq"].as_i64().expect("a number")
    }

    /// A socket that is live from now on.
    pub async fn connects(&self, gateway: Gateway) -> Socket {
        self.connects_after(gateway, &[]).await
    }

    /// A socket that goes on after what it has already.
    pub async fn connects_after(&self, gateway: Gateway, resume: &[(&Chat, i64)]) -> Socket {
        let socket = Handshake::with(self.client.addresses(), gateway).socket().await;
        self.says_hello(&socket, resume).await;
        socket.is_ready().await;
        socket
    }

    /// A live socket for which little is buffered, so that it is slow as soon as it stops reading.
    pub async fn connects_with_small_buffers(&self, gateway: Gateway) -> Socket {
        let socket = Handshake::with(self.client.addresses(), gateway).with_small_buffers().socket().await;
        self.says_hello(&socket, &[]).await;
        socket.is_ready().await;
        socket
    }

    /// The same, if the gateway is there and takes it.
    pub async fn tries_to_connect(&self, gateway: Gateway, resume: &[(&Chat, i64)]) -> Option<Socket> {
        let socket = Handshake::with(self.client.addresses(), gateway).tried().await.ok()?;
        self.says_hello(&socket, resume).await;
        let is_ready = |seen: &Seen| match seen.count("ready") {
            0 => seen.closed.as_ref().map(|_| false),
            _ => Some(true),
        };
        socket.until("ready, or the end", is_ready).await.then_some(socket)
    }

    /// How a gateway closes the socket that it is expected not to take; nothing when the connection just broke.
    pub async fn is_turned_away_by(&self, gateway: Gateway) -> Option<u16> {
        let socket = Handshake::with(self.client.addresses(), gateway).socket().await;
        self.says_hello(&socket, &[]).await;
        let closed = socket.ends().await;
        assert_eq!(socket.seen().count("ready"), 0, "{closed:?}");
        closed.code
    }

    async fn says_hello(&self, socket: &Socket, resume: &[(&Chat, i64)]) {
        let resume: serde_json::Map<_, _> =
            resume.iter().map(|(chat, seq)| (chat.uri.to_string(), json!(seq))).collect();
        socket.sends(json!({"type": "hello", "token": self.token, "protocol": 1, "resume": resume})).await;
    }

    /// The refresh token that came with an answer, as it is sent back.
    pub fn cookie_in(&self, answer: &Answer) -> String {
        cookie_of(answer).unwrap_or_else(|| panic!("no cookie came with {answer:?}"))
    }
}

/// `name=value` of the answer's HttpOnly cookie.
fn cookie_of(answer: &Answer) -> Option<String> {
    let mut cookies = answer.headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    let cookie = cookies.find(|cookie| cookie.to_ascii_lowercase().contains("httponly"))?;
    cookie.split(';').next().map(str::to_owned)
}
