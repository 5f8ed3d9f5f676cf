use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

const ALPHABET: [char; 36] = [
    'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
    'x', 'y', 'z', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
];

/// `stem_` and ten random characters: good as a username, a database or a client id.
pub fn random_name(stem: &str) -> String {
    format!("{stem}_{}", nanoid::nanoid!(10, &ALPHABET))
}

/// Chance that can be had again: the same seed rolls the same numbers (SplitMix64).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// From `CHATIRE_TEST_SEED`, or a new seed, which is printed.
    pub fn new() -> Self {
        let given = std::env::var("CHATIRE_TEST_SEED").ok();
        let seed = match &given {
            Some(seed) => seed.parse().expect("CHATIRE_TEST_SEED is a number"),
            None => RandomState::new().hash_one(()),
        };
        eprintln!("the dice: CHATIRE_TEST_SEED={seed}");
        Self(seed)
    }

    /// Other dice for somebody who rolls at the same time.
    #[must_use]
    pub fn another(&mut self) -> Self {
        Self(self.next())
    }

    /// One of `0..sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.next() % sides
    }

    /// Up to so many milliseconds.
    pub fn pause(&mut self, milliseconds: u64) -> Duration {
        Duration::from_millis(self.roll(milliseconds + 1))
    }

    /// Some part of a time.
    pub fn part_of(&mut self, whole: Duration) -> Duration {
        Duration::from_micros(self.roll(whole.as_micros() as u64 + 1))
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.roll(of.len() as u64) as usize]
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Default for Dice {
    fn default() -> Self {
        Self::new()
    }
}
