//! Whether a fault would be found: one is planted on the way to one client.

use std::panic::AssertUnwindSafe;

use chatire_tests::{Gateway, Plan, Tamperer, Tampering, Way, World, play};
use futures_util::FutureExt;

use super::SOON;
use super::life::Life;

/// Events that arrive before the one that does not as it should.
const SPARED: usize = 20;

#[test]
fn an_event_that_was_lost_is_found() {
    assert_found(Tampering::Loses, " is missing in ");
}

#[test]
fn an_event_that_came_twice_is_found() {
    assert_found(Tampering::Doubles, " came twice in ");
}

#[test]
fn an_event_that_came_too_early_is_found() {
    assert_found(Tampering::Swaps, " came before ");
}

/// All that is said is heard by all; of one client, who hears on after it, this is found.
fn assert_found(tampering: Tampering, fault: &str) {
    play(Plan::new(Way::Standalone), async |world: &mut World| {
        let before = world.addresses().gateway(Gateway::First).to_owned();
        let tamperer = Tamperer::start(before, tampering, SPARED).await;
        let mut life = Life::begins(world).await;
        life.joined_by_one_at(tamperer.address());
        for _ in 0..4 {
            life.goes_on().await;
        }
        // Something comes after it in each chat.
        life.is_heard_everywhere("some talk", SOON).await;
        let ending = AssertUnwindSafe(life.ends(SOON)).catch_unwind().await;
        let panic = ending.expect_err("it is found");
        let found = panic.downcast_ref::<String>().expect("a panic with words");
        let who = "the client that finds its gateway elsewhere: ";
        assert!(found.starts_with(who) && found.contains(fault), "{found}");
    });
}
