//! One of the real binaries, running.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use tokio::io::AsyncWriteExt;

use crate::wait::eventually;
use crate::watchdog::Watchdog;

/// How many lines of its log a failing test shows.
const SHOWN_LINES: usize = 60;

/// A binary with its settings, which can be started, killed and started again. Killed when dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    binary: PathBuf,
    arguments: Vec<String>,
    settings: BTreeMap<String, String>,
    /// Where it is asked whether it is ready.
    internal: String,
    folder: PathBuf,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    /// Dropped with the child: after its end the pid may be somebody else's.
    _watchdog: Watchdog,
}

/// What a process that ended by itself left.
#[derive(Debug)]
pub struct Ended {
    /// How it ended.
    pub status: ExitStatus,
    /// What it said.
    pub stderr: String,
}

impl Process {
    /// `name` is unique in `folder`, which takes the log and is the working directory. `binary` is one of ours, or the
    /// full path of another program that takes the same settings. `/readyz` at `internal` (`address:port`) says when it
    /// can serve.
    pub fn new(name: &str, binary: impl AsRef<Path>, internal: &str, folder: &Path) -> Self {
        Self {
            name: name.to_owned(),
            binary: binaries().join(binary),
            arguments: Vec::new(),
            settings: BTreeMap::new(),
            internal: internal.to_owned(),
            folder: folder.to_owned(),
            running: None,
        }
    }

    /// Sets `CHATIRE__{name}`, from the next start on.
    pub fn set(&mut self, name: &str, value: impl Into<String>) -> &mut Self {
        self.settings.insert(format!("CHATIRE__{name}"), value.into());
        self
    }

    /// What it is started with, from the next start on: for programs that are not ours.
    pub fn arguments<const N: usize>(&mut self, arguments: [&str; N]) -> &mut Self {
        self.arguments = arguments.map(str::to_owned).into();
        self
    }

    /// What its log is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its internal listener is, as `address:port`.
    pub fn internal(&self) -> &str {
        &self.internal
    }

    /// What `CHATIRE__{name}` is set to.
    pub fn setting(&self, name: &str) -> String {
        self.settings.get(&format!("CHATIRE__{name}")).cloned().unwrap_or_default()
    }

    /// Another replica, on ports of its own, which does not run.
    pub(crate) fn replica(&self, public: &str, internal: &str) -> Self {
        let mut replica = self.twin();
        replica.name = format!("{}-replica", self.name);
        internal.clone_into(&mut replica.internal);
        replica.set("LISTEN__PUBLIC", public).set("LISTEN__INTERNAL", internal);
        replica
    }

    /// Another one with the same settings, which does not run.
    pub(crate) fn twin(&self) -> Self {
        Self {
            name: format!("{}-twin", self.name),
            binary: self.binary.clone(),
            arguments: self.arguments.clone(),
            settings: self.settings.clone(),
            internal: self.internal.clone(),
            folder: self.folder.clone(),
            running: None,
        }
    }

    /// Starts it, without waiting.
    pub fn launch(&mut self) {
        assert!(self.running.is_none(), "{} runs already", self.name);
        let log = OpenOptions::new().create(true).append(true).open(self.log_file()).expect("the log can be opened");
        let again = log.try_clone().expect("the log can be opened twice");
        let child = self.command().stdout(log).stderr(again).spawn().unwrap_or_else(|e| panic!("{}: {e}", self.name));
        let watchdog = Watchdog::over("kill -KILL \"$1\"", &[&child.id().to_string()]);
        self.running = Some(Running { child, _watchdog: watchdog });
    }

