//! People who talk over sockets, and how long it takes until the others hear it.

mod socket;
mod talk;

pub(crate) use talk::{Talk, Two};
