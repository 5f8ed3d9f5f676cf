//! A few people who chat for some seconds over a running system, so that its figures have something to show:
//!
//!     cargo run -p chatire-tests --example chatter -- SECONDS AUTH API API GATEWAY GATEWAY
//!
//! each as `127.0.0.1:port`. What they do touches everything that is measured, failures of their own making included.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use chatire_tests::{Addresses, Chat, Client, Gateway, Person, Replica, Sent, random_name};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [seconds, auth, one_api, other_api, gateways @ ..] = words.as_slice() else { return usage() };
    let (Ok(seconds), 2) = (seconds.parse(), gateways.len()) else { return usage() };
    let apis = [one_api.clone(), other_api.clone()];
    chat(Addresses { auth: auth.clone(), apis, gateways: gateways.to_vec() }, Duration::from_secs(seconds)).await;
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("usage: chatter SECONDS AUTH API API GATEWAY GATEWAY");
    ExitCode::from(2)
}

async fn chat(addresses: Addresses, how_long: Duration) {
    let client = Client::new(addresses);
    let alice = Person::sign_up(client.clone(), random_name("alice")).await;
    let bob = Person::sign_up(client, random_name("bob")).await;
    let chat = alice.starts_a_chat().await;
    bob.joins(&chat).await;
    let (near, far) = (alice.connects(Gateway::First).await, bob.connects(Gateway::Second).await);
    near.looks_at(&chat).await;
    let until = Instant::now() + how_long;
    let mut turn = 0;
    while Instant::now() < until {
        turn += 1;
        let replica = if turn % 2 == 0 { Replica::First } else { Replica::Second };
        let sent = match turn % 4 {
            0 => bob.over(replica).says("over HTTP").in_chat(&chat).await,
            1 => near.says("over one gateway").in_chat(&chat).await,
            _ => far.says("over the other").in_chat(&chat).await,
        };
        near.hears(&chat, sent.seq).await;
        far.hears(&chat, sent.seq).await;
        far.types_in(&chat).await;
        far.reads_up_to(&chat, sent.seq).await;
        if turn % 10 == 0 {
            come_and_go(&alice, &chat, &sent).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Another device signs in, goes on where the first one is, and signs out; and somebody guesses a password.
async fn come_and_go(alice: &Person, chat: &Chat, last: &Sent) {
    let device = alice.signs_in_again().await;
    for gateway in [Gateway::First, Gateway::Second] {
        device.connects_after(gateway, &[(chat, last.seq.0 - 1)]).await.hears(chat, last.seq).await;
    }
    device.client().get("/api/chats/").await.expect(200);
    device.signs_out().await;
    let guess = json!({"username": alice.name(), "password": "not-this-one"});
    alice.client().without_token().post("/auth/jwt/create/", guess).await.expect(401);
}
