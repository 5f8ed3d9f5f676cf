//! Drives the running system from outside: starts the real binaries, speaks HTTP and WebSocket to them, and breaks
//! them on purpose. Of our own code it knows the wire types only.
//!
//! A scenario is an async function over a [`World`]. [`both_ways!`] runs it twice: over the standalone binary and
//! over a cluster on PostgreSQL and RabbitMQ. Every test has its own World, and nothing is shared between Worlds but
//! the two servers, on which each has its own databases and its own names.
//!
//! Nothing here sleeps for a fixed time in the hope that something has happened by then: everything waits for a
//! condition, with a deadline.

mod addresses;
mod broker;
mod chat;
mod collector;
mod database;
mod doing;
mod exchanges;
mod forger;
mod gapless;
mod handshake;
mod http;
mod layout;
mod links;
mod looking;
mod memory;
pub mod offending;
mod person;
mod plan;
mod plans;
mod ports;
mod post_office;
mod process;
mod proxy;
mod punctual;
mod random;
mod record;
mod scenario;
mod seen;
mod servers;
mod socket;
pub mod speaking;
mod tampering;
mod wait;
mod watchdog;
mod world;

pub use addresses::{Addresses, Gateway, Replica};
pub use broker::Broker;
pub use chat::{Chat, Saying, Sent};
pub use collector::{Collector, Span};
pub use database::Database;
pub use doing::Doing;
pub use forger::{Forger, sign_by_hmac, unsigned};
pub use gapless::assert_gapless;
pub use handshake::{ALLOWED_ORIGIN, Handshake};
pub use http::{Answer, Call, Client};
pub use layout::Part;
pub use links::Link;
pub use memory::{open_files, private_memory, written_memory};
pub use person::{PASSWORD, Person};
pub use plan::{Plan, Service, Way};
pub use plans::{QueryPlan, Watched};
pub use ports::Ports;
pub use post_office::{Mail, PostOffice, SilentServer};
pub use process::{Ended, Process};
pub use proxy::Proxy;
pub use random::{Dice, random_name};
pub use record::{Record, Said};
pub use scenario::play;
pub use seen::{Closed, Frame, Refused, Seen};
pub use socket::Socket;
pub use tampering::{Tamperer, Tampering};
pub use wait::{PATIENCE, eventually, within};
pub use world::World;
