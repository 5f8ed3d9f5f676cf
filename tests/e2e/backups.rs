//! A backup that was made while people talked brings back every chat and everybody, after all is lost.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chatire_tests::{Chat, Gateway, Part, Person, Sent, World, both_ways, cluster_only, standalone_only};
use serde_json::{Value, json};
use shared_proto::messages::Message;

use crate::commands::{backs_up, printed, refused, restores};
use crate::talk::Talk;

both_ways! {
    async fn a_backup_that_was_made_under_load_brings_back_every_chat(world: &mut World) {
        let people = [world.signs_up("alice").await, world.signs_up("bob").await, world.signs_up("carol").await];
        let [alice, bob, carol] = &people;
        let chats = chats_of_all_kinds(alice, bob, carol).await;
        let loud = alice.starts_a_chat().await;
        bob.joins(&loud).await;
        let talk = Talk::in_chat(&loud);
        let speaker = tokio::spawn(talks_on(bob.clone(), loud.clone(), talk.clone()));
        talk.goes_on(20, "before the backup").await;
        let before = alice.position(&loud).await;
        let pictures = pictures_of(&people, &chats).await;

        let backups = world.folder().join("backups");
        let backup = backs_up(world, &backups).await;
        talk.goes_on(20, "after the backup").await;
        talk.ends();
        let said = speaker.await.expect("each was acknowledged");
        assert_private(Path::new(&backup));
        world.ends_everything().await;
        world.loses_everything();

        restores(world, &[&backup]).await.expect("it is restored");
        world.starts_everything().await;
        assert_eq!(pictures_of(&people, &chats).await, pictures, "to the tokens of before, everything is as it was");
        for person in &people {
            let again = person.signs_in_again().await;
            assert_eq!((again.user(), again.chats().await.len()), (person.user(), person.chats().await.len()));
            let cookie = person.refresh_cookie();
            let call = world.stranger().call("POST", "/auth/jwt/refresh/").header("cookie", cookie);
            call.answer().await.expect(200);
        }
        // Of the chat in which somebody spoke meanwhile, all that was said before is there, and nothing with a gap.
        let kept = alice.history(&loud).await;
        let seqs: Vec<i64> = kept.iter().map(|message| message.seq.0).collect();
        let all: Vec<i64> = said.iter().map(|sent| sent.seq.0).collect();
        assert!(seqs.len() as i64 >= before - 2 && seqs == all[..seqs.len()], "{seqs:?} of {all:?}, {before} before");
        // Whoever has seen what is lost is told to load the chat, and talks on.
        let position = alice.position(&loud).await;
        let ahead = bob.connects_after(Gateway::Second, &[(&loud, position + 10)]).await;
        ahead.until("reset", |seen| (seen.count("reset") == 1).then_some(())).await;
        let next = alice.says("and on it goes").in_chat(&loud).await;
        assert_eq!(next.seq.0, position + 1);
        ahead.hears(&loud, next.seq).await;
        let new = world.signs_up("new").await;
        assert!(people.iter().all(|person| person.id() < new.id()), "nobody gets somebody else's id");
    }
}

standalone_only! {
    async fn a_restore_never_overwrites_anything(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        alice.says("in the backup").in_chat(&chat).await;
        let backups = world.folder().join("backups");
        let backup = backs_up(world, &backups).await;
        alice.says("after it").in_chat(&chat).await;
        assert!(restores(world, &[&backup, "--replace"]).await.unwrap_err().contains("another Chatire uses"));
        world.ends_everything().await;
        assert!(restores(world, &[&backup]).await.unwrap_err().contains("--replace"));
        assert!(restores(world, &["/tmp"]).await.unwrap_err().contains("is no backup"));

        // A backup that was damaged since is found out before it takes anything's place.
        let damaged = world.folder().join("damaged");
        copy_all(Path::new(&backup), &damaged);
        let mut bytes = std::fs::read(damaged.join("chat.db")).expect("a file");
        let half = bytes.len() / 2;
        bytes[half..].iter_mut().for_each(|byte| *byte ^= 0x55);
        std::fs::write(damaged.join("chat.db"), bytes).expect("a file");
        let said = restores(world, &[&damaged.to_string_lossy(), "--replace"]).await.unwrap_err();
        assert!(said.contains("chat.db"), "{said}");
        world.starts_everything().await;
        assert_eq!(alice.history(&chat).await.len(), 2, "all is as it was");

        world.ends_everything().await;
        restores(world, &[&backup, "--replace"]).await.expect("it is restored");
        world.starts_everything().await;
        assert_eq!(alice.history(&chat).await.len(), 1);
        let aside = std::fs::read_dir(world.data()).expect("a folder").filter_map(Result::ok);
        let aside = aside.map(|entry| entry.path()).find(|path| path.to_string_lossy().contains("before-restore-"));
        let aside = aside.expect("what was there is put aside");
        assert!(aside.join("chat.db").exists() && aside.join("auth.db").exists() && aside.join("keys.secret").exists());

        // A restore that died halfway is not served.
        world.ends_everything().await;
        std::fs::write(world.data().join("restore.unfinished"), "").expect("a file");
        let refused = world.process(Part::Auth).refuses_to_start().await;
        assert!(refused.stderr.contains("was not finished"), "{refused:?}");
        restores(world, &[&backup, "--replace"]).await.expect("it is restored");
        world.starts_everything().await;
        assert_eq!(alice.history(&chat).await.len(), 1);
    }
}

