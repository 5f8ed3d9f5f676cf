//! Bad input gets a 4xx problem with a stable code: never a 500, never silence.

use chatire_tests::{Chat, Client, PASSWORD, World, both_ways, random_name};
use serde_json::{Value, json};
use shared_proto::ErrorCode::{self, *};

/// Endpoints that take a body.
struct Door {
    method: &'static str,
    path: String,
    client: Client,
    /// A body that is good but for what is to be tested.
    good: Value,
    /// The fields that may not be missing.
    needed: &'static [&'static str],
}

async fn doors(world: &World) -> (Vec<Door>, Chat) {
    let alice = world.signs_up("alice").await;
    let chat = alice.starts_a_chat().await;
    let (elsewhere, bob) = (alice.starts_a_chat().await, world.signs_up("bob").await);
    bob.joins(&elsewhere).await;
    let sent = alice.says("hi").in_chat(&elsewhere).await;
    let account = json!({"username": random_name("zoe"), "password": PASSWORD});
    let door = |method, path: &str, good: &Value, needed, client: &Client| Door {
        method,
        path: path.to_owned(),
        client: client.clone(),
        good: good.clone(),
        needed,
    };
    let (stranger, member) = (world.stranger(), alice.client());
    let doors = vec![
        door("POST", "/auth/users/", &account, &["username", "password"], &stranger),
        door("POST", "/auth/users/create/", &account, &["username", "password"], &stranger),
        door("POST", "/auth/jwt/create/", &account, &["username", "password"], &stranger),
        door("POST", "/auth/jwt/verify/", &json!({"token": "x"}), &["token"], &stranger),
        door("POST", "/auth/jwt/refresh/", &json!({"refresh_token": "x"}), &[], &stranger),
        door("PATCH", "/auth/users/me/", &json!({"first_name": "Alice"}), &[], member),
        door("DELETE", "/auth/users/me/", &json!({"current_password": "x"}), &["current_password"], member),
        door(
            "POST",
            "/auth/users/set_password/",
            &json!({"current_password": "x", "new_password": PASSWORD}),
            &["current_password", "new_password"],
            member,
        ),
        door("POST", "/auth/users/reset_password/", &json!({"email": "nobody@example.org"}), &["email"], &stranger),
        door(
            "POST",
            "/auth/users/reset_password_confirm/",
            &json!({"token": "x", "new_password": PASSWORD}),
            &["token", "new_password"],
            &stranger,
        ),
        door("POST", "/auth/second_factor/", &json!({"current_password": "x"}), &["current_password"], member),
        door("POST", "/auth/second_factor/confirm/", &json!({"code": "1"}), &["code"], member),
        door(
            "DELETE",
            "/auth/second_factor/",
            &json!({"current_password": "x", "code": "1"}),
            &["current_password", "code"],
            member,
        ),
        door("POST", "/auth/logout/", &json!({"refresh_token": "x"}), &[], &stranger),
        door("POST", "/api/chats/", &json!({"name": "Lunch"}), &[], member),
        door("PATCH", &chat.path(""), &json!({"username": alice.name()}), &["username"], member),
        door("POST", &chat.path("messages/"), &json!({"message": "hi"}), &["message"], member),
        door("POST", "/api/chats/direct/", &json!({"username": bob.name()}), &["username"], member),
        door("PATCH", &elsewhere.path_of_member(&bob), &json!({"role": "member"}), &["role"], member),
        door("PUT", &elsewhere.path("read/"), &json!({"seq": 1}), &["seq"], member),
        door("PATCH", &sent.path(""), &json!({"message": "hi"}), &["message"], member),
    ];
    (doors, chat)
}

