//! Tokens that say nothing: 256 random bits, of which only the hash is stored. Refresh tokens and the links of mails.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use service_kit::{Error, Result};

/// What is stored of a token. It needs no salt: 256 random bits can't be guessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TokenHash(pub(crate) Vec<u8>);

/// A new token, once, on its way to the client. It can't be printed.
pub(crate) struct FreshToken([u8; 32]);

impl FreshToken {
    pub(crate) fn new() -> Result<Self> {
        let mut bits = [0; 32];
        aws_lc_rs::rand::fill(&mut bits).map_err(|e| Error::internal("there are no random numbers", e))?;
        Ok(Self(bits))
    }

    pub(crate) fn hash(&self) -> TokenHash {
        TokenHash::of_bits(&self.0)
    }

    /// As the client keeps it: 43 characters of base64url.
    pub(crate) fn into_text(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl TokenHash {
    /// Of what a client sent. `None` when it can't be a token of ours.
    pub(crate) fn of_text(text: &str) -> Option<Self> {
        let bits = URL_SAFE_NO_PAD.decode(text.trim()).ok().filter(|bits| bits.len() == 32)?;
        Some(Self::of_bits(&bits))
    }

    fn of_bits(bits: &[u8]) -> Self {
        Self(digest(&SHA256, bits).as_ref().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_recognised_by_its_hash_and_nothing_else_is() {
        let token = FreshToken::new().unwrap();
        let hash = token.hash();
        let text = token.into_text();
        assert_eq!(text.len(), 43);
        assert_eq!(TokenHash::of_text(&text), Some(hash.clone()));
        assert_ne!(FreshToken::new().unwrap().hash(), hash);
        for strange in ["", "abc", "💥", &text[..42], &format!("{text}AAAA")] {
            assert_eq!(TokenHash::of_text(strange), None, "{strange} was taken");
        }
    }
}