standalone_only! {
    async fn old_backups_are_deleted_when_the_operator_wants_it(world: &mut World) {
        let backups = world.folder().join("backups");
        let into = backups.to_string_lossy().into_owned();
        let mut made = Vec::new();
        for _ in 0..4 {
            let said = printed(world, Part::Auth, &["backup", &into, "--keep", "2"]).await;
            made.push(said.split_whitespace().next().expect("a folder").to_owned());
        }
        std::fs::create_dir(backups.join("chatire-mine")).expect("a folder");
        printed(world, Part::Auth, &["backup", &into, "--keep", "3"]).await;
        let there: Vec<bool> = made.iter().map(|path| Path::new(path).exists()).collect();
        assert_eq!(there, [false, false, true, true]);
        assert!(backups.join("chatire-mine").exists(), "what is no backup is none of ours");
        assert!(refused(world, Part::Auth, &["backup", "/proc/nowhere"]).await.contains("can't write"));
    }
}

cluster_only! {
    async fn a_restore_never_meets_services_that_run_or_databases_that_are_in_use(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        alice.says("in the backup").in_chat(&chat).await;
        let backups = world.folder().join("backups");
        let backup = backs_up(world, &backups).await;
        alice.says("after it").in_chat(&chat).await;
        assert!(restores(world, &[&backup, "--replace"]).await.unwrap_err().contains("end all services first"));
        world.ends_everything().await;
        assert!(restores(world, &[&backup]).await.unwrap_err().contains("--replace"));

        // One that ends too early changes nothing.
        let without_chats = cut_short(world, &backup, "chat.dump");
        let said = restores(world, &[&without_chats, "--replace"]).await.unwrap_err();
        assert!(said.contains("as it was") && !said.contains("must not be started"), "{said}");
        world.starts_everything().await;
        assert_eq!(alice.history(&chat).await.len(), 2, "all is as it was");

        // Chats are never left beside accounts that are older: over these they go first, into nothing the accounts do.
        world.ends_everything().await;
        let without_accounts = cut_short(world, &backup, "auth.dump");
        let said = restores(world, &[&without_accounts, "--replace"]).await.unwrap_err();
        assert!(said.contains("only the database of chat") && said.contains("must not be started"), "{said}");
        world.loses_everything();
        let said = restores(world, &[&without_chats]).await.unwrap_err();
        assert!(said.contains("only the database of auth") && said.contains("must not be started"), "{said}");

        restores(world, &[&backup, "--replace"]).await.expect("it is restored");
        world.starts_everything().await;
        assert_eq!(alice.history(&chat).await.len(), 1);
    }
}

/// A group with a past, a named one, and one of two people.
async fn chats_of_all_kinds(alice: &Person, bob: &Person, carol: &Person) -> Vec<Chat> {
    let group = alice.starts_a_chat().await;
    bob.joins(&group).await;
    carol.joins(&group).await;
    let mut said = Vec::new();
    for n in 0..30 {
        let speaker = [alice, bob, carol][n % 3];
        said.push(speaker.says(&format!("number {n} for @{}", bob.name())).in_chat(&group).await);
    }
    alice.edits(&said[0], "edited").await;
    bob.deletes(&said[1]).await;
    carol.reacts("🎉", &said[2]).await;
    bob.says("an answer").in_reply_to(&said[2]).in_chat(&group).await;
    carol.has_read(&group, said[10].seq.0).await;
    let named = carol.starts_a_chat_called("Grüße").await;
    alice.joins(&named).await;
    carol.bans(bob, &named).await;
    let two = alice.direct_chat_with(bob).await;
    bob.says("between us").in_chat(&two).await;
    vec![group, named, two]
}

/// What somebody sees of some chats: each chat, its history, and what can be found in it.
type Picture = Vec<(Value, Vec<Message>, usize)>;

async fn pictures_of(people: &[Person], chats: &[Chat]) -> Vec<Picture> {
    let mut pictures = Vec::new();
    for person in people {
        let mut picture = Vec::new();
        for chat in chats {
            let answer = person.looks_at(chat).answer().await;
            if answer.status != 200 {
                picture.push((json!(answer.status), Vec::new(), 0));
                continue;
            }
            let found = person.searches_in(chat, "number").await.hits.len();
            picture.push((answer.json(), person.history(chat).await, found));
        }
        pictures.push(picture);
    }
    pictures
}

/// Each is acknowledged at the first try.
async fn talks_on(person: Person, chat: Chat, talk: Talk) -> Vec<Sent> {
    let mut sent = Vec::new();
    while !talk.is_over() {
        sent.push(person.says(&format!("number {}", sent.len())).in_chat(&chat).await);
        talk.took_one().await;
    }
    sent
}

/// Nobody else may look into it.
fn assert_private(folder: &Path) {
    let mode = |path: &Path| path.metadata().expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(folder), 0o700, "{}", folder.display());
    let files: Vec<_> = std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok).collect();
    assert!(files.len() >= 2);
    for file in files {
        assert_eq!(mode(&file.path()), 0o600, "{:?}", file.path());
    }
}

fn copy_all(from: &Path, to: &Path) {
    std::fs::create_dir(to).expect("a folder");
    for file in std::fs::read_dir(from).expect("a folder").filter_map(Result::ok) {
        std::fs::copy(file.path(), to.join(file.file_name())).expect("a copy");
    }
}

/// A copy of the backup of which one file lacks its end.
fn cut_short(world: &World, backup: &str, file: &str) -> String {
    let copy = world.folder().join(format!("{file}-cut-short"));
    copy_all(Path::new(backup), &copy);
    let bytes = std::fs::read(copy.join(file)).expect("a file");
    std::fs::write(copy.join(file), &bytes[..bytes.len() - 64]).expect("a file");
    copy.to_string_lossy().into_owned()
}
