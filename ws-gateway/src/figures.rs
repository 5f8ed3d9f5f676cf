//! What the gateway counts, beside what every service does.

use service_kit::metrics::{ByLabel, Figures, describe};

/// Open sockets.
pub(crate) const SOCKETS: &str = "chatire_sockets";
/// Sockets that were opened.
pub(crate) const OPENED: &str = "chatire_sockets_opened_total";
/// Sockets whose hello was accepted.
pub(crate) const ENTERED: &str = "chatire_sockets_entered_total";
/// Sockets for which more waits than they read.
pub(crate) const BEHIND: &str = "chatire_sockets_behind";
/// Bytes that wait for clients to read.
pub(crate) const QUEUED: &str = "chatire_socket_queue_bytes";
/// Sockets closed for being slow.
pub(crate) const SLOW_CLOSES: &str = "chatire_slow_closes_total";
/// Events handed to sockets.
pub(crate) const DELIVERIES: &str = "chatire_deliveries_total";
/// From an event's time to its sockets.
pub(crate) const LATENCY: &str = "chatire_delivery_latency_seconds";
/// Messages from sockets.
pub(crate) const SENDS: &str = "chatire_sends_total";
/// From a message to its ack.
pub(crate) const SEND_DURATION: &str = "chatire_send_duration_seconds";
/// Interruptions of the bus.
pub(crate) const GAPS: &str = "chatire_bus_gaps_total";
/// Chats that got what they had missed.
pub(crate) const HEALED: &str = "chatire_gaps_healed_total";
/// Chats that miss something.
pub(crate) const MISSING: &str = "chatire_chats_missing_events";
/// Chats that are loaded anew.
pub(crate) const RESETS: &str = "chatire_chat_resets_total";
/// Typing, read marks and presence that a slow client did not get. (Counted where they are dropped.)
const TRANSIENTS_DROPPED: &str = "chatire_transients_dropped_total";

pub(crate) fn describe_all() {
    describe(&Figures {
        counters: &[
            (OPENED, "WebSocket handshakes accepted."),
            (SLOW_CLOSES, "Sockets closed with 4408, since their clients read too slowly."),
            (DELIVERIES, "Events handed to sockets: one for each socket that is to see it."),
            (GAPS, "Interruptions of the bus, after which all chats may miss something."),
            (HEALED, "Times that a chat missed events and got them from chat-api."),
            (RESETS, "Times that a chat had missed too much, and clients were told to load it."),
            (TRANSIENTS_DROPPED, "Typing, read marks and presence dropped for clients that read too slowly."),
        ],
        by_label: &[
            ByLabel(
                (ENTERED, "Sockets whose hello was accepted: new ones, and those that resume."),
                "resumed",
                &["true", "false"],
            ),
            ByLabel(
                (SENDS, "Messages from sockets, by answer: acknowledged, refused by a rule, or to be tried later."),
                "result",
                &["ok", "refused", "later"],
            ),
        ],
        gauges: &[
            (SOCKETS, "Open sockets."),
            (BEHIND, "Sockets with more than half of what may wait for a slow client; looked at each second."),
            (QUEUED, "Bytes that wait for clients to read, of all sockets; looked at each second."),
            (MISSING, "Chats that miss events which are being asked of chat-api."),
        ],
        histograms: &[
            (
                LATENCY,
                "From an event's time, just before its commit, until a worker hands it to its sockets; once for each event and worker.",
            ),
            (SEND_DURATION, "From a socket's message until its answer waits to be written."),
        ],
        ..Figures::NONE
    });
}
