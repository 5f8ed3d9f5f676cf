//! The calls of the classic tutorial, as `curl` makes them: forms, `Authorization: JWT …`, exact shapes.

use chatire_tests::{Answer, Client, PASSWORD, both_ways, random_name};
use serde_json::{Value, json};

both_ways! {
    async fn the_classic_calls_work_with_forms_and_jwt_headers(world: &mut World) {
        let stranger = world.stranger();
        let (alice, bob, carol) = (random_name("alice"), random_name("bob"), random_name("carol"));

        let fields = [("username", alice.as_str()), ("password", PASSWORD), ("email", "alice@example.org")];
        let signed_up = stranger.post_form("/auth/users/create/", &fields).await.expect(201).json();
        assert_eq!(keys(&signed_up), ["email", "id", "username"]);
        assert_eq!((&signed_up["username"], &signed_up["email"]), (&json!(alice), &json!("alice@example.org")));
        for name in [&bob, &carol] {
            let fields = [("username", name.as_str()), ("password", PASSWORD)];
            let signed_up = stranger.post_form("/auth/users/create/", &fields).await.expect(201).json();
            assert_eq!(signed_up["email"], "");
        }

        let fields = [("username", alice.as_str()), ("password", PASSWORD)];
        let granted = stranger.post_form("/auth/jwt/create/", &fields).await.expect(200).json();
        assert_eq!(keys(&granted), ["expires_in", "token", "user"], "the refresh token is in the cookie only");
        assert_eq!(granted["user"]["id"], signed_up["id"]);
        assert_eq!(keys_of_user(&granted["user"]), ["first_name", "id", "last_name", "username"]);
        let alice_jwt = jwt(&granted);
        let fields = [("username", bob.as_str()), ("password", PASSWORD)];
        let bob_jwt = jwt(&stranger.post_form("/auth/jwt/create/", &fields).await.expect(200).json());

        let created = call(&stranger, &alice_jwt, "POST", "/api/chats/", &[]).await.expect(201).json();
        assert_eq!(keys(&created), ["message", "status", "uri"]);
        assert_eq!(created["status"], "SUCCESS");
        let uri = created["uri"].as_str().expect("a text");
        assert_eq!(uri.len(), 15);
        let chat = format!("/api/chats/{uri}/");

        let by_link = [("username", bob.as_str())];
        let joined = call(&stranger, &bob_jwt, "PATCH", &chat, &by_link).await.expect(200).json();
        assert_eq!(keys(&joined), ["members", "message", "status", "uri", "user"]);
        assert_eq!(joined["status"], "SUCCESS");
        assert_eq!(joined["message"], format!("{bob} joined the chat"));
        assert_eq!(joined["user"]["username"], json!(bob));
        assert_eq!(names(&joined["members"]), [&alice, &bob], "the owner is first");
        assert_eq!(keys_of_user(&joined["members"][0]), ["first_name", "id", "last_name", "username"]);
        assert!(joined["members"][0].get("email").is_none_or(Value::is_null), "of others no address is told");

        // Carol has never spoken to chat-api: it must ask auth-service for her.
        let invited = [("username", carol.as_str())];
        let joined = call(&stranger, &alice_jwt, "PATCH", &chat, &invited).await.expect(200).json();
        assert_eq!(joined["message"], format!("{carol} joined the chat"));
        assert_eq!(names(&joined["members"]), [&alice, &bob, &carol]);
        let again = call(&stranger, &alice_jwt, "PATCH", &chat, &invited).await.expect(200).json();
        assert_eq!(again, joined, "joining again changes nothing");

        let messages = format!("{chat}messages/");
        let text = "hello & welcome = 100% ünï";
        let sent = call(&stranger, &bob_jwt, "POST", &messages, &[("message", text)]).await.expect(201).json();
        assert_eq!(keys(&sent), ["id", "message", "seq", "status", "uri", "user"]);
        assert_eq!((&sent["status"], &sent["uri"], &sent["message"]), (&json!("SUCCESS"), &json!(uri), &json!(text)));
        assert_eq!(sent["user"]["username"], json!(bob));

        let history = call(&stranger, &alice_jwt, "GET", &messages, &[]).await.expect(200).json();
        assert_eq!(history["uri"], json!(uri));
        assert!(history["id"].is_i64(), "{history}");
        let entries = history["messages"].as_array().expect("a list");
        assert_eq!(entries.len(), 1);
        for field in ["id", "seq", "user", "message"] {
            assert_eq!(entries[0][field], sent[field], "{field}");
        }
        assert!(entries[0]["at"].as_str().is_some_and(|at| at.ends_with('Z')), "{history}");
    }
}

both_ways! {
    async fn json_works_wherever_a_form_does(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let created = alice.client().post("/api/chats/", json!({"name": "Lunch"})).await.expect(201).json();
        let chat = format!("/api/chats/{}/", created["uri"].as_str().expect("a text"));
        alice.client().patch(&chat, json!({"username": bob.name()})).await.expect(200);
        alice.client().post(&format!("{chat}messages/"), json!({"message": "hi"})).await.expect(201);
        let view = bob.client().get(&chat).await.expect(200).json();
        assert_eq!(view["name"], "Lunch");
        assert_eq!(view["last_message"]["message"], "hi");
    }
}

/// A call as `curl -X METHOD -H 'Authorization: JWT …' -d field=value` makes it.
async fn call(client: &Client, jwt: &str, method: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
    let call = client.call(method, path).header("authorization", jwt);
    let call = if fields.is_empty() { call } else { call.form(fields) };
    call.answer().await
}

fn jwt(granted: &Value) -> String {
    format!("JWT {}", granted["token"].as_str().expect("a text"))
}

fn keys(object: &Value) -> Vec<&str> {
    let mut keys: Vec<_> = object.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// Without `email`, which is there only when one looks at oneself.
fn keys_of_user(user: &Value) -> Vec<&str> {
    keys(user).into_iter().filter(|key| *key != "email").collect()
}

fn names(members: &Value) -> Vec<&str> {
    members.as_array().expect("a list").iter().map(|m| m["username"].as_str().expect("a text")).collect()
}
