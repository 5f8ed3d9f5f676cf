//! One socket: its frames, what waits to be written to it, and the loop that reads it.

mod connection;
pub mod echo;
mod frame;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod guard;
mod header;
mod hello;
mod inbound;
mod inbox;
mod outgoing;

pub(crate) use connection::Connection;
pub(crate) use frame::Frame;
pub(crate) use inbound::serve;
pub(crate) use inbox::Inbox;
pub(crate) use outgoing::Outgoing;
