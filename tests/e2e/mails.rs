//! Mails over a real mail server: one that is there, is away, hangs, or does not want them.

use std::time::Duration;

use chatire_tests::{
    Answer, Mail, PASSWORD, PATIENCE, Part, Person, PostOffice, SilentServer, World, both_ways, eventually, within,
};
use serde_json::json;
use shared_proto::ErrorCode;

/// Another password than everybody's.
const OTHER: &str = "copper-Lantern-41-meadow";
/// However a mail server is, nobody waits for it.
const AT_ONCE: Duration = Duration::from_secs(5);

both_ways! {
    async fn a_mail_goes_out_over_tls_with_a_password_to_a_server_that_is_trusted(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let address = has_an_address(&alice, alice.name()).await;
        let office = PostOffice::open(world.takes_a_port(), world.folder());
        // A certificate that nobody vouches for: nothing is told to such a server, and nothing is lost.
        world.restart_auth_with(&[("MAIL__SMTP", &office.url())]).await;
        asks(world, &address).await.expect(204);
        eventually("it did not go", PATIENCE, async || {
            world.process(Part::Auth).log().contains("did not go yet").then_some(())
        }).await;
        assert!(office.mails().is_empty());

        let certificate = office.certificate().to_string_lossy().into_owned();
        world.restart_auth_with(&[("MAIL__CA_FILE", &certificate)]).await;
        let mail = arrives(&office, 1, PATIENCE * 2).await;
        assert_eq!(mail.to, [&*address]);
        assert!(mail.text.contains("Subject: Chatire: a new password"), "{mail:?}");
        resets(world, &mail).await.expect(204);
        signs_in(world, alice.name(), OTHER).await.expect(200);

        let log = world.process(Part::Auth).log();
        assert_eq!(log.lines().filter(|line| line.contains("reset_mailed")).count(), 1, "{log}");
        assert!(!log.contains(PostOffice::secret()), "the mail server's password was logged");
    }
}

both_ways! {
    async fn a_mail_server_that_is_away_or_hangs_holds_nobody_up_and_gets_the_mail_later(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let address = has_an_address(&alice, alice.name()).await;
        let port = world.takes_a_port();
        let silent = SilentServer::open(port);
        world.restart_auth_with(&[("MAIL__SMTP", &silent.url())]).await;
        for _ in 0..3 {
            within("an answer", AT_ONCE, asks(world, "nobody@example.org")).await.expect(204);
        }
        within("an answer", AT_ONCE, asks(world, &address)).await.expect(204);
        within("a sign-in", AT_ONCE, signs_in(world, alice.name(), PASSWORD)).await.expect(200);
        eventually("it is given up for now", Duration::from_secs(40), async || {
            world.process(Part::Auth).log().contains("did not go yet").then_some(())
        }).await;

        // Now nobody is there at all, and auth-service dies in the middle.
        drop(silent);
        world.restart_auth_with(&[]).await;
        within("an answer", AT_ONCE, asks(world, "nobody@example.org")).await.expect(204);

        let office = PostOffice::open(port, world.folder());
        let certificate = office.certificate().to_string_lossy().into_owned();
        world.restart_auth_with(&[("MAIL__CA_FILE", &certificate)]).await;
        let mail = arrives(&office, 1, Duration::from_secs(90)).await;
        resets(world, &mail).await.expect(204);
        signs_in(world, alice.name(), OTHER).await.expect(200);
    }
}

both_ways! {
    async fn a_mail_that_nobody_takes_is_given_up_loudly_and_holds_up_no_other(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let office = PostOffice::open(world.takes_a_port(), world.folder());
        let certificate = office.certificate().to_string_lossy().into_owned();
        world.restart_auth_with(&[("MAIL__SMTP", &office.url()), ("MAIL__CA_FILE", &certificate)]).await;
        let unknown = has_an_address(&alice, &format!("unknown-{}", alice.name())).await;
        let known = has_an_address(&bob, bob.name()).await;
        for address in [&unknown, &known] {
            asks(world, address).await.expect(204);
        }
        assert_eq!(arrives(&office, 1, PATIENCE).await.to, [&*known]);
        eventually("it is told that nobody takes the other one", PATIENCE, async || {
            let log = world.process(Part::Auth).log();
            let told = log.lines().filter(|line| line.contains("was given up") && line.contains("ERROR")).count();
            (told == 1 && log.contains("reset_not_mailed")).then_some(())
        }).await;
        assert_eq!(office.mails().len(), 1);
    }
}

/// Gives the account an address, which is returned.
async fn has_an_address(person: &Person, name: &str) -> String {
    let address = format!("{name}@example.org");
    let body = json!({"email": address, "current_password": PASSWORD});
    person.client().patch("/auth/users/me/", body).await.expect(200);
    address
}

async fn asks(world: &World, address: &str) -> Answer {
    world.stranger().post("/auth/users/reset_password/", json!({"email": address})).await
}

/// The newest mail, once there are so many.
async fn arrives(office: &PostOffice, count: usize, deadline: Duration) -> Mail {
    eventually("the mail comes", deadline, async || {
        let mails = office.mails();
        (mails.len() >= count).then(|| mails[count - 1].clone())
    })
    .await
}

async fn resets(world: &World, mail: &Mail) -> Answer {
    let token = mail.text.split("#reset=").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a link");
    let confirm = async |token: &str| {
        let body = json!({"token": token, "new_password": OTHER});
        world.stranger().post("/auth/users/reset_password_confirm/", body).await
    };
    confirm("x").await.refused(403, ErrorCode::ResetInvalid);
    confirm(token).await
}

async fn signs_in(world: &World, name: &str, password: &str) -> Answer {
    world.stranger().post("/auth/jwt/create/", json!({"username": name, "password": password})).await
}
