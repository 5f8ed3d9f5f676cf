//! What chat-api counts, beside what every service does.

use service_kit::metrics::{ByLabel, Figures, describe};

/// Messages that somebody wanted to send, by what came of it.
pub(crate) const MESSAGES: &str = "chatire_messages_total";
/// The transactions in which messages are stored.
pub(crate) const COMMIT_DURATION: &str = "chatire_commit_duration_seconds";
/// Messages of one of them.
pub(crate) const COMMIT_SIZE: &str = "chatire_commit_batch_messages";
/// Events handed to the bus right after their commit.
pub(crate) const PUBLISHED: &str = "chatire_events_published_total";
/// Events that the relay published.
pub(crate) const RELAYED: &str = "chatire_events_relayed_total";
/// Commits for which there was no room.
pub(crate) const LEFT_TO_RELAY: &str = "chatire_commits_left_to_relay_total";
/// Messages that were kept for long enough.
pub(crate) const EXPIRED: &str = "chatire_messages_expired_total";
/// What waits in the outbox, as every service with one calls it.
pub(crate) const OUTBOX_ROWS: &str = "chatire_outbox_rows";
/// How long the oldest of it has waited.
pub(crate) const OUTBOX_AGE: &str = "chatire_outbox_age_seconds";

pub(crate) fn describe_all() {
    describe(&Figures {
        counters: &[
            (PUBLISHED, "Events that the bus took right after their commit."),
            (
                RELAYED,
                "Events that a crash or a broker's outage had left in the outbox, and that were published from there.",
            ),
            (EXPIRED, "Messages deleted since they were kept for long enough."),
            (LEFT_TO_RELAY, "Commits left to the relay, since too many waited to be published."),
        ],
        by_label: &[ByLabel(
            (
                MESSAGES,
                "Messages that somebody wanted to send, over sockets or HTTP; `repeated` ones were stored before.",
            ),
            "result",
            &["stored", "repeated", "refused", "failed"],
        )],
        gauges_known_later: &[
            (OUTBOX_ROWS, "Commits or messages that wait until the bus has taken them; every replica tells the same."),
            (OUTBOX_AGE, "How long the oldest row of the outbox has waited; 0 when there is none."),
        ],
        histograms: &[
            (COMMIT_DURATION, "Storing a batch of messages, until it is committed."),
            (COMMIT_SIZE, "Messages stored by one commit."),
        ],
        ..Figures::NONE
    });
}