both_ways! {
    async fn no_endpoint_takes_a_body_that_is_broken(world: &mut World) {
        let (doors, _) = doors(world).await;
        for door in &doors {
            let call = || door.client.call(door.method, &door.path);
            let bodies: Vec<(&str, Vec<u8>, u16, ErrorCode)> = vec![
                ("application/json", b"{".to_vec(), 400, MalformedBody),
                ("application/json", b"{\"a\": }".to_vec(), 400, MalformedBody),
                ("application/json", b"\xff\xfe{}".to_vec(), 400, MalformedBody),
                ("application/json", array_of_the_values(&door.good).into_bytes(), 400, ValidationFailed),
                ("application/json", "[".repeat(60_000).into_bytes(), 400, MalformedBody),
                ("application/json; charset=utf-8", format!("{} x", door.good).into_bytes(), 400, MalformedBody),
                ("application/json", b"\"text\"".to_vec(), 400, ValidationFailed),
                ("application/json", b"1".to_vec(), 400, ValidationFailed),
                ("text/plain", door.good.to_string().into_bytes(), 415, UnsupportedMediaType),
                ("application/xml", b"<a/>".to_vec(), 415, UnsupportedMediaType),
                ("multipart/form-data; boundary=b", b"--b--".to_vec(), 415, UnsupportedMediaType),
                ("application/json", vec![b' '; 10_000_000], 413, PayloadTooLarge),
                ("application/x-www-form-urlencoded", vec![b'a'; 10_000_000], 413, PayloadTooLarge),
            ];
            for (kind, body, status, code) in bodies {
                let short = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
                let answer = call().body(kind, body).answer().await;
                assert_eq!(answer.status, status, "{kind} {short:?}: {answer:?}");
                let problem = answer.problem();
                assert!(problem.code == code || kind == "application/json" && problem.code == ValidationFailed, "{kind} {short:?}: {answer:?}");
            }
        }
    }
}

both_ways! {
    async fn a_missing_or_wrong_field_is_refused_by_name(world: &mut World) {
        let (doors, _) = doors(world).await;
        for door in &doors {
            for field in door.good.as_object().expect("an object").keys() {
                let mut wrong = vec![json!(1.5), json!(true), json!([1]), json!({"a": 1})];
                if door.needed.contains(&field.as_str()) {
                    wrong.push(Value::Null);
                }
                for value in wrong {
                    let mut body = door.good.clone();
                    body[field] = value;
                    let answer = door.client.call(door.method, &door.path).json(body.clone()).answer().await;
                    answer.refused(400, ValidationFailed);
                    let named: Vec<_> = answer.problem().errors.into_iter().map(|error| error.field).collect();
                    assert_eq!(named, [field.as_str()], "{body}: {answer:?}");
                }
            }
            for field in door.needed {
                let mut body = door.good.clone();
                body.as_object_mut().expect("an object").remove(*field);
                let fields: Vec<(String, String)> = body.as_object().expect("an object").iter()
                    .map(|(name, value)| (name.clone(), value.as_str().map_or(value.to_string(), str::to_owned)))
                    .collect();
                let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
                let call = || door.client.call(door.method, &door.path);
                for answer in [call().json(body.clone()).answer().await, call().form(&fields).answer().await] {
                    answer.refused(400, ValidationFailed);
                    let named: Vec<_> = answer.problem().errors.into_iter().map(|error| error.field).collect();
                    assert_eq!(named, [*field], "{body}: {answer:?}");
                }
            }
        }
    }
}

