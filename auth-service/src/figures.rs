//! What auth-service counts, beside what every service does, and how its outbox and its mails stand.

use std::time::Duration;

use service_kit::db::Db;
use service_kit::metrics::{ByLabel, Figures, describe};
use service_kit::{clock, pause};
use shared_proto::Timestamp;

use crate::audit::Deed;
use crate::{outbox, passwords};

/// What the audit log notes.
pub(crate) const DEEDS: &str = "chatire_auth_deeds_total";
/// What limits turned away.
pub(crate) const LIMITED: &str = "chatire_auth_limited_total";
/// Hashing a password, or comparing one with its hash.
pub(crate) const PASSWORD_DURATION: &str = "chatire_auth_password_duration_seconds";
const OUTBOX_ROWS: &str = "chatire_outbox_rows";
const OUTBOX_AGE: &str = "chatire_outbox_age_seconds";
const MAILS: &str = "chatire_auth_mails_waiting";
const MAILS_AGE: &str = "chatire_auth_mails_age_seconds";

/// How often outbox and mails are looked at.
const EVERY: Duration = Duration::from_secs(5);

/// What waits in a table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) rows: i64,
    /// Since when the oldest has waited, where that is known.
    pub(crate) oldest: Option<Timestamp>,
}

pub(crate) fn describe_all() {
    describe(&Figures {
        by_label: &[ByLabel(
            (LIMITED, "What was refused since there had been too many tries, by limit."),
            "limit",
            &["sign_ups", "sign_ins", "failures", "resets", "mails", "refreshes", "account_refreshes"],
        )],
        gauges_known_later: &[
            (OUTBOX_ROWS, "Commits or messages that wait until the bus has taken them; every replica tells the same."),
            (OUTBOX_AGE, "How long the oldest row of the outbox has waited; 0 when there is none."),
            (MAILS, "Mails for new passwords that no mail server has taken yet."),
            (MAILS_AGE, "How long the oldest mail that waits has waited; 0 when there is none."),
        ],
        histograms: &[(PASSWORD_DURATION, "Hashing or comparing a password, with the wait for a turn.")],
        ..Figures::NONE
    });
    metrics::describe_counter!(DEEDS, "Lines of the audit log, by what was done.");
    Deed::ALL.iter().for_each(|deed| metrics::counter!(DEEDS, "deed" => deed.name()).increment(0));
}

/// Tells how outbox and mails stand, for ever. While the database is away the figures stay as they were, and
/// `chatire_database_up` says so.
pub(crate) async fn watch(db: &Db) {
    loop {
        if db.is_up().await
            && let Ok((outbox, mails)) = db.read(|conn| Ok((outbox::standing(conn)?, passwords::standing(conn)?))).await
        {
            metrics::gauge!(OUTBOX_ROWS, "outbox" => "auth").set(outbox.rows as f64);
            metrics::gauge!(OUTBOX_AGE, "outbox" => "auth").set(outbox.age());
            metrics::gauge!(MAILS).set(mails.rows as f64);
            metrics::gauge!(MAILS_AGE).set(mails.age());
        }
        pause::about(EVERY).await;
    }
}

impl Standing {
    /// In seconds.
    fn age(&self) -> f64 {
        let micros = self.oldest.map_or(0, |at| clock::now().micros() - at.micros());
        micros.max(0) as f64 / 1e6
    }
}
