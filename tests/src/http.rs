//! HTTP as a client speaks it.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde::de::DeserializeOwned;
use serde_json::Value;
use shared_proto::{ErrorCode, Problem};

use crate::{Addresses, Replica};

/// Calls the system. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    addresses: Addresses,
    replica: Replica,
    token: Option<String>,
}

impl Client {
    /// Somebody without an account, who just calls.
    pub fn new(addresses: Addresses) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(20))
            .build()
            .expect("a client without TLS can be built");
        Self { http, addresses, replica: Replica::First, token: None }
    }

    /// The same over another chat-api.
    #[must_use]
    pub fn over(&self, replica: Replica) -> Self {
        Self { replica, ..self.clone() }
    }

    /// The same with an access token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same without an access token.
    #[must_use]
    pub fn without_token(&self) -> Self {
        Self { token: None, ..self.clone() }
    }

    /// Where it calls.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// A call to be filled and sent.
    pub fn call(&self, method: &str, path: &str) -> Call {
        let url = format!("http://{}{path}", self.addresses.serving(path, self.replica));
        let request = self.http.request(method.parse().expect("a method"), url);
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        Call { what: format!("{method} {path}"), request }
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.call("GET", path).answer().await
    }

    /// `POST` of JSON.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path).json(body).answer().await
    }

    /// `PATCH` of JSON.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call("PATCH", path).json(body).answer().await
    }

    /// `POST` of a form, as `curl -d a=b` does it.
    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.call("POST", path).form(fields).answer().await
    }
}

/// A request, not sent yet.
#[derive(Debug)]
pub struct Call {
    what: String,
    request: reqwest::RequestBuilder,
}

impl Call {
    /// One header more.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        Self { request: self.request.header(name, value), ..self }
    }

    /// A query string.
    #[must_use]
    pub fn query(self, fields: &[(&str, &str)]) -> Self {
        Self { request: self.request.query(fields), ..self }
    }

    /// A JSON body.
    #[must_use]
    pub fn json(self, body: Value) -> Self {
        Self { request: self.request.json(&body), ..self }
    }

    /// A form body.
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        Self { request: self.request.form(fields), ..self }
    }

    /// Any body; without a type when `content_type` is empty.
    #[must_use]
    pub fn body(self, content_type: &str, body: impl Into<reqwest::Body>) -> Self {
        let request = self.request.body(body);
        let request = if content_type.is_empty() { request } else { request.header(CONTENT_TYPE, content_type) };
        Self { request, ..self }
    }

    /// Sends it to somebody who must answer.
    pub async fn answer(self) -> Answer {
        let what = self.what.clone();
        self.tried().await.unwrap_or_else(|e| panic!("{what}: {e:?}"))
    }

    /// Sends it to somebody who may be dead.
    pub async fn tried(self) -> Result<Answer, reqwest::Error> {
        let response = self.request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer { what: self.what, status, headers, text: response.text().await? })
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    what: String,
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
}

impl Answer {
    /// Panics unless the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        self.expect_one_of(&[status])
    }

    /// Panics unless the status is one of these.
    #[track_caller]
    pub fn expect_one_of(self, good: &[u16]) -> Self {
        assert!(good.contains(&self.status), "{}: {} is not {good:?}: {}", self.what, self.status, self.text);
        self
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        self.read()
    }

    /// The body as one of the wire types.
    #[track_caller]
    pub fn read<T: DeserializeOwned>(&self) -> T {
        match serde_json::from_str(&self.text) {
            Ok(value) => value,
            Err(error) => panic!("{}: {} {}: {error}", self.what, self.status, self.text),
        }
    }

    /// A header's value, empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The problem it reports, with everything that any problem must have.
    #[track_caller]
    pub fn problem(&self) -> Problem {
        assert!((400..600).contains(&self.status), "{}: {} is no problem: {}", self.what, self.status, self.text);
        assert_eq!(self.header("content-type"), "application/problem+json", "{}: {}", self.what, self.text);
        let problem: Problem = self.read();
        assert_eq!(problem.status, self.status, "{}: {}", self.what, self.text);
        assert!(!problem.title.is_empty() && !problem.detail.is_empty(), "{}: {}", self.what, self.text);
        problem
    }

    /// Panics unless it was refused like this.
    #[track_caller]
    pub fn refused(&self, status: u16, code: ErrorCode) {
        let problem = self.problem();
        assert_eq!((self.status, problem.code), (status, code), "{}: {}", self.what, self.text);
    }
}