both_ways! {
    async fn values_out_of_range_are_refused(world: &mut World) {
        let (_, chat) = doors(world).await;
        let alice = world.signs_up("alice").await;
        alice.joins(&chat).await;
        let users = "/auth/users/";
        let good_name = || random_name("zoe");
        let long = |n: usize| "x".repeat(n);
        let (own, messages) = (chat.path(""), chat.path("messages/"));
        let table: Vec<(&str, &str, Value, u16, ErrorCode)> = vec![
            ("POST", users, json!({"username": "al", "password": PASSWORD}), 400, ValidationFailed),
            ("POST", users, json!({"username": long(31), "password": PASSWORD}), 400, ValidationFailed),
            ("POST", users, json!({"username": "a b c", "password": PASSWORD}), 400, ValidationFailed),
            ("POST", users, json!({"username": "nul\0nul", "password": PASSWORD}), 400, ValidationFailed),
            ("POST", users, json!({"username": "ali\u{202e}ce", "password": PASSWORD}), 400, ValidationFailed),
            ("POST", users, json!({"username": good_name(), "password": "123"}), 400, PasswordTooWeak),
            ("POST", users, json!({"username": good_name(), "password": "password1"}), 400, PasswordTooWeak),
            ("POST", users, json!({"username": alice.name(), "password": PASSWORD}), 409, UsernameTaken),
            ("POST", users, json!({"username": alice.name().to_uppercase(), "password": PASSWORD}), 409, UsernameTaken),
            ("POST", users, json!({"username": good_name(), "password": PASSWORD, "email": "no address"}), 400,
                ValidationFailed),
            ("POST", "/auth/jwt/create/", json!({"username": alice.name(), "password": "wrong"}), 401, BadCredentials),
            ("POST", "/auth/jwt/create/", json!({"username": "nobody-at-all", "password": "x"}), 401, BadCredentials),
            ("POST", "/auth/jwt/create/", json!({"username": "nul\0", "password": "\0"}), 401, BadCredentials),
            ("POST", "/auth/jwt/create/", json!({"username": long(9_000), "password": long(9_000)}), 401,
                BadCredentials),
            ("POST", "/api/chats/", json!({"name": long(101)}), 400, ValidationFailed),
            ("POST", "/api/chats/", json!({"name": ""}), 400, ValidationFailed),
            ("POST", "/api/chats/", json!({"name": "two\nlines"}), 400, ValidationFailed),
            ("PATCH", &own, json!({"username": ""}), 400, ValidationFailed),
            ("PATCH", &own, json!({"username": "a b"}), 400, ValidationFailed),
            ("PATCH", &own, json!({"username": "nobody-at-all"}), 404, UserNotFound),
            ("POST", &messages, json!({"message": ""}), 400, ValidationFailed),
            ("POST", &messages, json!({"message": " \n\t "}), 400, ValidationFailed),
            ("POST", &messages, json!({"message": long(4_001)}), 400, ValidationFailed),
            ("POST", &messages, json!({"message": "👩".repeat(4_001)}), 400, ValidationFailed),
            ("POST", &messages, json!({"message": "nul\0"}), 400, ValidationFailed),
            ("POST", &messages, json!({"message": "esc\u{1b}[0m"}), 400, ValidationFailed),
            ("POST", &messages, json!({"message": "m", "client_id": ""}), 400, ValidationFailed),
            ("POST", &messages, json!({"message": "m", "client_id": "a b"}), 400, ValidationFailed),
            ("POST", &messages, json!({"message": "m", "client_id": long(65)}), 400, ValidationFailed),
            ("POST", &messages, json!({"message": "m", "client_id": "nul\0"}), 400, ValidationFailed),
            ("POST", &messages, json!({"message": "m", "client_id": 7}), 400, ValidationFailed),
            ("POST", &messages, json!({"message": "m", "reply_to": "x"}), 400, ValidationFailed),
            ("POST", &messages, json!({"message": "m", "reply_to": 1e30}), 400, ValidationFailed),
            ("POST", &messages, json!({"message": "m", "reply_to": 999_999}), 404, MessageNotFound),
            ("POST", &messages, json!({"message": "m", "reply_to": -1}), 404, MessageNotFound),
        ];
        for (method, path, body, status, code) in table {
            let answer = alice.client().call(method, path).json(body.clone()).answer().await;
            let got = (answer.status, answer.problem().code);
            assert_eq!(got, (status, code), "{method} {path} {body}: {}", answer.text);
        }
        assert_eq!(alice.history(&chat).await, []);
    }
}

