//! Many sockets that listen, and whether everybody heard everything, once and in order.

mod crowd;
mod ear;
mod tally;

pub(crate) use crowd::{Crowd, Door, Returning};
pub(crate) use ear::uri;
pub(crate) use tally::Tally;
