//! What can keep a process from starting, told in one line that says what to change.

use std::process::{ExitCode, Termination};

/// Why a process can't start. `Display` is one line: what is wrong, with which value, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StartError(String);

impl StartError {
    /// With the line itself.
    pub fn new(line: impl Into<String>) -> Self {
        Self(line.into().replace('\n', " "))
    }
}

/// Ends `main`: as it was done (`()` is 0), or with the line on standard error and 2.
pub fn exit_code(program: &str, result: Result<impl Termination, StartError>) -> ExitCode {
    crate::trace::end();
    match result {
        Ok(done) => done.report(),
        Err(error) => {
            eprintln!("{program}: {error}");
            ExitCode::from(2)
        }
    }
}
