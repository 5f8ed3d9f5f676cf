//! Nothing that a test starts outlives it, even when the test is killed.

use std::process::{Child, Command, Stdio};

/// A shell that waits for the end of this process, and then runs a command. It notices by its standard input, which
/// only we hold open: the kernel closes it however we end.
#[derive(Debug)]
pub(crate) struct Watchdog(Child);

impl Watchdog {
    /// `command` is a line of shell, with `$1`, `$2`… for the `arguments`.
    pub(crate) fn over(command: &str, arguments: &[&str]) -> Self {
        let script = format!("read -r _; {command}");
        let child = Command::new("sh")
            .args(["-c", &script, "watchdog"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh can be started");
        Self(child)
    }
}

impl Drop for Watchdog {
    /// We are still there to clean up ourselves: the command is not run.
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
