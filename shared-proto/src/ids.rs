//! Identifiers. Numbers stay below 2^53, since JavaScript counts no further exactly.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserializer, Error, Unexpected, Visitor};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::text::Invalid;

/// No id or position is larger: JavaScript would take it for its neighbour.
pub const LARGEST: i64 = 1 << 53;

/// A whole number. JSON does not tell 1 from 1.0, and some languages write the one for the other.
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    struct Whole;

    impl Visitor<'_> for Whole {
        type Value = i64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a whole number")
        }

        fn visit_i64<E: Error>(self, number: i64) -> Result<i64, E> {
            Ok(number)
        }

        fn visit_u64<E: Error>(self, number: u64) -> Result<i64, E> {
            i64::try_from(number).map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
        }

        fn visit_f64<E: Error>(self, number: f64) -> Result<i64, E> {
            // Beyond that a float has no digits of its own left.
            if number.fract() == 0.0 && number.abs() <= LARGEST as f64 {
                return Ok(number as i64);
            }
            Err(E::invalid_type(Unexpected::Float(number), &self))
        }
    }

    deserializer.deserialize_i64(Whole)
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
        #[serde(transparent)]
        #[ts(type = "number")]
        pub struct $name(#[serde(deserialize_with = "whole")] pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        crate::schema::number!($name);

        impl FromStr for $name {
            type Err = Invalid;
            fn from_str(s: &str) -> Result<Self, Invalid> {
                match s.parse() {
                    Ok(number) if (0..=LARGEST).contains(&number) => Ok(Self(number)),
                    _ => Err(Invalid::new(concat!(stringify!($name), ": must be a whole number from 0 to 2^53"))),
                }
            }
        }
    };
}

number! {
    /// An account, given by auth-service, never used again after deletion.
    UserId
}
number! {
    /// A chat's key inside the system. Clients address a chat by its [`ChatUri`].
    ChatId
}
number! {
    /// A message's key, unique over all chats; grows with time but says nothing about order (that is [`Seq`]).
    MessageId
}
number! {
    /// The position of a durable event in its chat: 1 for the first, then without gaps. 0 means "before everything".
    Seq
}

impl Seq {
    /// The position before the first event.
    pub const START: Seq = Seq(0);

    /// The position right after this one.
    #[must_use]
    pub fn next(self) -> Seq {
        Seq(self.0 + 1)
    }
}

macro_rules! token {
    ($(#[$doc:meta])* $name:ident, $pattern:literal, $lengths:expr, $allowed:expr, $rule:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
        #[serde(try_from = "String", into = "String")]
        #[ts(type = "string")]
        pub struct $name(String);

        impl $name {
            /// The text as it stands on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;
            fn try_from(s: String) -> Result<Self, Invalid> {
                let allowed: fn(char) -> bool = $allowed;
                if $lengths.contains(&s.len()) && s.chars().all(allowed) {
                    Ok(Self(s))
                } else {
                    Err(Invalid::new(concat!(stringify!($name), ": ", $rule)))
                }
            }
        }

        impl FromStr for $name {
            type Err = Invalid;
            fn from_str(s: &str) -> Result<Self, Invalid> {
                Self::try_from(s.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.0
            }
        }

        crate::schema::string!($name, |schema| schema.pattern(Some($pattern)));

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

token! {
    /// A chat's address, for good: 15 characters of `A–Z a–z 0–9 _ -` (90 bits), unguessable. At first it is also the
    /// chat's [`ChatLink`].
    ChatUri, "^[A-Za-z0-9_-]{15}$", (15..=15), |c| c.is_ascii_alphanumeric() || c == '_' || c == '-',
    "must be 15 characters of A-Z, a-z, 0-9, _ and -"
}
token! {
    /// What one shares so that others can join: 15 characters of `A–Z a–z 0–9 _ -` (90 bits), unguessable. Admins can
    /// change it; the chat's [`ChatUri`] stays.
    ChatLink, "^[A-Za-z0-9_-]{15}$", (15..=15), |c| c.is_ascii_alphanumeric() || c == '_' || c == '-',
    "must be 15 characters of A-Z, a-z, 0-9, _ and -"
}
token! {
    /// The sender's own name for a message, chosen before sending. `(sender, client_id)` is unique for good,
    /// so that a retry can never become a second message.
    ClientId, "^[!-~]{1,64}$", (1..=64), |c| c.is_ascii_graphic(),
    "must be 1 to 64 printable ASCII characters without spaces"
}
token! {
    /// One signed-in device. Ends by sign-out or revocation.
    SessionId, "^[A-Za-z0-9_-]{1,64}$", (1..=64), |c| c.is_ascii_alphanumeric() || c == '_' || c == '-',
    "must be 1 to 64 characters of A-Z, a-z, 0-9, _ and -"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_uri_has_exactly_fifteen_url_safe_characters() {
        assert!("abcDEF123_-xyz0".parse::<ChatUri>().is_ok());
        for bad in ["", "short", "abcDEF123_-xyz01", "abcDEF123/-xyz0", "abcDEF123é-xyz"] {
            assert!(bad.parse::<ChatUri>().is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn an_id_in_an_address_is_a_whole_number_that_javascript_can_hold() {
        assert_eq!("9007199254740992".parse(), Ok(UserId(LARGEST)));
        for bad in ["", "x", "1.0", "-1", "9007199254740993", "9223372036854775808"] {
            assert!(bad.parse::<UserId>().is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn a_whole_number_may_be_written_as_a_float() {
        let id = |json: &str| serde_json::from_str(json).ok().map(|MessageId(number)| number);
        assert_eq!([id("7"), id("7.0"), id("7e2"), id("-7")], [Some(7), Some(7), Some(700), Some(-7)]);
        for bad in ["7.5", "1e30", "-1e30", "9007199254740994.0", "9223372036854775808", "\"7\"", "null"] {
            assert_eq!(id(bad), None, "{bad} was taken");
        }
    }

    #[test]
    fn a_client_id_is_refused_when_empty_spaced_or_too_long() {
        assert!("c-1".parse::<ClientId>().is_ok());
        for bad in [String::new(), "a b".into(), "x".repeat(65), "ü".into()] {
            assert!(ClientId::try_from(bad.clone()).is_err(), "{bad:?} was taken");
        }
    }
}
