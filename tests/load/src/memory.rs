//! Memory as the operating system counts it.

use crate::Result;
use crate::failure::Failure;

/// What a process has for itself alone, in bytes: it would be free if the process ended.
pub(crate) fn private(pid: u32) -> Result<u64> {
    chatire_tests::private_memory(pid).map_err(|e| Failure::while_doing("reading what a process holds", e))
}
