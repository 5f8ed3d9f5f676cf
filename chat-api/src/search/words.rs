//! What somebody looks for, as each backend wants to hear it.

use service_kit::{Error, Result};

/// The longest question, in characters, and the most words of it that count.
const LONGEST: usize = 200;
const WORDS: usize = 10;

/// Words without any meaning to a query language; at least one.
#[derive(Debug)]
pub(super) struct Words(Vec<String>);

impl Words {
    pub(super) fn parse(question: &str) -> Result<Self> {
        let length = question.chars().count();
        if length > LONGEST {
            return Err(Error::invalid("q", format!("{length} characters, at most {LONGEST} are taken")));
        }
        // What is no letter or digit separates words in both backends.
        let words = question.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let words: Vec<String> = words.take(WORDS).map(str::to_lowercase).collect();
        if words.is_empty() {
            return Err(Error::invalid("q", "say at least one word to look for"));
        }
        Ok(Self(words))
    }

    /// For PostgreSQL's `to_tsquery`: `'one':* & 'two':*`. Words have only letters and digits: nothing to escape.
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
        assert_eq!(words.for_postgres(), "'it':* & 's':* & 'not':* & 'a':* & 'b':* & 'c':* & 'd':*");
        assert_eq!(Words::parse("Ärger b").unwrap().for_sqlite(), "\"ärger\"* \"b\"*");
    }

    #[test]
    fn a_question_without_a_word_or_without_an_end_is_refused() {
        assert!(Words::parse(" ?! 🎉").is_err());
        assert!(Words::parse(&"x".repeat(201)).is_err());
    }
}
