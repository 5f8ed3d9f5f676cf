//! Text from people, parsed into types that can't be wrong.

use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::UserId;

/// Why a text was refused, in words for the person who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(String);

impl Invalid {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

/// White space, beyond that which counts as control characters.
macro_rules! white {
    () => {
        r" \xA0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000"
    };
}
pub(crate) use white;

/// A character to see.
macro_rules! visible {
    () => {
        concat!(r"[^\x00-\x1F\x7F-\x9F", white!(), "]")
    };
}

/// With something to see in it, and no control character but newline (CRLF too) and tab.
const MESSAGE: &str =
    concat!(r"^([\t\n", white!(), r"]|\r\n)*", visible!(), r"([^\x00-\x08\x0B-\x1F\x7F-\x9F]|\r\n)*$");
/// At most 100 characters on one line; white space around them is trimmed.
const ON_ONE_LINE: &str = concat!(
    r"^[\t-\r\x85",
    white!(),
    "]*",
    visible!(),
    r"([^\x00-\x1F\x7F-\x9F]{0,98}",
    visible!(),
    r")?[\t-\r\x85",
    white!(),
    "]*$"
);
/// Letters with their marks, digits, and a few signs.
const USERNAME: &str = r"^[\p{L}\p{M}\p{N}._+@-]*$";

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $describe:expr, $parse:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
        #[serde(try_from = "String", into = "String")]
        #[ts(type = "string")]
        pub struct $name(String);

        impl $name {
            /// The text, already normalised.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;
            fn try_from(s: String) -> Result<Self, Invalid> {
                let parse: fn(String) -> Result<String, Invalid> = $parse;
                parse(s).map(Self)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.0
            }
        }

        crate::schema::string!($name, $describe);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
pub(crate) use text;

text! {
    /// What somebody says: 1 to 4,000 Unicode scalar values in NFC, not only white space, with no control
    /// characters but newline and tab (CRLF becomes LF).
    MessageText, |schema| {
        schema.min_length(Some(1)).max_length(Some(MessageText::MAX)).pattern(Some(MESSAGE))
    }, |s| {
        let text = in_nfc(if s.contains('\r') { s.replace("\r\n", "\n") } else { s });
        let length = text.chars().count();
        if text.trim().is_empty() {
            Err(Invalid::new("the message is empty"))
        } else if length > MessageText::MAX {
            Err(Invalid::new(format!("the message has {length} characters, {} are allowed", MessageText::MAX)))
        } else if let Some(c) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
            Err(Invalid::new(format!("the message has a control character (U+{:04X})", c as u32)))
        } else {
            Ok(text)
        }
    }
}

/// The text in NFC. What already is, as nearly everything that people type, is looked at and not copied.
fn in_nfc(text: String) -> String {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text,
        IsNormalized::No | IsNormalized::Maybe => text.nfc().collect(),
    }
}

impl MessageText {
    /// The longest message, in Unicode scalar values.
    pub const MAX: usize = 4_000;
}

text! {
    /// One emoji as Unicode lists it (any skin tone, hair or gender), always in its fully-qualified form: what looks
    /// the same is the same.
    Emoji, |schema| schema.min_length(Some(1)).max_length(Some(20)).examples(["👍"]), |s| match emojis::get(&s) {
        Some(emoji) => Ok(emoji.as_str().to_owned()),
        None => Err(Invalid::new(format!("{:?} is not an emoji", s.chars().take(20).collect::<String>()))),
    }
}

text! {
    /// A chat's name: 1 to 100 Unicode scalar values in NFC on one line, trimmed.
    ChatName, |schema| schema.min_length(Some(1)).pattern(Some(ON_ONE_LINE)), |s| {
        let name: String = s.trim().nfc().collect();
        match name.chars().count() {
            0 => Err(Invalid::new("the name is empty")),
            n if n > 100 => Err(Invalid::new(format!("the name has {n} characters, 100 are allowed"))),
            _ if name.chars().any(char::is_control) => Err(Invalid::new("the name has a control character")),
            _ => Ok(name),
        }
    }
}

