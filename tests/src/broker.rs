//! A RabbitMQ of one test, to be broken.

use std::path::PathBuf;
use std::process::Command;

use crate::ports::Ports;
use crate::watchdog::Watchdog;

/// Ends with everything that belongs to it when this is dropped.
#[derive(Debug)]
pub struct Broker {
    folder: PathBuf,
    port: u16,
    _watchdog: Watchdog,
    _ports: Ports,
}

impl Broker {
    /// Starts it; its state is kept in `folder`.
    pub(crate) fn start(folder: PathBuf) -> Self {
        let mut ports = Ports::claim_for_broker();
        let port = ports.take();
        let text = folder.to_string_lossy();
        let script = script();
        let watchdog = Watchdog::over(
            r#""$1" broker-kill --dir "$2" --amqp-port "$3"; "$1" stop --wipe --dir "$2""#,
            &[&script.to_string_lossy(), &text, &port.to_string()],
        );
        let broker = Self { folder, port, _watchdog: watchdog, _ports: ports };
        broker.start_again();
        broker
    }

    /// Where the services find it.
    pub(crate) fn url(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}/%2f", self.port)
    }

    /// `kill -9`.
    pub fn kill(&self) {
        self.must("broker-kill");
    }

    /// In good order: it says good-bye to everybody who is connected. Waits until it has ended.
    pub fn stop(&self) {
        self.must("broker-stop");
    }

    /// SIGSTOP: connections to it stay, and nobody answers.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// SIGCONT, after [`Broker::freeze`].
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    /// With the data it had, and waits until it takes connections.
    pub fn start_again(&self) {
        self.must("broker-start");
    }

    /// It is lost for good: `kill -9`, and another one, which knows nothing, takes its place.
    pub fn replace_by_an_empty_one(&self) {
        self.must("broker-replace");
    }

    fn must(&self, command: &str) -> String {
        self.one(command).unwrap_or_else(|e| panic!("{e}"))
    }

    fn signal(&self, signal: &str) {
        let pid = self.must("broker-pid");
        let sent = Command::new("kill").args([signal, pid.trim()]).status().expect("kill can be started");
        assert!(sent.success(), "kill {signal} {pid:?}: {sent}");
    }

    fn one(&self, command: &str) -> Result<String, String> {
        self.services(&[command, "--amqp-port", &self.port.to_string()])
    }

    /// What it printed.
    fn services(&self, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new(script())
            .args(arguments)
            .arg("--dir")
            .arg(&self.folder)
            .output()
            .map_err(|e| format!("{}: {e}", script().display()))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(format!("services.sh {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr)))
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // Killed first: nothing in it is worth an orderly end, which takes seconds.
        let _ = self.one("broker-kill");
        if let Err(error) = self.services(&["stop", "--wipe"]) {
            eprintln!("the broker on port {} is left behind: {error}", self.port);
        }
    }
}

fn script() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/dev/services.sh"))
}
