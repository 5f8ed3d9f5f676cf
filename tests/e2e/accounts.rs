//! What becomes of an account: other passwords, other addresses, and its end.

use chatire_tests::{Answer, Gateway, PASSWORD, PATIENCE, Person, World, both_ways, eventually, random_name};
use serde_json::{Value, json};
use shared_proto::ErrorCode;

/// Another password than everybody's.
const OTHER: &str = "copper-Lantern-41-meadow";

both_ways! {
    async fn another_password_shuts_out_whoever_had_the_old_one(world: &mut World) {
        let phone = world.signs_up("alice").await;
        let (laptop, stolen) = (phone.signs_in_again().await, phone.signs_in_again().await);
        let (mine, theirs) = (laptop.connects(Gateway::First).await, stolen.connects(Gateway::Second).await);
        sets_password(&laptop, "not-my-password", OTHER).await.refused(403, ErrorCode::WrongPassword);
        sets_password(&laptop, PASSWORD, "password1").await.refused(400, ErrorCode::PasswordTooWeak);
        sets_password(&laptop, PASSWORD, laptop.name()).await.refused(400, ErrorCode::PasswordTooWeak);
        theirs.pings().await;
        sets_password(&laptop, PASSWORD, OTHER).await.expect(204);
        theirs.is_closed_with(4401).await;
        stolen.client().get("/auth/sessions/").await.refused(401, ErrorCode::SessionRevoked);
        mine.pings().await;
        laptop.client().get("/auth/sessions/").await.expect(200);
        signs_in(world, phone.name(), PASSWORD).await.refused(401, ErrorCode::BadCredentials);
        signs_in(world, phone.name(), OTHER).await.expect(200);
    }
}

both_ways! {
    async fn a_forgotten_password_is_replaced_by_mail_once(world: &mut World) {
        let phone = world.signs_up("alice").await;
        let socket = phone.connects(Gateway::First).await;
        let address = format!("{}@example.org", phone.name());
        let body = json!({"email": address});
        phone.client().patch("/auth/users/me/", body).await.refused(403, ErrorCode::WrongPassword);
        let body = json!({"email": address, "current_password": PASSWORD});
        assert_eq!(phone.client().patch("/auth/users/me/", body).await.expect(200).json()["email"], address);

        // Nobody can tell from the answers which address is known.
        for asked in ["nobody@example.org", &address.to_uppercase()] {
            let answer = world.stranger().post("/auth/users/reset_password/", json!({"email": asked})).await;
            assert_eq!((answer.status, answer.text.as_str()), (204, ""));
        }
        let mail = eventually("the mail is written", PATIENCE, async || mails(world).into_iter().next()).await;
        assert!(mail.contains(&address) && mail.contains("http://localhost:8080/auth#reset="), "{mail}");
        let token = mail.split("#reset=").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a link");
        let confirm = async |token: &str, password: &str| {
            let body = json!({"token": token, "new_password": password});
            world.stranger().post("/auth/users/reset_password_confirm/", body).await
        };
        confirm("x", OTHER).await.refused(403, ErrorCode::ResetInvalid);
        confirm(token, "12345678").await.refused(400, ErrorCode::PasswordTooWeak);
        confirm(token, OTHER).await.expect(204);
        socket.is_closed_with(4401).await;
        confirm(token, PASSWORD).await.refused(403, ErrorCode::ResetInvalid);
        signs_in(world, phone.name(), PASSWORD).await.refused(401, ErrorCode::BadCredentials);
        signs_in(world, phone.name(), OTHER).await.expect(200);
        assert_eq!(mails(world).len(), 1, "the unknown address got none");
    }
}

both_ways! {
    async fn what_a_deleted_account_said_stays_without_its_name(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let chat = alice.starts_a_chat().await;
        bob.joins(&chat).await;
        bob.says("I was here").in_chat(&chat).await;
        let (socket, other_device) = (bob.connects(Gateway::Second).await, bob.signs_in_again().await);
        let delete = async |body: Value| {
            bob.client().call("DELETE", "/auth/users/me/").json(body).answer().await
        };
        delete(json!({})).await.refused(400, ErrorCode::ValidationFailed);
        delete(json!({"current_password": OTHER})).await.refused(403, ErrorCode::WrongPassword);
        delete(json!({"current_password": PASSWORD})).await.expect(204);
        socket.is_closed_with(4401).await;
        other_device.client().get("/auth/users/me/").await.refused(401, ErrorCode::SessionRevoked);
        signs_in(world, bob.name(), PASSWORD).await.refused(401, ErrorCode::BadCredentials);

        eventually("the name is gone from the chat", PATIENCE, async || {
            let said = alice.history(&chat).await.into_iter().find(|m| m.text().is_some()).expect("the message");
            assert_eq!(said.text(), Some("I was here"));
            assert_eq!(said.user.id, bob.id());
            let is_gone = alice.looks_at(&chat).await.member_count == 1;
            (said.user.first_name == "Deleted user" && said.user.username.is_of_deleted() && is_gone).then_some(())
        }).await;
        // The token has not ended yet, but it gives no name back.
        bob.client().get(&chat.path("messages/")).await.refused(403, ErrorCode::NotAMember);
        bob.adds(bob.name(), &chat).await.refused(401, ErrorCode::TokenInvalid);
        let said = alice.history(&chat).await.into_iter().find(|m| m.text().is_some()).expect("the message");
        assert!(said.user.username.is_of_deleted(), "{said:?}");
        let invited = json!({"username": said.user.username});
        alice.client().patch(&chat.path(""), invited).await.refused(404, ErrorCode::UserNotFound);

        let again = json!({"username": bob.name(), "password": OTHER});
        let again = world.stranger().post("/auth/users/", again).await.expect(201).json();
        assert_ne!(again["id"], json!(bob.id()));
    }
}

both_ways! {
    async fn names_that_look_the_same_are_the_same_and_hidden_characters_are_refused(world: &mut World) {
        let name = random_name("zoe");
        let signs_up = async |name: &str| {
            world.stranger().post("/auth/users/", json!({"username": name, "password": PASSWORD})).await
        };
        signs_up(&name).await.expect(201);
        let wide: String = name.chars().map(|c| match c {
            'a'..='z' => char::from_u32(c as u32 - 'a' as u32 + 'ａ' as u32).expect("a letter"),
            other => other,
        }).collect();
        for same in [name.to_uppercase(), wide] {
            signs_up(&same).await.refused(409, ErrorCode::UsernameTaken);
            signs_in(world, &same, PASSWORD).await.expect(200);
        }
        for hidden in ["\u{200b}", "\u{200d}", "\u{ad}", "\u{202e}", "\u{2060}", "\u{feff}", "\0", "\u{1b}"] {
            signs_up(&format!("x{hidden}{name}")).await.refused(400, ErrorCode::ValidationFailed);
        }
    }
}

async fn sets_password(person: &Person, current: &str, new: &str) -> Answer {
    let body = json!({"current_password": current, "new_password": new});
    person.client().post("/auth/users/set_password/", body).await
}

async fn signs_in(world: &World, name: &str, password: &str) -> Answer {
    world.stranger().post("/auth/jwt/create/", json!({"username": name, "password": password})).await
}

/// The mails that were written, with their lines made whole again (RFC 2045 §6.7).
fn mails(world: &World) -> Vec<String> {
    let files = std::fs::read_dir(world.folder().join("data/mail")).into_iter().flatten();
    let paths = files.map(|file| file.expect("a file").path());
    paths
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .map(|text| text.replace("=\r\n", "").replace("=3D", "="))
        .filter(|text| text.contains("#reset="))
        .collect()
}
