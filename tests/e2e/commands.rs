//! The commands of the binaries and the scripts in `deploy/`, as an operator runs them.

use std::path::Path;
use std::process::{Command, Stdio};

use chatire_tests::{Part, Way, World};

/// What the command printed; it must have done well.
pub(crate) async fn printed(world: &mut World, part: Part, arguments: &[&str]) -> String {
    let output = world.process(part).operates(arguments, "").await;
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// What the command said on standard error; it must have refused.
pub(crate) async fn refused(world: &mut World, part: Part, arguments: &[&str]) -> String {
    let output = world.process(part).operates(arguments, "").await;
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
    String::from_utf8(output.stderr).expect("text")
}

/// Makes a backup in the folder, in the way of this world; returns where it is.
pub(crate) async fn backs_up(world: &mut World, into: &Path) -> String {
    let into = into.to_string_lossy();
    let said = match world.way() {
        Way::Standalone => printed(world, Part::Auth, &["backup", &into]).await,
        Way::Cluster => script(world, "backup.sh", &[&into]).await.expect("a backup"),
    };
    said.split_whitespace().next().expect("a folder").to_owned()
}

/// Puts a backup back, in the way of this world; returns why not.
pub(crate) async fn restores(world: &mut World, arguments: &[&str]) -> Result<(), String> {
    match world.way() {
        Way::Standalone => {
            let arguments = [&["restore"], arguments].concat();
            let output = world.process(Part::Auth).operates(&arguments, "").await;
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            if output.status.success() { Ok(()) } else { Err(said) }
        }
        Way::Cluster => script(world, "restore.sh", arguments).await.map(drop),
    }
}

/// What a script of `deploy/` printed, or why it refused.
async fn script(world: &World, name: &str, arguments: &[&str]) -> Result<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(name);
    let [auth, chat] = world.database_urls();
    let secret = world.folder().join("chat_database_url");
    std::fs::write(&secret, chat + "\n").expect("a file");
    let mut command = Command::new(path);
    // Both ways to name a database.
    command.args(arguments).env("CHATIRE_AUTH_DATABASE_URL", auth).env("CHATIRE_CHAT_DATABASE_URL_FILE", secret);
    command.stdin(Stdio::null());
    // Beside people who talk: the runtime must go on.
    let output = tokio::task::spawn_blocking(move || command.output().expect("bash")).await.expect("an end");
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).expect("text"))
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
