//! Logs and figures, and the id that ties a request's lines together.

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use tracing::Instrument;
use tracing_subscriber::EnvFilter;

use crate::settings::{Log, LogFormat};
use crate::{StartError, metrics};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Starts logging to standard output, and collecting figures. Once per process, before anything else.
pub fn init(log: &Log) -> Result<(), StartError> {
    metrics::install();
    let filter = EnvFilter::try_new(&log.level)
        .map_err(|e| StartError::new(format!("settings: log.level {:?} is no filter: {e}", log.level)))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter);
    let started = match log.format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|e| StartError::new(format!("logging can't be started: {e}")))
}

/// Gives every request an id: the edge's `X-Request-Id` when there is a sane one, else a new one. It stands in the
/// log lines of the request and in the answer.
pub(crate) async fn with_request_id(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let sent = request.headers().get(&REQUEST_ID).filter(|v| is_sane(v.as_bytes())).cloned();
    let id = sent.or_else(|| HeaderValue::from_str(&nanoid::nanoid!(16)).ok()).unwrap_or(HeaderValue::from_static("-"));
    let shown = id.to_str().unwrap_or("-").to_owned();
    let span = tracing::info_span!("request", id = shown, method = %request.method(), path = request.path());
    let (method, began) = (request.method().clone(), Instant::now());
    let mut response = async move {
        let response = next.call(request).await;
        metrics::answered(&method, &response, began.elapsed());
        if let Ok(answer) = &response {
            tracing::debug!(status = answer.status().as_u16(), "answered");
        }
        response
    }
    .instrument(span)
    .await?;
    response.headers_mut().insert(REQUEST_ID, id);
    Ok(response)
}

fn is_sane(id: &[u8]) -> bool {
    (1..=64).contains(&id.len()) && id.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
}
