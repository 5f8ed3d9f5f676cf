//! What is counted about the broker. Inside one process there is none.

use std::time::Duration;

use super::BusError;
use crate::metrics::{ByLabel, Figures};

const CONNECTED: &str = "chatire_bus_connected";
const PUBLISHES: &str = "chatire_bus_publishes_total";
const CONFIRM: &str = "chatire_bus_publish_duration_seconds";
const UNREADABLE: &str = "chatire_bus_unreadable_total";
const RECEIVED: &str = "chatire_bus_deliveries_total";
const CONNECTS: &str = "chatire_bus_connects_total";
const DROPPED: &str = "chatire_bus_transients_dropped_total";

pub(super) fn describe() {
    crate::metrics::describe(&Figures {
        counters: &[
            (UNREADABLE, "Messages on the bus that could not be read, and were dropped."),
            (RECEIVED, "Messages taken from the broker; one may carry many events."),
            (CONNECTS, "Connections made to consume from the broker: more than one means that it was interrupted."),
            (DROPPED, "Typing, read marks and presence that were not published, since the broker was away or busy."),
        ],
        by_label: &[ByLabel(
            (PUBLISHES, "Batches published with confirms, by result; those that failed are tried again."),
            "result",
            &["ok", "broker", "connect", "timeout", "blocked", "refused"],
        )],
        gauges_known_later: &[(
            CONNECTED,
            "1 while connected to the broker, else 0: `consumer`, or `publisher` as of the last publishing.",
        )],
        histograms: &[(CONFIRM, "Publishing a batch, until the broker has confirmed it.")],
        ..Figures::NONE
    });
}

/// Somebody consumes, or wants to.
pub(super) fn consumer(connected: bool) {
    metrics::gauge!(CONNECTED, "role" => "consumer").set(if connected { 1 } else { 0 });
    if connected {
        metrics::counter!(CONNECTS).increment(1);
    }
}

pub(super) fn received() {
    metrics::counter!(RECEIVED).increment(1);
}

pub(super) fn unreadable() {
    metrics::counter!(UNREADABLE).increment(1);
}

pub(super) fn transient_dropped() {
    metrics::counter!(DROPPED).increment(1);
}

pub(super) fn published(result: &Result<(), BusError>, took: Duration) {
    let shown = match result {
        Ok(()) => "ok",
        Err(BusError::Broker(_)) => "broker",
        Err(BusError::Connect(_)) => "connect",
        Err(BusError::Timeout(..)) => "timeout",
        Err(BusError::Blocked) => "blocked",
        Err(BusError::Refused) => "refused",
    };
    metrics::counter!(PUBLISHES, "result" => shown).increment(1);
    metrics::gauge!(CONNECTED, "role" => "publisher").set(if result.is_ok() { 1 } else { 0 });
    metrics::histogram!(CONFIRM).record(took.as_secs_f64());
}
