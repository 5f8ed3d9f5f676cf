//! Connections that stop speaking HTTP (RFC 9110 §7.8): a handler answers 101, and the connection is its own from then on.
//!
//! actix-web keeps an upgraded connection in its HTTP dispatcher, which costs each socket some ten kilobytes and a detour
//! for every write. Here requests that ask for an upgrade go through the same application as all others, and only then
//! is the connection taken out.

use std::cell::RefCell;
use std::fmt::Debug;
use std::rc::Rc;
use std::time::Duration;

use actix_codec::Framed;
use actix_http::body::{BoxBody, MessageBody, to_bytes};
use actix_http::h1::{Codec, SendResponse};
use actix_http::{ConnectionType, Request, Response, StatusCode};
use actix_service::{Service, ServiceFactory, fn_factory, fn_service};
use actix_web::HttpResponse;
use actix_web::rt::net::TcpStream;
use bytes::BytesMut;
use futures_util::future::LocalBoxFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

/// How long an answer may take to be written, and a refused client to hang up.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection that was taken over.
#[derive(Debug)]
pub struct Upgraded {
    /// On the runtime of the worker whose handler answered.
    pub stream: TcpStream,
    /// What the client sent behind its request already.
    pub early: BytesMut,
}

type Then = Box<dyn FnOnce(Upgraded)>;

/// Lets `then` have the connection once `response` was sent, when that is a `101 Switching Protocols`. It runs on the
/// worker's thread and must not block; it is dropped when the client is gone before.
pub fn upgrade(mut response: HttpResponse, then: impl FnOnce(Upgraded) + 'static) -> HttpResponse {
    response.extensions_mut().insert::<Then>(Box::new(then));
    response
}

/// An application of which each worker makes one, for requests that ask for an upgrade as for those that do not.
pub(crate) struct Shared<F: ServiceFactory<Request>> {
    factory: Rc<F>,
    made: Rc<RefCell<Option<Rc<F::Service>>>>,
}

impl<F: ServiceFactory<Request>> Shared<F> {
    pub(crate) fn new(factory: F) -> Self {
        Self { factory: Rc::new(factory), made: Rc::default() }
    }
}

impl<F: ServiceFactory<Request>> Clone for Shared<F> {
    fn clone(&self) -> Self {
        Self { factory: self.factory.clone(), made: self.made.clone() }
    }
}

impl<F> ServiceFactory<Request> for Shared<F>
where
    F: ServiceFactory<Request, Config = ()> + 'static,
{
    type Response = F::Response;
    type Error = F::Error;
    type Config = ();
    type Service = Rc<F::Service>;
    type InitError = F::InitError;
    type Future = LocalBoxFuture<'static, Result<Self::Service, Self::InitError>>;

    fn new_service(&self, (): ()) -> Self::Future {
        let shared = self.clone();
        Box::pin(async move {
            // One after the other: actix-http waits for one service before it asks for the next.
            if let Some(made) = &*shared.made.borrow() {
                return Ok(made.clone());
            }
            let made = Rc::new(shared.factory.new_service(()).await?);
            *shared.made.borrow_mut() = Some(made.clone());
            Ok(made)
        })
    }
}

/// What actix-http does with requests that ask for an upgrade.
pub(crate) fn service<F, B>(
    application: Shared<F>,
) -> impl ServiceFactory<
    (Request, Framed<TcpStream, Codec>),
    Config = (),
    Response = (),
    Error = actix_http::Error,
    InitError = F::InitError,
>
where
    F: ServiceFactory<Request, Config = ()> + 'static,
    F::Response: Into<Response<B>>,
    F::Error: Into<Response<BoxBody>>,
    F::InitError: Debug,
    B: MessageBody + 'static,
{
    fn_factory(move || {
        let application = application.clone();
        async move {
            let application = application.new_service(()).await?;
            Ok(fn_service(move |(request, connection)| answer(application.clone(), request, connection)))
        }
    })
}

async fn answer<S, B>(
    application: Rc<S>,
    request: Request,
    connection: Framed<TcpStream, Codec>,
) -> Result<(), actix_http::Error>
where
    S: Service<Request>,
    S::Response: Into<Response<B>>,
    S::Error: Into<Response<BoxBody>>,
    B: MessageBody + 'static,
{
    match application.call(request).await {
        Ok(response) => send(response.into().map_into_boxed_body(), connection).await,
        Err(error) => send(error.into(), connection).await,
    }
}

async fn send(mut response: Response<BoxBody>, connection: Framed<TcpStream, Codec>) -> Result<(), actix_http::Error> {
    let then = response.extensions_mut().remove::<Then>();
    let then = then.filter(|_| response.status() == StatusCode::SWITCHING_PROTOCOLS);
    if then.is_none() {
        response.head_mut().set_connection_type(ConnectionType::Close);
    }
    let (response, body) = response.into_parts();
    // A refusal: some lines. The errors of bodies in general are not those that can be sent.
    let Ok(body) = to_bytes(body).await else { return Ok(()) };
    let response = response.set_body(body);
    // Whoever does not read is gone when the time is over.
    let Ok(sent) = timeout(PATIENCE, SendResponse::new(connection, response)).await else { return Ok(()) };
    let parts = sent?.into_parts();
    match then {
        Some(then) => then(Upgraded { stream: parts.io, early: parts.read_buf }),
        None => hang_up(parts.io).await,
    }
    Ok(())
}

/// Lets the client read the answer before the connection ends: what it still sends would cut the answer off.
async fn hang_up(mut stream: TcpStream) {
    if stream.shutdown().await.is_err() {
        return;
    }
    let _ = timeout(PATIENCE, async {
        let mut ignored = [0; 512];
        while stream.read(&mut ignored).await.is_ok_and(|read| read > 0) {}
    })
    .await;
}
