//! People who use the system.

use reqwest::header::SET_COOKIE;
use serde_json::json;
use shared_proto::auth::TokenGranted;
use shared_proto::{SessionId, User, UserId};

use crate::{Answer, Client, Gateway, Replica};

mod chats;
mod messages;
mod ruling;
mod sockets;

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
    /// Makes the account, and signs in.
    pub async fn sign_up(client: Client, name: String) -> Self {
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

    /// The same device, which finds a gateway somewhere else.
    #[must_use]
    pub fn finds(&self, gateway: Gateway, address: &str) -> Self {
        let mut addresses = self.client.addresses().clone();
        addresses.gateways[gateway as usize] = address.to_owned();
        Self { client: Client::new(addresses).with_token(&self.token), ..self.clone() }
    }

    /// The same device with a new access token, if auth-service is there and gives one.
    pub async fn gets_a_new_token(&self) -> Option<Self> {
        let call = self.client.without_token().call("POST", "/auth/jwt/refresh/");
        let answer = call.header("cookie", &self.refresh_cookie).tried().await.ok().filter(|a| a.status == 200)?;
        let granted: TokenGranted = answer.read();
        let refresh_cookie = cookie_of(&answer).unwrap_or_else(|| self.refresh_cookie.clone());
        Some(Self { refresh_cookie, ..self.with_token(&granted.token) })
    }

    /// Ends the session.
    pub async fn signs_out(&self) {
        let cookie = &self.refresh_cookie;
        let answer = self.client.call("POST", "/auth/logout/").header("cookie", cookie).answer().await;
        assert!((200..300).contains(&answer.status), "{answer:?}");
    }

    /// Ends the account.
    pub async fn deletes_the_account(&self) {
        let body = json!({"current_password": PASSWORD});
        self.client.call("DELETE", "/auth/users/me/").json(body).answer().await.expect(204);
    }

    /// Who this is.
    pub fn user(&self) -> &User {
        &self.user
    }

    /// Who this is for others.
    pub fn seen_by_others(&self) -> User {
        User { email: None, ..self.user.clone() }
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
