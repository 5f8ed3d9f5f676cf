//! Logs, figures and traces, and the id that ties a request's lines together.

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use tracing::{Instrument, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt, registry};

use crate::settings::{Log, LogFormat};
use crate::{StartError, metrics, trace};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Libraries that would write what people say, and their tokens, into the log: they are not asked for details, whatever the
/// setting says.
const DISCREET: &str = "tungstenite=warn";

/// Starts logging to standard output, collecting figures, and telling traces where that is wanted. Once per process, before
/// anything else.
pub fn init(log: &Log) -> Result<(), StartError> {
    metrics::install();
    let filter = EnvFilter::try_new(format!("{},{DISCREET}", log.level))
        .map_err(|e| StartError::new(format!("settings: log.level {:?} is no filter: {e}", log.level)))?;
    let started = match trace::start(log)? {
        None => registry().with(filter).with(lines(log.format)).try_init(),
        Some(tracer) => {
            // Also where the log is quieter.
            let spans = tracing_opentelemetry::layer().with_tracer(tracer).with_filter(LevelFilter::INFO);
            registry().with(lines(log.format).with_filter(filter)).with(spans).try_init()
        }
    };
    started.map_err(|e| StartError::new(format!("logging can't be started: {e}")))
}

fn lines<S: Subscriber + for<'a> LookupSpan<'a>>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync> {
    match format {
        LogFormat::Text => fmt::layer().with_ansi(false).boxed(),
        LogFormat::Json => fmt::layer().json().flatten_event(true).boxed(),
    }
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
    let span = tracing::info_span!("request", id = shown.as_str(), method = %request.method(), path = request.path());
    // Whoever comes from outside begins a trace of their own.
    if let Some(traceparent) = request.headers().get(trace::HEADER).and_then(|value| value.to_str().ok())
        && request.path().starts_with("/internal/")
    {
        trace::follow(&span, traceparent);
    }
    let (method, began) = (request.method().clone(), Instant::now());
    let answered = async move {
        let response = next.call(request).await;
        metrics::answered(&method, &response, began.elapsed());
        if let Ok(answer) = &response {
            tracing::debug!(status = answer.status().as_u16(), "answered");
        }
        response
    };
    let mut response = trace::within(shown.into(), answered).instrument(span).await?;
    response.headers_mut().insert(REQUEST_ID, id);
    Ok(response)
}

fn is_sane(id: &[u8]) -> bool {
    (1..=64).contains(&id.len()) && id.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
}
