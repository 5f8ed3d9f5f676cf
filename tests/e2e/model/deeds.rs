//! What people do in a chat, sensible or not.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use shared_proto::chats::Role;

/// How many there are; the first one starts the chat.
pub(super) const PEOPLE: usize = 5;

/// One of the people.
pub(super) type Who = usize;

/// One of the messages so far: the number is taken modulo their count.
pub(super) type Which = usize;

/// A case: who is there from the beginning, and what happens then.
#[derive(Clone, Debug)]
pub(super) struct Story {
    /// Of everybody but the first one: invited, and made an admin.
    pub(super) cast: Vec<(bool, bool)>,
    pub(super) steps: Vec<Step>,
}

/// Somebody tries something, and somebody looks.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) deed: Deed,
    /// Not by the one who is named, but by one who is likely to be allowed to: the sender, or the owner.
    pub(super) by_the_right_one: bool,
    pub(super) look: Look,
}

/// Something that somebody tries.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    Say {
        who: Who,
        words: Vec<Word>,
        answering: Option<Which>,
    },
    /// The sender says the same again under the same client id, or something else.
    SayAgain {
        which: Which,
        the_same: bool,
    },
    Edit {
        who: Who,
        which: Which,
        words: Vec<Word>,
    },
    Delete {
        who: Who,
        which: Which,
    },
    React {
        who: Who,
        which: Which,
        emoji: &'static str,
    },
    TakeBack {
        who: Who,
        which: Which,
        emoji: &'static str,
    },
    /// Up to so far before (or beyond) the newest position.
    Read {
        who: Who,
        from_the_end: i64,
    },
    ReadNothing {
        who: Who,
    },
    Join {
        who: Who,
        by: Way,
    },
    Invite {
        who: Who,
        whom: Who,
    },
    Leave {
        who: Who,
    },
    Remove {
        who: Who,
        whom: Who,
    },
    Ban {
        who: Who,
        whom: Who,
    },
    LiftBan {
        who: Who,
        whom: Who,
    },
    Name {
        who: Who,
        name: Option<&'static str>,
    },
    GiveRole {
        who: Who,
        whom: Who,
        role: Role,
    },
    ChangeLink {
        who: Who,
    },
    CloseLink {
        who: Who,
    },
    /// What nobody may do, whoever they are.
    Nonsense {
        who: Who,
        kind: Nonsense,
    },
}

impl Deed {
    /// Tried by the sender of the message that it is about, or else by the owner.
    pub(super) fn by_the_right_one(mut self, sender_of: impl Fn(Which) -> Option<Who>, owner: Option<Who>) -> Self {
        let right = match &self {
            Deed::Edit { which, .. } | Deed::Delete { which, .. } => sender_of(*which),
            _ => owner,
        };
        match &mut self {
            Deed::Say { who, .. }
            | Deed::Edit { who, .. }
            | Deed::Delete { who, .. }
            | Deed::React { who, .. }
            | Deed::TakeBack { who, .. }
            | Deed::Invite { who, .. }
            | Deed::Remove { who, .. }
            | Deed::Ban { who, .. }
            | Deed::LiftBan { who, .. }
            | Deed::Name { who, .. }
            | Deed::GiveRole { who, .. }
            | Deed::ChangeLink { who }
            | Deed::CloseLink { who } => *who = right.unwrap_or(*who),
            Deed::SayAgain { .. }
            | Deed::Read { .. }
            | Deed::ReadNothing { .. }
            | Deed::Join { .. }
            | Deed::Leave { .. }
            | Deed::Nonsense { .. } => {}
        }
        self
    }
}

/// By what somebody joins.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    Address,
    Link,
    OldLink,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Nonsense {
    EmptyMessage,
    NoEmoji,
    NoRole,
    NoChange,
    ReadBelowZero,
}

/// A part of a text.
#[derive(Clone, Copy, Debug)]
pub(super) enum Word {
    Plain(&'static str),
    Mention(Who),
    LoudMention(Who),
    MentionWithComma(Who),
    /// Looks like a mention, but stands inside a word.
    Address(Who),
}

/// What somebody reads after a deed.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub(super) who: Who,
    pub(super) part: Part,
    /// A position, taken modulo those around.
    pub(super) seq: i64,
    pub(super) limit: i64,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    Newest,
    Before,
    After,
    Around,
}

