//! The promises of the system, each checked over standalone and over a cluster. See the crate's own page for how.

mod bad_frames;
mod bad_requests;
mod broker_outage;
mod classic_calls;
mod closing;
mod crowd;
mod durability;
mod editing;
mod membership;
mod mentions;
mod migrations;
mod outages;
mod paging;
mod pair;
mod query_plans;
mod reactions;
mod replies;
mod resuming;
mod retrying;
mod sessions;
mod slow_readers;
mod socket_access;
mod starting_and_stopping;
mod talk;
mod talking;
mod tokens;
