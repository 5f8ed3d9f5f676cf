//! Accounts and chats, made before anything is measured.

use chatire_tests::{Client, Person, random_name};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::Result;
use crate::sending::Seat;

/// Sign-ups at the same time. Each costs a password's hashing twice, 25 ms of a core.
const AT_ONCE: usize = 4;

/// New accounts, signed in.
pub(crate) async fn sign_up(client: &Client, count: usize) -> Vec<Person> {
    let one = |_| Person::sign_up(client.clone(), random_name("load"));
    stream::iter(0..count).map(one).buffered(AT_ONCE).collect().await
}

/// Everybody in a chat of their own.
pub(crate) async fn chat_each(address: &str, people: &[Person]) -> Result<Vec<Seat>> {
    let seat = async |person: &Person| {
        let chat = person.starts_a_chat().await;
        Ok(seat(address, person, chat.uri.as_str()))
    };
    stream::iter(people).map(seat).buffered(AT_ONCE).try_collect().await
}

/// Everybody in one chat.
pub(crate) async fn one_chat(address: &str, people: &[Person]) -> Result<Vec<Seat>> {
    let Some(owner) = people.first() else { return Ok(Vec::new()) };
    let chat = owner.starts_a_chat().await;
    for person in &people[1..] {
        person.joins(&chat).await;
    }
    Ok(people.iter().map(|person| seat(address, person, chat.uri.as_str())).collect())
}

fn seat(address: &str, person: &Person, chat: &str) -> Seat {
    Seat::Http { address: address.to_owned(), token: person.token().to_owned(), chat: chat.to_owned() }
}
