//! The one place where time is taken from.

use shared_proto::Timestamp;

/// Now, in UTC, in whole microseconds.
#[allow(clippy::disallowed_methods, reason = "this is the one place")]
pub fn now() -> Timestamp {
    time::OffsetDateTime::from(std::time::SystemTime::now()).into()
}