text! {
    /// The name an account signs in with: 3 to 30 Unicode letters, digits and `. _ + - @`, in NFKC.
    /// Two names that differ only in case or Unicode form are the same ([`Username::key`]).
    Username, |schema| schema.min_length(Some(3)).max_length(Some(30)).pattern(Some(USERNAME)), |s| {
        let name: String = s.trim().nfkc().collect();
        let length = name.chars().count();
        if !(3..=30).contains(&length) {
            Err(Invalid::new(format!("the username has {length} characters, 3 to 30 are allowed")))
        } else if let Some(c) = name.chars().find(|c| !c.is_alphanumeric() && !"._+-@".contains(*c)) {
            Err(Invalid::new(format!("the username may not contain {c:?}, only letters, digits and . _ + - @")))
        } else {
            Ok(name)
        }
    }
}

/// How the names of deleted accounts begin.
const OF_DELETED: &str = "deleted-";

impl Username {
    /// What uniqueness is decided by: the same for names that differ only in case or Unicode form.
    pub fn key(&self) -> String {
        self.0.nfkc().collect::<String>().to_lowercase().nfkc().collect()
    }

    /// What is left of a deleted account, so that what it said still has somebody who said it. Nobody can sign up with
    /// such a name ([`Username::is_of_deleted`]).
    pub fn of_deleted(user: UserId) -> Self {
        Self(format!("{OF_DELETED}{user}"))
    }

    /// Whether the name is kept for deleted accounts.
    pub fn is_of_deleted(&self) -> bool {
        self.key().starts_with(OF_DELETED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(s: &str) -> Result<MessageText, Invalid> {
        MessageText::try_from(s.to_owned())
    }

    #[test]
    fn a_message_keeps_newlines_tabs_and_emoji_and_is_stored_in_nfc() {
        assert_eq!(message("a\r\nb\tc 👩‍👩‍👧").unwrap().as_str(), "a\nb\tc 👩‍👩‍👧");
        assert_eq!(message("e\u{301}").unwrap().as_str(), "é");
    }

    #[test]
    fn a_message_may_have_4000_characters_and_not_one_more() {
        assert!(message(&"é".repeat(4_000)).is_ok());
        assert!(message(&"é".repeat(4_001)).is_err());
    }

    #[test]
    fn empty_messages_and_control_characters_are_refused() {
        for bad in ["", " \n\t", "a\0b", "bell\u{7}", "esc\u{1b}[0m"] {
            assert!(message(bad).is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn an_emoji_is_exactly_one_and_always_in_the_same_form() {
        let emoji = |s: &str| Emoji::try_from(s.to_owned());
        assert_eq!(emoji("👍🏽").unwrap().as_str(), "👍🏽");
        assert_eq!(emoji("👩‍👩‍👧").unwrap().as_str(), "👩‍👩‍👧");
        // Without the variation selector it is the same heart.
        assert_eq!(emoji("\u{2764}").unwrap(), emoji("\u{2764}\u{fe0f}").unwrap());
        for bad in ["", "a", "👍👍", "👍 ", ":+1:", "1", "\u{200d}"] {
            assert!(emoji(bad).is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn usernames_that_look_the_same_have_one_key() {
        let key = |s: &str| Username::try_from(s.to_owned()).unwrap().key();
        assert_eq!(key("Alice"), key("alice"));
        assert_eq!(key("ａｌｉｃｅ"), key("alice"));
        assert_eq!(key("JOSE\u{301}"), key("josé"));
    }

    #[test]
    fn usernames_with_hidden_or_strange_characters_are_refused() {
        for bad in ["al", "a b c", "ali\u{200b}ce", "ali\u{202e}ce", "ali\nce", "al/ce", &"a".repeat(31)] {
            assert!(Username::try_from(bad.to_owned()).is_err(), "{bad:?} was taken");
        }
    }
}
