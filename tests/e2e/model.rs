//! Whatever people do in a chat, one after the other: it is as a simple model of it says.
//!
//! Stories are made up by chance and, when one fails, made as short as possible. `CHATIRE_TEST_SEED` tells the same
//! stories again, `CHATIRE_TEST_CASES` tells more or fewer.

mod asking;
mod deeds;
mod rules;
mod seen;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use chatire_tests::{Dice, Person, both_ways, random_name};
use proptest::test_runner::{Config, RngSeed, TestRunner};
use shared_proto::User;
use shared_proto::chats::Role;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use asking::Asking;
use deeds::{Deed, PEOPLE, Step, Story, stories};
use rules::Rules;

const CASES: u32 = 96;
const STEPS: usize = 40;
/// How hard a failing story is made shorter: each try takes about as long as the story.
const SHRINKING: (u32, u32) = (300, 90_000);

both_ways! {
    async fn whatever_people_do_the_chat_keeps_its_rules(world: &mut World) {
        let mut people = Vec::new();
        while people.len() < PEOPLE {
            let person = world.signs_up("person").await;
            // chat-api knows those who have asked it for something.
            person.starts_a_chat().await;
            people.push(person);
        }
        let tried = Arc::new(Tried::default());
        let stories_told = {
            let (config, tried) = (config(), tried.clone());
            spawn_blocking(move || {
                TestRunner::new(config).run(&stories(STEPS), |story| {
                    Handle::current().block_on(plays_out(&people, &story, &tried));
                    Ok(())
                })
            })
        };
        if let Err(failure) = stories_told.await.expect("a failing story is caught") {
            panic!("{failure}");
        }
        tried.was_worth_it();
    }
}

fn config() -> Config {
    let cases =
        std::env::var("CHATIRE_TEST_CASES").map_or(CASES, |n| n.parse().expect("CHATIRE_TEST_CASES is a number"));
    Config {
        cases,
        rng_seed: RngSeed::Fixed(Dice::new().roll(u64::MAX)),
        failure_persistence: None,
        max_shrink_iters: SHRINKING.0,
        max_shrink_time: SHRINKING.1,
        ..Config::default()
    }
}

/// In a new chat. Panics as soon as anything is not as the rules say.
async fn plays_out(people: &[Person], story: &Story, tried: &Tried) {
    let chat = people[0].starts_a_chat().await;
    let users: Vec<User> = people.iter().map(|person| User { email: None, ..person.user().clone() }).collect();
    let mut rules = Rules::of_new_chat(chat.uri.clone(), users);
    let asking = Asking { people };
    for (whom, (there, admin)) in (1..).zip(&story.cast).filter(|(_, (there, _))| *there) {
        asking.does(&mut rules, &Deed::Invite { who: 0, whom }, "").await;
        if *there && *admin {
            asking.does(&mut rules, &Deed::GiveRole { who: 0, whom, role: Role::Admin }, "").await;
        }
    }
    // Client ids are their sender's for good, and people play in many stories.
    let name = random_name("story");
    for (n, Step { deed, by_the_right_one, look }) in story.steps.iter().enumerate() {
        let deed = if *by_the_right_one { rules.by_the_right_one(deed) } else { deed.clone() };
        let done = asking.does(&mut rules, &deed, &format!("{name}-{n}")).await;
        tried.note(&deed, done);
        asking.looks(&rules, look).await;
    }
    asking.looks_at_all(&rules).await;
}

/// How often each kind of deed was done and refused.
#[derive(Default)]
struct Tried(Mutex<BTreeMap<String, (usize, usize)>>);

impl Tried {
    fn note(&self, deed: &Deed, done: Option<bool>) {
        let name = format!("{deed:?}").split([' ', '{']).next().unwrap_or_default().to_owned();
        let mut tried = self.0.lock().expect("nobody panicked here");
        let (did, refused) = tried.entry(name).or_default();
        match done {
            Some(true) => *did += 1,
            Some(false) => *refused += 1,
            None => {}
        }
    }

    /// Otherwise the stories were nothing but refusals, or none.
    fn was_worth_it(&self) {
        let tried = self.0.lock().expect("nobody panicked here");
        eprintln!("done and refused: {tried:?}");
        let (done, refused) = tried.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        assert!(done >= refused / 2 && refused >= done / 8, "{done} done, {refused} refused");
    }
}
