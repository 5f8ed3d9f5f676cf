//! `chatire backup`: copies of both databases and of the secret, while Chatire runs or not.
//!
//! chat.db is copied before auth.db. Whoever signs up in between has an account and is known in no chat yet, as it is right
//! after signing up. The other way round, the backup could have messages of an account that it does not have, and whoever
//! signs up after a restore would get that account's id and everything that belongs to it.

use std::fs;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use service_kit::db::{check_sqlite, copy_sqlite};
use service_kit::operate::say;
use service_kit::{StartError, clock};
use shared_proto::Timestamp;

use crate::data::{AUTH, CHAT, DataFolder, KEYS, private};

/// What is in a backup: of these three everything else follows.
pub(crate) const PARTS: [&str; 3] = [CHAT, AUTH, KEYS];
/// In front of the name of every backup, behind which its time stands.
const NAME: &str = "chatire-";
/// In the data folder: which backup was the last one.
const LAST: &str = "last-backup.json";

/// The last backup.
#[derive(Serialize, Deserialize)]
pub(crate) struct Last {
    pub(crate) at: Timestamp,
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
}

/// A folder that is deleted unless it is finished.
struct Unfinished(Option<PathBuf>);

/// Makes a new backup in the folder `into`, and deletes all but the newest `keep` that were made there.
pub(crate) fn backup(data: &DataFolder, into: &Path, keep: Option<usize>) -> Result<(), StartError> {
    let failed = |e: &dyn std::fmt::Display| StartError::new(format!("can't write to {}: {e}", into.display()));
    let private_folder = |recursive, path: &Path| {
        fs::DirBuilder::new().recursive(recursive).mode(0o700).create(path).map_err(|e| failed(&e))
    };
    private_folder(true, into)?;
    let into = into.canonicalize().map_err(|e| failed(&e))?;
    let at = clock::now();
    let name = format!("{NAME}{}", file_name(at));
    let finished = into.join(&name);
    let path = into.join(format!(".{name}.unfinished"));
    private_folder(false, &path)?;
    let mut unfinished = Unfinished(Some(path.clone()));

    for database in [CHAT, AUTH] {
        let copy = path.join(database);
        copy_sqlite(&data.file(database), &copy)?;
        check_sqlite(&copy)?;
    }
    let secret = data.keys_secret()?;
    write(&path.join(KEYS), secret.as_bytes()).map_err(|e| failed(&e))?;
    let bytes = PARTS.iter().filter_map(|part| fs::metadata(path.join(part)).ok()).map(|file| file.len()).sum();
    sync(&path).map_err(|e| failed(&e))?;
    if finished.exists() {
        return Err(failed(&format!("{name} is there already")));
    }
    fs::rename(&path, &finished).and_then(|()| sync(&into)).map_err(|e| failed(&e))?;
    unfinished.0 = None;

    note(data, &Last { at, path: finished.clone(), bytes });
    say(&format!("{} ({bytes} bytes)", finished.display()));
    if let Some(keep) = keep {
        delete_old(&into, keep).map_err(|e| failed(&e))?;
    }
    Ok(())
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            let _ = fs::remove_dir_all(path);
        }
    }
}

/// The last backup that was made of this data folder and is still there.
pub(crate) fn last(data: &DataFolder) -> Option<Last> {
    let text = fs::read(data.file(LAST)).ok()?;
    let last: Last = serde_json::from_slice(&text).ok()?;
    last.path.is_dir().then_some(last)
}

/// Only for `status`: a backup is one without it, too.
fn note(data: &DataFolder, last: &Last) {
    let text = serde_json::to_vec(last).unwrap_or_default();
    let unfinished = data.file("last-backup.json.new");
    let _ = fs::remove_file(&unfinished);
    let noted = write(&unfinished, &text).and_then(|()| fs::rename(&unfinished, data.file(LAST)));
    if let Err(error) = noted {
        say(&format!("(it could not be noted in {}: {error})", data.file(LAST).display()));
    }
}

fn delete_old(into: &Path, keep: usize) -> std::io::Result<()> {
    let mut backups: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(into)? {
        let entry = entry?;
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(NAME));
        if is_ours && PARTS.iter().all(|part| entry.path().join(part).is_file()) {
            backups.push(entry.path());
        }
    }
    // Names go the way of time.
    backups.sort();
    backups.truncate(backups.len().saturating_sub(keep));
    for old in backups {
        fs::remove_dir_all(&old)?;
        say(&format!("{} is deleted", old.display()));
    }
    Ok(())
}

/// A moment as it may stand in a file's name everywhere, always of the same length: `2026-11-28T124500.123456Z`.
pub(crate) fn file_name(at: Timestamp) -> String {
    let whole = Timestamp::from_micros(at.seconds() * 1_000_000).to_string().replace(':', "");
    format!("{}.{:06}Z", whole.trim_end_matches('Z'), at.micros().rem_euclid(1_000_000))
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = private().create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// What is in a folder is still there after a crash only when the folder is written, too.
pub(crate) fn sync(folder: &Path) -> std::io::Result<()> {
    fs::File::open(folder)?.sync_all()
}