    /// Waits until it says that it can serve.
    pub async fn is_ready(&mut self) {
        let url = format!("http://{}/readyz", self.internal);
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(2)).build().expect("no TLS");
        let what = format!("{} is ready", self.name);
        eventually(&what, Duration::from_secs(20), async || {
            if let Some(running) = &mut self.running
                && let Ok(Some(status)) = running.child.try_wait()
            {
                panic!("{} ended with {status} before it was ready", self.name);
            }
            client.get(&url).send().await.is_ok_and(|answer| answer.status() == 200).then_some(())
        })
        .await;
    }

    /// Its process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(|running| running.child.id())
    }

    /// How much memory it has needed at most, in bytes.
    pub fn peak_memory(&self) -> usize {
        let status = self.pid().and_then(|pid| std::fs::read_to_string(format!("/proc/{pid}/status")).ok());
        let status = status.expect("it runs, and the system tells");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
        let kilobytes: usize = line.trim().trim_end_matches(" kB").parse().expect("a number");
        kilobytes * 1024
    }

    /// One of its figures (`/metrics`), over all labels.
    pub async fn figure(&self, name: &str) -> f64 {
        let url = format!("http://{}/metrics", self.internal);
        let text = reqwest::get(url).await.expect("it answers").text().await.expect("text");
        let values = text.lines().filter(|line| line.split([' ', '{']).next() == Some(name));
        values.map(|line| line.rsplit(' ').next().and_then(|v| v.parse::<f64>().ok()).expect("a number")).sum()
    }

    /// SIGKILL: it has no chance to do anything more.
    pub fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            let _ = running.child.kill();
            let _ = running.child.wait();
        }
    }

    /// SIGTERM: it is asked to end. See [`Process::ends`].
    pub fn terminate(&self) {
        self.signal("-TERM");
    }

    /// SIGSTOP: it stands still, and its connections stay.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// SIGCONT, after [`Process::freeze`].
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let pid = self.pid().expect("it runs").to_string();
        let status = Command::new("kill").args([signal, &pid]).status().expect("kill can be started");
        assert!(status.success(), "{} could not be sent {signal}", self.name);
    }

    /// Waits until it has ended.
    pub async fn ends(&mut self, deadline: Duration) -> ExitStatus {
        let running = self.running.as_mut().expect("it runs");
        let what = format!("{} ends", self.name);
        let ended = async || running.child.try_wait().expect("a child can be waited for");
        let status = eventually(&what, deadline, ended).await;
        self.running = None;
        status
    }

    /// Runs the binary with the same settings and these arguments beside the one that may be running, and waits until it
    /// has ended.
    pub async fn operates(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = tokio::process::Command::from(self.command());
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap_or_else(|e| panic!("{}: {e}", self.name));
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(input.as_bytes()).await.expect("it reads");
        drop(stdin);
        match tokio::time::timeout(Duration::from_secs(20), child.wait_with_output()).await {
            Ok(Ok(output)) => output,
            Ok(Err(error)) => panic!("{} {arguments:?}: {error}", self.name),
            Err(_) => panic!("{} {arguments:?} does not end", self.name),
        }
    }

    /// Starts it where it is expected to refuse, and waits until it has ended.
    pub async fn refuses_to_start(&self) -> Ended {
        let child = tokio::process::Command::from(self.command())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|e| panic!("{}: {e}", self.name));
        match tokio::time::timeout(Duration::from_secs(10), child.wait_with_output()).await {
            Ok(Ok(output)) => {
                Ended { status: output.status, stderr: String::from_utf8_lossy(&output.stderr).into_owned() }
            }
            Ok(Err(error)) => panic!("{}: {error}", self.name),
            Err(_) => panic!("{} did not refuse to start, it runs", self.name),
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("RUST_BACKTRACE", "1")
            .envs(&self.settings)
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        command
    }

    fn log_file(&self) -> PathBuf {
        self.folder.join(format!("{}.log", self.name))
    }

    /// What it has said, over all its starts.
    pub fn log(&self) -> String {
        let bytes = std::fs::read(self.log_file()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// For a failing test.
    pub(crate) fn show_log(&self) {
        let text = self.log();
        let lines: Vec<_> = text.lines().collect();
        eprintln!("--- the end of the log of {}", self.name);
        for line in &lines[lines.len().saturating_sub(SHOWN_LINES)..] {
            eprintln!("{line}");
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Where the binaries are: `CHATIRE_BIN_DIR`, else beside the folder of this test's own (`target/debug/deps`).
fn binaries() -> PathBuf {
    if let Some(folder) = std::env::var_os("CHATIRE_BIN_DIR") {
        return folder.into();
    }
    let own = std::env::current_exe().expect("a process knows its own path");
    own.parent().and_then(Path::parent).expect("a test lies in target/PROFILE/deps").to_owned()
}
