//! What people say of themselves.

use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

use crate::text::{Invalid, text, white};

/// Nothing of a name may be one of these, and of an address neither these nor white space.
macro_rules! unseen {
    () => {
        concat!(
            r"\x00-\x1F\x7F-\x9F\xAD\u034F\u061C\u115F\u1160\u180E\u200B-\u200F\u2028-\u202E\u2060-\u206F\u3164\uFEFF",
            r"\uFFA0\uFFF9-\uFFFB",
            "\u{e0000}-\u{e007f}"
        )
    };
}

/// At most 60 characters on one line; white space around them is trimmed. (Joiners are not told of: where they are
/// right depends on what stands beside them.)
const NAME: &str = concat!(
    r"^[\t-\r\x85",
    white!(),
    r"]*([^",
    unseen!(),
    white!(),
    r"]([^",
    unseen!(),
    r"]{0,58}[^",
    unseen!(),
    white!(),
    r"])?)?[\t-\r\x85",
    white!(),
    r"]*$"
);

/// Something, `@`, something; white space around it is trimmed.
const ADDRESS: &str = concat!(
    r"^[\t-\r\x85",
    white!(),
    r"]*([^@\x00-\x1F\x7F-\x9F",
    white!(),
    r"]+@[^@\x00-\x1F\x7F-\x9F",
    white!(),
    r"]+)?[\t-\r\x85",
    white!(),
    r"]*$"
);

text! {
    /// A first or last name: up to 60 Unicode scalar values in NFC on one line, trimmed, with nothing in it that can't
    /// be seen. Joiners are taken where writing needs them. Empty means "none".
    PersonName, |schema| schema.pattern(Some(NAME)), |s| {
        let name: String = s.trim().nfc().collect();
        let length = name.chars().count();
        if length > PersonName::MAX {
            return Err(Invalid::new(format!("the name has {length} characters, {} are allowed", PersonName::MAX)));
        }
        let chars: Vec<char> = name.chars().collect();
        let hidden = (0..chars.len()).find(|&at| is_unseen(chars[at]) && !joins(&chars, at));
        match hidden {
            Some(at) => Err(Invalid::new(format!(
                "the name has a character that can't be seen (U+{:04X})", u32::from(chars[at])
            ))),
            None => Ok(name),
        }
    }
}

impl PersonName {
    /// The longest name, in Unicode scalar values.
    pub const MAX: usize = 60;
}

/// Characters by which a name breaks its line, looks like another one, or turns the text around it. Variation selectors
/// are let through: some Japanese names are not written right without them.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{180e}' // soft hyphen and other joiners without width
            | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' // directions
            | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{feff}' // zero width
            | '\u{2028}' | '\u{2029}' // line and paragraph
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // fillers
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' // annotations and tags
        )
}

const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
const ZERO_WIDTH_JOINER: char = '\u{200d}';
/// The canonical combining class of viramas, which end a consonant without a vowel.
const VIRAMA: u8 = 9;

/// Whether there is a joiner or non-joiner at a place where it changes how its neighbours look: behind a virama
/// (RFC 5892, appendix A), between letters of a script that joins them, or (a joiner) between two emoji.
fn joins(name: &[char], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|at| name[at]) else { return false };
    let beside = |kind: fn(char) -> bool| kind(before) && name.get(at + 1).is_some_and(|after| kind(*after));
    match name[at] {
        ZERO_WIDTH_NON_JOINER | ZERO_WIDTH_JOINER if canonical_combining_class(before) == VIRAMA => true,
        ZERO_WIDTH_NON_JOINER => beside(is_cursive),
        ZERO_WIDTH_JOINER => beside(is_pictured),
        _ => false,
    }
}

/// Letters and marks of Arabic, Syriac, N'Ko and Mongolian writing, whose letters join.
fn is_cursive(c: char) -> bool {
    matches!(c, '\u{620}'..='\u{6ff}' | '\u{700}'..='\u{77f}' | '\u{7c0}'..='\u{7ff}' | '\u{860}'..='\u{8ff}'
        | '\u{1820}'..='\u{18aa}')
}

