//! What the gateways ask, on the internal listener, with the internal credential.

mod chats_members;
mod events_after;
mod reads;
mod sends;
mod users_chats;

pub(crate) use chats_members::chats_members;
pub(crate) use events_after::events_after;
pub(crate) use reads::reads;
pub(crate) use sends::sends;
pub(crate) use users_chats::users_chats;

use service_kit::{Error, Result};

/// Entries of one internal request.
const ENTRIES: usize = 500;

fn check_count(field: &str, count: usize) -> Result<()> {
    if count > ENTRIES {
        return Err(Error::invalid(field, format!("{count} entries, at most {ENTRIES} are taken")));
    }
    Ok(())
}
