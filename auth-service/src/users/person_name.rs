//! First and last names.

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

/// A first or last name: up to 60 Unicode scalar values in NFC on one line, trimmed, with nothing in it that can't be
/// seen. Empty means "none".
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct PersonName(String);

impl PersonName {
    /// The longest name, in Unicode scalar values.
    const MAX: usize = 60;

    /// The name, already normalised.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PersonName {
    /// Why it was refused, in words for the person who wrote it.
    type Error = String;

    fn try_from(given: String) -> Result<Self, String> {
        let name: String = given.trim().nfc().collect();
        let length = name.chars().count();
        if length > Self::MAX {
            return Err(format!("the name has {length} characters, {} are allowed", Self::MAX));
        }
        match name.chars().find(|c| is_unseen(*c)) {
            Some(c) => Err(format!("the name has a character that can't be seen (U+{:04X})", u32::from(c))),
            None => Ok(Self(name)),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn name(given: &str) -> Result<PersonName, String> {
        PersonName::try_from(given.to_owned())
    }

    #[rstest]
    #[case("", "")]
    #[case(" \n ", "")]
    #[case("  Anna Maria ", "Anna Maria")]
    #[case("Jose\u{301}", "José")]
    #[case("O’Brien-Ní Dhomhnaill", "O’Brien-Ní Dhomhnaill")]
    #[case("Ольга", "Ольга")]
    #[case("辻\u{e0100}", "辻\u{e0100}")]
    #[case("Zoë 🦊", "Zoë 🦊")]
    fn a_name_is_trimmed_and_in_nfc_and_may_be_empty(#[case] given: &str, #[case] kept: &str) {
        assert_eq!(name(given).unwrap().as_str(), kept);
    }

    #[test]
    fn a_name_has_60_characters_at_most_counted_in_nfc() {
        assert!(name(&"e\u{301}".repeat(60)).is_ok());
        assert!(name(&format!(" {} ", "é".repeat(60))).is_ok());
        assert!(name(&"é".repeat(61)).unwrap_err().contains("61"));
    }

    #[rstest]
    #[case("An\0na")]
    #[case("An\nna")]
    #[case("An\u{85}na")]
    #[case("An\u{1b}[1mna")]
    #[case("An\u{200b}na")]
    #[case("An\u{200d}na")]
    #[case("\u{feff}Anna")]
    #[case("Anna\u{2060}")]
    #[case("\u{202e}annA")]
    #[case("\u{2067}annA\u{2069}")]
    #[case("Anna\u{200f}")]
    #[case("An\u{2028}na")]
    #[case("An\u{ad}na")]
    #[case("\u{3164}")]
    #[case("Anna\u{e0041}")]
    fn what_can_not_be_seen_is_refused(#[case] given: &str) {
        assert!(name(given).is_err(), "{given:?} was taken");
    }
}
