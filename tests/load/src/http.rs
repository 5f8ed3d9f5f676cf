//! One keep-alive connection, with nothing around it that costs CPU.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::Result;
use crate::failure::Failure;

/// Whoever does not answer by then has failed.
pub(crate) const ANSWER: Duration = Duration::from_secs(15);

/// A connection of one user.
pub(crate) struct Connection {
    requests: SendRequest<Full<Bytes>>,
    host: String,
    /// Of whoever is signed in.
    authorization: Option<String>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
}

impl Connection {
    /// Of somebody signed in. `address` is `host:port`.
    pub(crate) async fn open(address: &str, token: &str) -> Result<Self> {
        Ok(Self { authorization: Some(format!("Bearer {token}")), ..Self::open_as_nobody(address).await? })
    }

    /// Of somebody who has no token yet.
    pub(crate) async fn open_as_nobody(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await.map_err(|e| Failure::while_doing(address, e))?;
        stream.set_nodelay(true)?;
        let (requests, connection) =
            handshake(TokioIo::new(stream)).await.map_err(|e| Failure::while_doing(address, e))?;
        // Ends with `requests`. Its errors are those of the requests, too.
        tokio::spawn(connection);
        Ok(Self { requests, host: address.to_owned(), authorization: None })
    }

    pub(crate) async fn get(&mut self, path: &str) -> Result<Answer> {
        self.call(Method::GET, path, String::new()).await
    }

    /// `body` is JSON.
    pub(crate) async fn post(&mut self, path: &str, body: String) -> Result<Answer> {
        self.call(Method::POST, path, body).await
    }

    async fn call(&mut self, method: Method, path: &str, body: String) -> Result<Answer> {
        match timeout(ANSWER, self.exchange(method, path, body)).await {
            Ok(answer) => answer.map_err(|e| Failure::while_doing(path, e)),
            Err(_) => Err(Failure::new(format!("{path}: no answer within {} s", ANSWER.as_secs()))),
        }
    }

    async fn exchange(&mut self, method: Method, path: &str, body: String) -> Result<Answer> {
        let mut request = Request::builder().method(method).uri(path).header(HOST, &self.host);
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = request
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body)))
            .map_err(|e| Failure::new(e.to_string()))?;
        let broken = |e: hyper::Error| Failure::new(e.to_string());
        self.requests.ready().await.map_err(broken)?;
        let response = self.requests.send_request(request).await.map_err(broken)?;
        let status = response.status().as_u16();
        Ok(Answer { status, body: response.into_body().collect().await.map_err(broken)?.to_bytes() })
    }
}

impl Answer {
    /// For error messages.
    pub(crate) fn shown(&self) -> String {
        format!("{} {}", self.status, String::from_utf8_lossy(&self.body))
    }
}
