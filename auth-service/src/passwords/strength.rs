//! How easily a password is guessed.

use zxcvbn::{Score, zxcvbn};

/// Every attacker tries the name of the place first.
const OF_THE_PLACE: &str = "chatire";

/// Why a password is too easy to guess (zxcvbn's score is below 2); empty when it is good enough. `personal` is what
/// others know of the account: its name and e-mail address.
pub(super) fn weaknesses(password: &str, personal: &[String]) -> Vec<String> {
    let mut known: Vec<&str> = vec![OF_THE_PLACE];
    for word in personal.iter().filter(|word| !word.is_empty()) {
        known.push(word);
        known.extend(word.split(['@', '.', '_', '+', '-']).filter(|part| part.len() > 2));
    }
    let judged = zxcvbn(password, &known);
    if judged.score() >= Score::Two {
        return Vec::new();
    }
    let mut reasons = Vec::new();
    if let Some(feedback) = judged.feedback() {
        reasons.extend(feedback.warning().map(|warning| warning.to_string()));
        reasons.extend(feedback.suggestions().iter().map(ToString::to_string));
    }
    if reasons.is_empty() {
        reasons.push("It is easy to guess: take several words that do not belong together.".to_owned());
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_weak(password: &str) -> bool {
        !weaknesses(password, &["marianne_x".to_owned(), "m.dupont@example.org".to_owned()]).is_empty()
    }

    #[test]
    fn what_everybody_tries_first_is_weak_and_says_why() {
        for weak in ["password", "12345678", "qwertyui", "aaaaaaaaaaaa", "chatire1"] {
            assert!(is_weak(weak), "{weak} was taken");
        }
    }

    #[test]
    fn a_password_like_the_name_or_address_is_weak() {
        for weak in ["marianne_x", "Marianne1", "m.dupont@example.org", "dupont12"] {
            assert!(is_weak(weak), "{weak} was taken");
        }
    }

    #[test]
    fn words_that_do_not_belong_together_are_strong() {
        for strong in ["correct horse battery", "tr0ub4dor&3x", "vxQ3-plum-roof"] {
            assert!(!is_weak(strong), "{strong} was refused");
        }
    }
}