both_ways! {
    async fn bad_queries_paths_and_methods_are_refused(world: &mut World) {
        let (_, chat) = doors(world).await;
        let alice = world.signs_up("alice").await;
        alice.joins(&chat).await;
        let messages = |query: &str| chat.path(&format!("messages/?{query}"));
        let events = |query: &str| chat.path(&format!("events/?{query}"));
        let table: Vec<(&str, String, u16, ErrorCode)> = vec![
            ("GET", messages("limit=abc"), 400, ValidationFailed),
            ("GET", messages("limit=-1"), 400, ValidationFailed),
            ("GET", messages("limit=0"), 400, ValidationFailed),
            ("GET", messages("limit=99999999999999999999"), 400, ValidationFailed),
            ("GET", messages("before=abc"), 400, ValidationFailed),
            ("GET", messages("after=1.5"), 400, ValidationFailed),
            ("GET", messages("before=99999999999999999999"), 400, ValidationFailed),
            ("GET", events("after=abc"), 400, ValidationFailed),
            ("GET", "/api/chats/?before=%00".into(), 400, ValidationFailed),
            ("GET", "/api/chats/?before=garbage".into(), 400, ValidationFailed),
            ("GET", "/api/chats/?limit=x".into(), 400, ValidationFailed),
            ("DELETE", "/auth/sessions/unknown/".into(), 404, SessionNotFound),
            ("DELETE", "/auth/sessions/a%20b/".into(), 404, SessionNotFound),
            ("GET", "/api/nothing/".into(), 404, NotFound),
            ("POST", "/api/nothing/".into(), 404, NotFound),
            ("POST", "/auth/nothing/".into(), 404, NotFound),
            ("GET", "/api/chats/AAAAAAAAAAAAAAA/nothing/".into(), 404, NotFound),
            ("PUT", "/api/chats/".into(), 405, MethodNotAllowed),
            ("DELETE", chat.path("messages/"), 405, MethodNotAllowed),
            ("POST", chat.path("events/"), 405, MethodNotAllowed),
            ("GET", "/auth/users/create/".into(), 405, MethodNotAllowed),
            ("DELETE", "/auth/jwt/create/".into(), 405, MethodNotAllowed),
            ("PATCH", "/auth/jwt/refresh/".into(), 405, MethodNotAllowed),
        ];
        for (method, path, status, code) in table {
            let answer = alice.client().call(method, &path).answer().await;
            let got = (answer.status, answer.problem().code);
            assert_eq!(got, (status, code), "{method} {path}: {}", answer.text);
        }
        // What is no link at all is no chat either.
        for link in ["short", "AAAAAAAAAAAAAAAA", "..%2F..%2Fetc%2Fpass", "AAAAAAA%00AAAAAA", "%C3%A9AAAAAAAAAAAA", "%FF"] {
            for rest in ["", "messages/", "events/"] {
                let answer = alice.client().get(&format!("/api/chats/{link}/{rest}")).await;
                assert!(matches!(answer.status, 400 | 404), "{link}: {answer:?}");
                assert!(matches!(answer.problem().code, ChatNotFound | ValidationFailed | NotFound), "{answer:?}");
            }
        }
        // More than there may be is as many as there may be, or refused; never more.
        let answer = alice.client().get(&messages("limit=101")).await;
        assert!(matches!(answer.status, 200 | 400), "{answer:?}");
    }
}

both_ways! {
    async fn an_error_tells_nothing_of_the_inside(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let hostile = [
            "/api/chats/'%20OR%201=1--/",
            "/api/chats/%22;DROP%20TABLE%20chats/messages/",
            "/auth/sessions/'%20OR%20'1'='1/",
            "/api/chats/?before='",
        ];
        for path in hostile {
            for method in ["GET", "DELETE", "PATCH"] {
                let answer = alice.client().call(method, path).answer().await;
                assert!((400..500).contains(&answer.status), "{method} {path}: {answer:?}");
                answer.problem();
                let text = answer.text.to_lowercase();
                for word in ["select", "diesel", "sqlite", "postgres", "panicked", ".rs:"] {
                    assert!(!text.contains(word), "{method} {path}: {text}");
                }
            }
        }
    }
}

/// The values without their names.
fn array_of_the_values(good: &Value) -> String {
    Value::from_iter(good.as_object().expect("an object").values().cloned()).to_string()
}
