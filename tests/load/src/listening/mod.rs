//! Many sockets that listen, and whether everybody heard everything, once and in order.

mod crowd;
mod dialect;
mod ear;
mod heard;
pub(crate) mod nats;
mod tally;

pub(crate) use crowd::{Crowd, Door, Returning};
pub(crate) use dialect::Dialect;
pub(crate) use heard::uri;
pub(crate) use tally::Tally;
