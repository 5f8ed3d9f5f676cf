//! Traces from somebody's click to the sockets of others, over HTTP and the bus, told to a collector (OTLP over HTTP).
//!
//! Without `log.otlp_endpoint` nothing of this runs, and nothing travels but request ids. A trace begins where somebody
//! outside asks something; the internal listeners go on with what they are given.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{TraceContextExt, TracerProvider};
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracer, SdkTracerProvider, SpanLimits,
};
use shared_proto::bus::Origin;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::StartError;
use crate::settings::Log;

/// The header of W3C Trace Context.
pub(crate) const HEADER: &str = "traceparent";
/// How soon spans are told.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// How long a collector may take; then what was to be told is dropped.
const TOLD_WITHIN: Duration = Duration::from_secs(3);

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

tokio::task_local! {
    static REQUEST: Arc<str>;
}

/// Begins to tell a collector, when there is one. Once for the process.
pub(crate) fn start(log: &Log) -> Result<Option<SdkTracer>, StartError> {
    if log.otlp_endpoint.is_empty() {
        return Ok(None);
    }
    if !(0.0..=1.0).contains(&log.otlp_sample) {
        return Err(StartError::new(format!("settings: log.otlp_sample {} is not between 0 and 1", log.otlp_sample)));
    }
    if !log.otlp_endpoint.starts_with("http://") {
        return Err(StartError::new(format!(
            "settings: log.otlp_endpoint {:?} must begin with http://: a collector beside the service takes it from there",
            log.otlp_endpoint
        )));
    }
    let endpoint = format!("{}/v1/traces", log.otlp_endpoint.trim_end_matches('/'));
    let exporter = SpanExporter::builder().with_http().with_endpoint(endpoint).with_timeout(TOLD_WITHIN).build();
    let exporter = exporter.map_err(|e| StartError::new(format!("settings: log.otlp_endpoint can't be used: {e}")))?;
    let batches = BatchConfigBuilder::default().with_scheduled_delay(TELL_EVERY).build();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(BatchSpanProcessor::builder(exporter).with_batch_config(batches).build())
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(log.otlp_sample))))
        .with_span_limits(SpanLimits::default())
        .with_resource(who())
        .build();
    let tracer = provider.tracer("chatire");
    // An error says that it was started before.
    let _ = PROVIDER.set(provider);
    Ok(Some(tracer))
}

/// The program, and which of its processes.
fn who() -> Resource {
    let program = std::env::current_exe().ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    Resource::builder()
        .with_service_name(program.unwrap_or_else(|| "chatire".to_owned()))
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .with_attribute(KeyValue::new("service.instance.id", nanoid::nanoid!(12)))
        .build()
}

/// Tells what is left, when the process ends.
pub(crate) fn end() {
    if let Some(provider) = PROVIDER.get() {
        // What a collector does not take now is lost, which is no reason to stay.
        let _ = provider.shutdown_with_timeout(TOLD_WITHIN);
    }
}

fn is_on() -> bool {
    PROVIDER.get().is_some()
}

/// Runs `work` as part of the request with this id.
pub(crate) async fn within<T>(request: Arc<str>, work: impl Future<Output = T>) -> T {
    REQUEST.scope(request, work).await
}

/// The id of the request that this is part of.
pub(crate) fn request() -> Option<Arc<str>> {
    REQUEST.try_with(Arc::clone).ok()
}

/// Runs `work`, in whatever task, as part of the request that this is part of.
pub(crate) async fn still_within<T>(request: Option<Arc<str>>, work: impl Future<Output = T>) -> T {
    match request {
        Some(request) => within(request, work).await,
        None => work.await,
    }
}

/// Where what is being done here comes from.
pub fn origin() -> Option<Arc<Origin>> {
    let request = request()?.to_string();
    Some(Arc::new(Origin { request, traceparent: traceparent(&Span::current()) }))
}

/// A span for the beginning of a trace. `None` without a collector.
pub fn begin(make: impl FnOnce() -> Span) -> Option<Span> {
    is_on().then(make)
}

/// A span that goes on with a trace. `None` without a collector, or when there is nothing to go on with.
pub fn go_on(from: Option<&str>, make: impl FnOnce() -> Span) -> Option<Span> {
    let from = from.filter(|_| is_on())?;
    let span = make();
    follow(&span, from);
    Some(span)
}

/// Makes a span go on with a trace.
pub(crate) fn follow(span: &Span, traceparent: &str) {
    if is_on() {
        let carrier = HashMap::from([(HEADER.to_owned(), traceparent.to_owned())]);
        // An error says that the span is not enabled: it is told to nobody.
        let _ = span.set_parent(TraceContextPropagator::new().extract(&carrier));
    }
}

/// What others need to go on with this span's trace; `None` when it is not told.
pub fn traceparent(span: &Span) -> Option<String> {
    if !is_on() {
        return None;
    }
    let context = span.context();
    if !context.span().span_context().is_sampled() {
        return None;
    }
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&context, &mut carrier);
    carrier.remove(HEADER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::LogFormat;

    #[test]
    fn a_collector_that_can_not_be_is_told_before_anything_starts() {
        let log = |endpoint: &str, sample| Log {
            level: "info".into(),
            format: LogFormat::Text,
            otlp_endpoint: endpoint.into(),
            otlp_sample: sample,
        };
        assert!(start(&log("", 1.0)).is_ok_and(|tracer| tracer.is_none()), "nobody is told");
        for (endpoint, sample, named) in [
            ("collector:4318", 1.0, "otlp_endpoint"),
            ("https://c", 1.0, "otlp_endpoint"),
            ("http://c", 1.5, "otlp_sample"),
        ] {
            let error = start(&log(endpoint, sample)).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(named), "{endpoint} {sample}: {error:?}");
        }
        assert!(!is_on() && begin(|| unreachable!("nobody is told of it")).is_none());
    }

    #[actix_web::test]
    async fn what_is_done_for_a_request_knows_its_id_also_in_another_task() {
        assert_eq!(origin(), None);
        within("r-1".into(), async {
            let id = request();
            let elsewhere = actix_web::rt::spawn(still_within(id, async { origin() })).await.unwrap();
            assert_eq!(elsewhere.map(|origin| origin.request.clone()).as_deref(), Some("r-1"));
        })
        .await;
    }
}