/// Emoji, and what follows them: skin tones and the selector of their form.
fn is_pictured(c: char) -> bool {
    matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{2190}'..='\u{2bff}' | '\u{fe0f}')
}

text! {
    /// An e-mail address, as far as a program can judge it, trimmed: the rest is a mail's to find out. At most 254 bytes
    /// (RFC 5321 §4.5.3.1.3). Empty means "none".
    Email, |schema| schema.pattern(Some(ADDRESS)), |s| {
        let address = s.trim();
        let refused = |why: &str| Err(Invalid::new(why));
        if address.is_empty() {
            return Ok(String::new());
        }
        if address.len() > Email::MOST_BYTES {
            return refused("an e-mail address has 254 bytes at most");
        }
        if address.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return refused("an e-mail address has no spaces or control characters");
        }
        match address.split_once('@') {
            Some((local, domain)) if !local.is_empty() && !domain.is_empty() && !domain.contains('@') => {
                Ok(address.to_owned())
            }
            _ => refused("this is no e-mail address"),
        }
    }
}

impl Email {
    /// The longest address that can be delivered to.
    pub const MOST_BYTES: usize = 254;

    /// No address.
    pub fn none() -> Self {
        Self(String::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(given: &str) -> Result<PersonName, Invalid> {
        PersonName::try_from(given.to_owned())
    }

    fn address(given: &str) -> Result<Email, Invalid> {
        Email::try_from(given.to_owned())
    }

    #[test]
    fn a_name_is_trimmed_and_in_nfc_and_may_be_empty() {
        for (given, kept) in [
            ("", ""),
            (" \n ", ""),
            ("  Anna Maria ", "Anna Maria"),
            ("Jose\u{301}", "José"),
            ("O’Brien-Ní Dhomhnaill", "O’Brien-Ní Dhomhnaill"),
            ("Ольга", "Ольга"),
            ("辻\u{e0100}", "辻\u{e0100}"),
            ("Zoë 🦊", "Zoë 🦊"),
        ] {
            assert_eq!(name(given).unwrap().as_str(), kept);
        }
    }

    #[test]
    fn joiners_are_taken_where_writing_needs_them() {
        for good in
            ["ක්\u{200d}රිස්ටි", "മന്\u{200d}", "علی\u{200c}رضا", "र्\u{200d}य", "Ana 👩\u{200d}💻", "🏳\u{fe0f}\u{200d}🌈"]
        {
            assert!(name(good).is_ok(), "{good:?} was refused");
        }
        for bad in ["An\u{200d}na", "An\u{200c}na", "\u{200d}Anna", "👩\u{200d}", "علی\u{200c}", "👩\u{200d}\u{200d}💻"]
        {
            assert!(name(bad).is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn a_name_has_60_characters_at_most_counted_in_nfc() {
        assert!(name(&"e\u{301}".repeat(60)).is_ok());
        assert!(name(&format!(" {} ", "é".repeat(60))).is_ok());
        assert!(name(&"é".repeat(61)).unwrap_err().to_string().contains("61"));
    }

    #[test]
    fn what_can_not_be_seen_is_refused() {
        for bad in [
            "An\0na",
            "An\nna",
            "An\u{85}na",
            "An\u{1b}[1mna",
            "An\u{200b}na",
            "\u{feff}Anna",
            "Anna\u{2060}",
            "\u{202e}annA",
            "\u{2067}annA\u{2069}",
            "Anna\u{200f}",
            "An\u{2028}na",
            "An\u{ad}na",
            "\u{3164}",
            "Anna\u{e0041}",
        ] {
            assert!(name(bad).is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn an_address_is_trimmed_and_may_be_empty() {
        for (given, kept) in [("  ", ""), (" a@b ", "a@b"), ("jörg+x@exämple.org", "jörg+x@exämple.org")] {
            assert_eq!(address(given).unwrap().as_str(), kept);
        }
        for bad in ["a", "@b", "a@", "a@b@c", "a b@c", "a\u{0}@c", "a\r\nBcc:x@c"] {
            assert!(address(bad).is_err(), "{bad:?} was taken");
        }
        assert!(address(&format!("{}@b", "a".repeat(252))).is_ok());
        assert!(address(&format!("{}@b", "a".repeat(253))).is_err());
    }
}
