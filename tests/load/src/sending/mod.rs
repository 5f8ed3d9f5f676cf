//! People who send, and whether what they sent is there.

mod audit;
mod check;
mod closed_loop;
mod in_turns;
mod sender;
mod turn;

pub(crate) use audit::Audit;
pub(crate) use check::Acknowledged;
pub(crate) use in_turns::in_turns;
pub(crate) use sender::{Seat, Sender, Tried};
pub(crate) use turn::{RATE, System};
