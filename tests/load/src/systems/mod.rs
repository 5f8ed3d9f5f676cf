//! What is measured: our own binaries in both ways to run, and the reference. Each ends when it is dropped.

mod broadcast;
mod cluster;
mod people;
mod reference;
mod rooms;
mod standalone;
mod venue;

pub(crate) use broadcast::Broadcast;
pub(crate) use cluster::{AuthService, ChatApi};
pub(crate) use people::{chat_each, one_chat, sign_up};
pub(crate) use reference::Reference;
pub(crate) use rooms::{Rooms, token};
pub(crate) use standalone::Standalone;
pub(crate) use venue::Venue;

use chatire_tests::Process;

use crate::Result;
use crate::cpu::Meter;
use crate::failure::Failure;

/// A person's token must last for a whole run: the longest life that auth-service allows, in seconds.
const TOKEN_SECONDS: &str = "900";

/// Whom the parts of a cluster believe.
const CREDENTIAL: &str = "for-the-benchmark-only-0123456789";

/// Limits count as ever, but everybody comes from one address: they must be out of reach.
fn set_limits(process: &mut Process, prefix: &str) {
    process.set(&format!("{prefix}LIMITS__ENABLED"), "true");
    for name in ["SIGN_UPS_PER_ADDRESS", "SIGN_INS_PER_ADDRESS", "FAILURES_PER_ACCOUNT"] {
        process.set(&format!("{prefix}LIMITS__{name}"), "1000000");
    }
}

fn meter(name: &'static str, process: &Process) -> Result<Meter> {
    process.pid().map(|pid| Meter::new(name, pid)).ok_or_else(|| Failure::new(format!("{name} does not run")))
}
