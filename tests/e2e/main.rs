//! The promises of the system, each checked over standalone and over a cluster. See the crate's own page for how.

mod bad_frames;
mod bad_requests;
mod broker_outage;
mod classic_calls;
mod closing;
mod crowd;
mod durability;
mod membership;
mod migrations;
mod outages;
mod query_plans;
mod resuming;
mod retrying;
mod sessions;
mod slow_readers;
mod socket_access;
mod starting_and_stopping;
mod talk;
mod talking;
mod tokens;
