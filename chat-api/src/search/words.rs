//! What somebody looks for, as each backend wants to hear it.

use service_kit::{Error, Result};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The longest question, in characters, and the most words of it that count.
const LONGEST: usize = 200;
const WORDS: usize = 10;

/// Words without any meaning to a query language; at least one.
#[derive(Debug)]
pub(super) struct Words(Vec<String>);

impl Words {
    pub(super) fn parse(question: &str) -> Result<Self> {
        // As messages are stored.
        let question: String = question.nfc().collect();
        let length = question.chars().count();
        if length > LONGEST {
            return Err(Error::invalid("q", format!("{length} characters, at most {LONGEST} are taken")));
        }
        // What is no letter or digit separates words in both backends; but the signs over and under letters belong to
        // them, and many languages have such in the middle of a word. Upper and lower case is the backends' business:
        // they know best what they made of the messages' words.
        let is_of_a_word = |c: char| c.is_alphanumeric() || is_combining_mark(c);
        let words = question.split(|c| !is_of_a_word(c)).filter(|word| word.contains(char::is_alphanumeric));
        let words: Vec<String> = words.take(WORDS).map(str::to_owned).collect();
        if words.is_empty() {
            return Err(Error::invalid("q", "say at least one word to look for"));
        }
        Ok(Self(words))
    }

    /// For PostgreSQL's `to_tsquery`: `'one':* & 'two':*`. Words have only letters, digits and signs over and under them:
    /// nothing to escape.
    pub(super) fn for_postgres(&self) -> String {
        self.0.iter().map(|word| format!("'{word}':*")).collect::<Vec<_>>().join(" & ")
    }

    /// For SQLite's FTS5: `"one"* "two"*`.
    pub(super) fn for_sqlite(&self) -> String {
        self.0.iter().map(|word| format!("\"{word}\"*")).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_and_quotes_are_no_part_of_a_word() {
        let words = Words::parse("  it's \"NOT\" a:b* (c|d) & ").unwrap();
        assert_eq!(words.for_postgres(), "'it':* & 's':* & 'NOT':* & 'a':* & 'b':* & 'c':* & 'd':*");
        assert_eq!(Words::parse("Ärger b").unwrap().for_sqlite(), "\"Ärger\"* \"b\"*");
    }

    #[test]
    fn a_word_is_the_same_in_every_unicode_form_and_keeps_its_signs() {
        assert_eq!(Words::parse("A\u{308}rger").unwrap().for_sqlite(), "\"Ärger\"*");
        assert_eq!(Words::parse("नमस्ते दुनिया").unwrap().for_postgres(), "'नमस्ते':* & 'दुनिया':*");
        assert_eq!(Words::parse("\u{301} x").unwrap().for_sqlite(), "\"x\"*");
    }

    #[test]
    fn a_question_without_a_word_or_without_an_end_is_refused() {
        assert!(Words::parse(" ?! 🎉").is_err());
        assert!(Words::parse(&"x".repeat(201)).is_err());
    }
}