pub(super) fn stories(steps: usize) -> impl Strategy<Value = Story> {
    let cast = vec((prop::bool::weighted(0.7), prop::bool::weighted(0.3)), PEOPLE - 1);
    let step = (deed(), any::<bool>(), look());
    let step = step.prop_map(|(deed, by_the_right_one, look)| Step { deed, by_the_right_one, look });
    (cast, vec(step, 1..=steps)).prop_map(|(cast, steps)| Story { cast, steps })
}

fn who() -> impl Strategy<Value = Who> {
    0..PEOPLE
}

/// Mostly recent ones: what is done twice to the same message is what is interesting.
fn which() -> impl Strategy<Value = Which> {
    prop_oneof![3 => 0..3_usize, 1 => 0..100_usize]
}

fn words() -> impl Strategy<Value = Vec<Word>> {
    let word = prop_oneof![
        6 => prop::sample::select(&["tea", "coffee", "at", "five", "today", "no 👍"][..]).prop_map(Word::Plain),
        2 => who().prop_map(Word::Mention),
        1 => who().prop_map(Word::LoudMention),
        1 => who().prop_map(Word::MentionWithComma),
        1 => who().prop_map(Word::Address),
    ];
    vec(word, 1..4)
}

fn emoji() -> impl Strategy<Value = &'static str> {
    // The second and the third are the same.
    prop::sample::select(&["👍", "\u{2764}\u{fe0f}", "\u{2764}", "🎉"][..])
}

fn deed() -> impl Strategy<Value = Deed> {
    let role = prop::sample::select(&[Role::Member, Role::Admin, Role::Admin, Role::Owner][..]);
    let name = option::of(prop::sample::select(&["Tea", "Coffee"][..]));
    let by = prop::sample::select(&[Way::Address, Way::Link, Way::Link, Way::OldLink][..]);
    let kinds =
        [Nonsense::EmptyMessage, Nonsense::NoEmoji, Nonsense::NoRole, Nonsense::NoChange, Nonsense::ReadBelowZero];
    let kind = prop::sample::select(kinds.to_vec());
    prop_oneof![
        14 => (who(), words(), option::weighted(0.3, which()))
            .prop_map(|(who, words, answering)| Deed::Say { who, words, answering }),
        4 => (which(), prop::bool::weighted(0.7)).prop_map(|(which, the_same)| Deed::SayAgain { which, the_same }),
        8 => (who(), which(), words()).prop_map(|(who, which, words)| Deed::Edit { who, which, words }),
        5 => (who(), which()).prop_map(|(who, which)| Deed::Delete { who, which }),
        8 => (who(), which(), emoji()).prop_map(|(who, which, emoji)| Deed::React { who, which, emoji }),
        5 => (who(), which(), emoji()).prop_map(|(who, which, emoji)| Deed::TakeBack { who, which, emoji }),
        6 => (who(), -2..6_i64).prop_map(|(who, from_the_end)| Deed::Read { who, from_the_end }),
        1 => who().prop_map(|who| Deed::ReadNothing { who }),
        6 => (who(), by).prop_map(|(who, by)| Deed::Join { who, by }),
        4 => (who(), who()).prop_map(|(who, whom)| Deed::Invite { who, whom }),
        3 => who().prop_map(|who| Deed::Leave { who }),
        3 => (who(), who()).prop_map(|(who, whom)| Deed::Remove { who, whom }),
        3 => (who(), who()).prop_map(|(who, whom)| Deed::Ban { who, whom }),
        3 => (who(), who()).prop_map(|(who, whom)| Deed::LiftBan { who, whom }),
        3 => (who(), name).prop_map(|(who, name)| Deed::Name { who, name }),
        5 => (who(), who(), role).prop_map(|(who, whom, role)| Deed::GiveRole { who, whom, role }),
        2 => who().prop_map(|who| Deed::ChangeLink { who }),
        1 => who().prop_map(|who| Deed::CloseLink { who }),
        2 => (who(), kind).prop_map(|(who, kind)| Deed::Nonsense { who, kind }),
    ]
}

fn look() -> impl Strategy<Value = Look> {
    let part = prop::sample::select(&[Part::Newest, Part::Before, Part::After, Part::Around, Part::Around][..]);
    let limit = prop_oneof![8 => 1..7_i64, 1 => 20..=100_i64, 1 => prop::sample::select(&[0_i64, 101, -1][..])];
    (who(), part, 0..100_i64, limit).prop_map(|(who, part, seq, limit)| Look { who, part, seq, limit })
}
