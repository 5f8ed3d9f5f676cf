//! No secret stands in any log, however much is logged.

use chatire_tests::{Gateway, PASSWORD, PATIENCE, Way, both_ways, eventually};
use reqwest::header::SET_COOKIE;
use serde_json::{Value, json};

both_ways! {
    async fn no_secret_is_logged_at_any_level(world: &mut World) {
        for part in world.parts() {
            world.process(part).set("LOG__LEVEL", "trace");
            world.kill(part);
            world.start_again(part).await;
        }
        let mut secrets: Vec<String> = vec![PASSWORD.into(), "my-Wrong-guess-77".into(), "copper-Lantern-41-meadow".into()];
        let alice = world.signs_up("alice").await;
        let stranger = world.stranger();
        secrets.extend([alice.token().to_owned(), value_of(alice.refresh_cookie())]);

        let body = json!({"username": alice.name(), "password": secrets[1]});
        stranger.post("/auth/jwt/create/", body).await.expect(401);
        let body = json!({"username": alice.name(), "password": PASSWORD});
        let answer = stranger.post("/auth/jwt/create/", body.clone()).await.expect(200);
        let cookies = answer.headers.get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
        secrets.extend(cookies.map(|cookie| value_of(cookie.split(';').next().expect("a cookie"))));
        let mut in_body = body;
        in_body["refresh_in_body"] = json!(true);
        let granted = stranger.post("/auth/jwt/create/", in_body).await.expect(200).json();
        let refreshed = json!({"refresh_token": granted["refresh_token"]});
        let again = stranger.post("/auth/jwt/refresh/", refreshed).await.expect(200).json();
        secrets.extend([&granted["refresh_token"], &again["refresh_token"], &again["token"]].map(text));
        stranger.post("/auth/jwt/verify/", json!({"token": alice.token()})).await.expect(200);
        alice.connects(Gateway::First).await.pings().await;
        let chat = alice.starts_a_chat().await;
        alice.says("hello").in_chat(&chat).await;

        let begun = alice.client().post("/auth/second_factor/", json!({"current_password": PASSWORD})).await;
        secrets.push(text(&begun.expect(200).json()["secret"]));
        let body = json!({"code": "my-wrong-code-55"});
        alice.client().post("/auth/second_factor/confirm/", body).await.expect(403);
        secrets.push("my-wrong-code-55".into());

        let address = format!("{}@example.org", alice.name());
        let body = json!({"email": address, "current_password": PASSWORD});
        alice.client().patch("/auth/users/me/", body).await.expect(200);
        stranger.post("/auth/users/reset_password/", json!({"email": address})).await.expect(204);
        let folder = world.folder().join("data/mail");
        let mail = eventually("the mail is written", PATIENCE, async || {
            let file = std::fs::read_dir(&folder).ok()?.next()?.ok()?;
            let text = std::fs::read_to_string(file.path()).ok()?.replace("=\r\n", "").replace("=3D", "=");
            text.split("#reset=").nth(1).and_then(|rest| rest.split_whitespace().next().map(str::to_owned))
        }).await;
        let body = json!({"token": mail, "new_password": "copper-Lantern-41-meadow"});
        stranger.post("/auth/users/reset_password_confirm/", body).await.expect(204);
        secrets.push(mail);
        match world.way() {
            Way::Standalone => {
                let secret = std::fs::read_to_string(world.folder().join("data/keys.secret")).expect("the secret");
                secrets.push(secret.trim().to_owned());
            }
            Way::Cluster => {
                let auth = world.process(chatire_tests::Part::Auth);
                secrets.extend([auth.setting("KEYS__SECRET"), auth.setting("INTERNAL__CREDENTIAL")]);
            }
        }

        let mut lines = 0;
        for part in world.parts() {
            let log = world.process(part).log();
            lines += log.lines().count();
            for secret in &secrets {
                assert!(secret.len() > 7, "{secret:?}");
                let told = log.lines().find(|line| line.contains(secret.as_str()));
                assert_eq!(told, None, "{part:?} tells {secret:?}");
            }
        }
        assert!(lines > 500, "only {lines} lines were logged");
    }
}

fn value_of(cookie: &str) -> String {
    cookie.split_once('=').expect("a cookie").1.to_owned()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
