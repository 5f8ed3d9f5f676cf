//! Figures for operators, in Prometheus' text form on the internal listener.
//!
//! `docs/metrics.md` lists all of them; a test holds it against what a running cluster exports. Whoever counts something
//! [describes](describe) it where its service is opened, so that it is there, as zero, before it happens for the first time.

mod process;
mod requests;

use std::sync::OnceLock;
use std::time::Duration;

use actix_web::HttpResponse;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

pub(crate) use requests::answered;

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Upper bounds of what is measured in seconds.
const SECONDS: [f64; 14] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// Upper bounds of what is counted in pieces.
const PIECES: [f64; 10] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0];

/// A figure: its name, and what it tells.
pub type Described = (&'static str, &'static str);

/// What a part of the program counts.
#[derive(Debug)]
pub struct Figures {
    /// Counters without labels: they begin as zero.
    pub counters: &'static [Described],
    /// Counters of several results: each of its values begins as zero.
    pub by_label: &'static [ByLabel],
    /// Gauges without labels: they begin as zero.
    pub gauges: &'static [Described],
    /// Gauges that are there once they are known.
    pub gauges_known_later: &'static [Described],
    /// Distributions.
    pub histograms: &'static [Described],
}

impl Figures {
    /// Nothing at all, to be filled in.
    pub const NONE: Self = Self { counters: &[], by_label: &[], gauges: &[], gauges_known_later: &[], histograms: &[] };
}

/// A counter with one label: what it is, the label, and the values that are known ahead.
#[derive(Debug)]
pub struct ByLabel(pub Described, pub &'static str, pub &'static [&'static str]);

/// Says what there will be. Costs nothing where nobody collects.
pub fn describe(figures: &Figures) {
    for (name, help) in figures.counters {
        metrics::describe_counter!(*name, *help);
        metrics::counter!(*name).increment(0);
    }
    for ByLabel((name, help), label, values) in figures.by_label {
        metrics::describe_counter!(*name, *help);
        values.iter().for_each(|value| metrics::counter!(*name, *label => *value).increment(0));
    }
    for (name, help) in figures.gauges {
        metrics::describe_gauge!(*name, *help);
        metrics::gauge!(*name).set(0);
    }
    for (name, help) in figures.gauges_known_later {
        metrics::describe_gauge!(*name, *help);
    }
    for (name, help) in figures.histograms {
        metrics::describe_histogram!(*name, *help);
    }
}

/// Starts collecting. The recorder is one for the process, as the `metrics` facade wants it. What is counted before is
/// lost, so this comes first.
pub(crate) fn install() {
    HANDLE.get_or_init(|| match recorder() {
        Ok(handle) => {
            process::describe();
            describe_build();
            requests::describe();
            Some(handle)
        }
        Err(error) => {
            tracing::error!(%error, "metrics can't be collected");
            None
        }
    });
}

fn recorder() -> Result<PrometheusHandle, BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets(&PIECES)?
        .install_recorder()
}

fn describe_build() {
    metrics::describe_gauge!("chatire_build_info", "Always 1; the label says which version runs.");
    metrics::gauge!("chatire_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
}

/// Folds what histograms have collected every 5 s; without it they grow for ever.
pub(crate) async fn upkeep() {
    let mut every = tokio::time::interval(Duration::from_secs(5));
    loop {
        every.tick().await;
        if let Some(Some(handle)) = HANDLE.get() {
            handle.run_upkeep();
        }
    }
}

/// `GET /metrics`.
pub(crate) async fn render() -> HttpResponse {
    process::read();
    let text = HANDLE.get().and_then(Option::as_ref).map(PrometheusHandle::render).unwrap_or_default();
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text)
}
