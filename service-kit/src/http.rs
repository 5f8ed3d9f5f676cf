//! Asking other services.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;
use shared_proto::Problem;
use shared_proto::auth::Secret;
use tokio::time::sleep;

use crate::{Error, Result, trace};

/// How long a `GET` waits for somebody to listen: longer than a process needs to be replaced by the next one.
const COMES_BACK_WITHIN: Duration = Duration::from_secs(3);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);

const PEERS: &str = "chatire_peer_request_duration_seconds";

/// A client whose every wait has a bound: 2 s to connect, 5 s for the whole answer.
#[allow(clippy::expect_used, reason = "fails only without a TLS backend, which this build does not use")]
pub fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(2))
        .timeout(Duration::from_secs(5))
        .pool_idle_timeout(Duration::from_secs(30))
        .tcp_nodelay(true)
        .no_proxy()
        .build()
        .expect("a client with static settings can be built")
}

/// Another service's internal listener. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Peer {
    name: &'static str,
    base: String,
    credential: Secret,
    client: reqwest::Client,
}

impl Peer {
    /// `base` is the listener's URL without a path, `name` stands in errors.
    pub fn new(name: &'static str, base: &str, credential: Secret) -> Self {
        metrics::describe_histogram!(
            PEERS,
            "Requests to other services' internal listeners, until the whole answer is there."
        );
        Self { name, base: base.trim_end_matches('/').to_owned(), credential, client: client() }
    }

    /// `GET path`, again for some seconds while nobody listens there: a peer may be just being replaced. A refusal by the peer
    /// comes back as it is; no answer is [`Error::Unavailable`].
    pub async fn get<A: DeserializeOwned>(&self, path: &str) -> Result<A> {
        let began = Instant::now();
        loop {
            match self.ask(self.client.get(format!("{}{path}", self.base))).await {
                Err(error) if nobody_listens(&error) && began.elapsed() < COMES_BACK_WITHIN => sleep(PAUSE).await,
                result => return result,
            }
        }
    }

    /// `POST path` with a JSON body; errors as in [`Peer::get`].
    pub async fn post<A: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<A> {
        self.ask(self.client.post(format!("{}{path}", self.base)).json(body)).await
    }

    async fn ask<A: DeserializeOwned>(&self, request: reqwest::RequestBuilder) -> Result<A> {
        let began = Instant::now();
        let result = self.answer(request).await;
        let shown = match &result {
            Ok(_) => "ok",
            Err(Error::Refused { .. }) => "refused",
            Err(_) => "unavailable",
        };
        metrics::histogram!(PEERS, "peer" => self.name, "result" => shown).record(began.elapsed().as_secs_f64());
        result
    }

    async fn answer<A: DeserializeOwned>(&self, request: reqwest::RequestBuilder) -> Result<A> {
        let away = |e: reqwest::Error| Error::Unavailable(self.name, Some(e.into()));
        let mut request = request.bearer_auth(self.credential.expose());
        if let Some(id) = trace::request() {
            request = request.header("x-request-id", &*id);
        }
        if let Some(traceparent) = trace::traceparent(&tracing::Span::current()) {
            request = request.header(trace::HEADER, traceparent);
        }
        let answer = request.send().await.map_err(away)?;
        if answer.status().is_success() {
            return answer.json().await.map_err(away);
        }
        let status = answer.status();
        match answer.json::<Problem>().await {
            Ok(problem) if status.is_client_error() => Err(Error::refused(problem.code, problem.detail)),
            _ => Err(Error::Unavailable(self.name, Some(format!("it answered {status}").into()))),
        }
    }
}

fn nobody_listens(error: &Error) -> bool {
    let Error::Unavailable(_, Some(source)) = error else { return false };
    source.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_connect)
}
