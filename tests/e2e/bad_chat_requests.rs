//! Bad input to what one can do in a chat: refused with a stable code, and never the server's fault.

use chatire_tests::{Answer, both_ways};
use serde_json::{Value, json};
use shared_proto::ErrorCode::{self, *};

use crate::authorization::TABLE;
use crate::cast::{Cast, Scene};
use crate::pair::Pair;

/// Words that no answer has.
const INSIDE: [&str; 6] = ["select ", "diesel", "sqlite", "postgres", "panicked", ".rs:"];

both_ways! {
    async fn values_out_of_range_are_refused(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, bob, chat, .. } = &pair;
        let sent = alice.says("hi").in_chat(chat).await;
        let before = alice.looks_at(chat).await;
        let long = |n: usize| "x".repeat(n);
        let (own, read, of_bob, message) = (chat.path(""), chat.path("read/"), chat.path_of_member(bob), sent.path(""));
        let direct = "/api/chats/direct/";
        let table: Vec<(&str, &str, Value, u16, ErrorCode)> = vec![
            ("PATCH", &own, json!({"name": ""}), 400, ValidationFailed),
            ("PATCH", &own, json!({"name": "  "}), 400, ValidationFailed),
            ("PATCH", &own, json!({"name": long(101)}), 400, ValidationFailed),
            ("PATCH", &own, json!({"name": "two\nlines"}), 400, ValidationFailed),
            ("PATCH", &own, json!({"name": "nul\0"}), 400, ValidationFailed),
            ("PATCH", &own, json!({"name": 7}), 400, ValidationFailed),
            ("PATCH", &own, json!({}), 400, ValidationFailed),
            ("PATCH", &own, json!({"nothing": "known"}), 400, ValidationFailed),
            ("PATCH", &own, json!({"username": alice.name(), "name": "Both"}), 400, ValidationFailed),
            ("PATCH", &own, json!({"username": alice.name(), "name": null}), 400, ValidationFailed),
            ("PATCH", &own, json!({"username": null, "link": "x"}), 400, ValidationFailed),
            ("POST", direct, json!({"username": ""}), 400, ValidationFailed),
            ("POST", direct, json!({"username": "a b"}), 400, ValidationFailed),
            ("POST", direct, json!({"username": long(31)}), 400, ValidationFailed),
            ("POST", direct, json!({"username": "nul\0nul"}), 400, ValidationFailed),
            ("POST", direct, json!({"username": "nobody-at-all"}), 404, UserNotFound),
            ("PUT", &read, json!({"seq": -1}), 400, ValidationFailed),
            ("PUT", &read, json!({"seq": i64::MIN}), 400, ValidationFailed),
            ("PUT", &read, json!({"seq": "x"}), 400, ValidationFailed),
            ("PUT", &read, json!({"seq": 1.5}), 400, ValidationFailed),
            ("PUT", &read, json!({"seq": 1e30}), 400, ValidationFailed),
            ("PUT", &read, json!({"seq": (1_i64 << 53) + 1}), 400, ValidationFailed),
            ("PATCH", &of_bob, json!({"role": "king"}), 400, ValidationFailed),
            ("PATCH", &of_bob, json!({"role": "ADMIN"}), 400, ValidationFailed),
            ("PATCH", &of_bob, json!({"role": ""}), 400, ValidationFailed),
            ("PATCH", &of_bob, json!({"role": 1}), 400, ValidationFailed),
            ("PATCH", &message, json!({"message": ""}), 400, ValidationFailed),
            ("PATCH", &message, json!({"message": " \n\t "}), 400, ValidationFailed),
            ("PATCH", &message, json!({"message": long(4_001)}), 400, ValidationFailed),
            ("PATCH", &message, json!({"message": "esc\u{1b}[0m"}), 400, ValidationFailed),
        ];
        for (method, path, body, status, code) in table {
            let answer = alice.client().call(method, path).json(body.clone()).answer().await;
            let got = (answer.status, answer.problem().code);
            assert_eq!(got, (status, code), "{method} {path} {body}: {}", answer.text);
        }
        let after = alice.looks_at(chat).await;
        assert_eq!((after.seq, after.name, after.read_seq), (before.seq, before.name, before.read_seq));
    }
}

both_ways! {
    async fn bad_queries_and_methods_are_refused(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, chat, .. } = &pair;
        let sent = alice.says("hi").in_chat(chat).await;
        let messages = |query: &str| chat.path(&format!("messages/?{query}"));
        let members = |query: &str| chat.path(&format!("members/?{query}"));
        let bans = |query: &str| chat.path(&format!("bans/?{query}"));
        let chats = |query: &str| format!("/api/chats/?{query}");
        let search = |query: &str| format!("/api/search/?{query}");
        let bad = [
            messages("around=abc"), messages("around=-1"), messages("around=1&before=1"), messages("around=1&after=1"),
            messages("before=1&after=1"), messages("around=99999999999999999999"), messages("around=1.5"),
            messages("around=1&limit=0"), messages("limit=101"), messages("before=-1"), messages("after=-1"),
            members("limit=0"), members("limit=101"), members("limit=-1"), members("limit=x"), members("after=garbage"),
            members("after=%00"), members("after='"), members("after=9999999999999999999999"),
            bans("limit=0"), bans("limit=101"), bans("after=abc"), bans("after=1.5"), bans("after=9999999999999999999"),
            chats("limit=0"), chats("limit=101"), chats("before=%00"), chats("before=1"), chats("before=%F0%9F%91%8D"),
            search(""), search("q="), search("limit=5"), search("q=hi&limit=0"), search("q=hi&limit=51"),
            search("q=hi&limit=x"), search("q=hi&after=x"), search("q=hi&after=-1"), search("q=hi&after=99999999999999999999"),
        ];
        let mut wrong = Vec::new();
        for path in bad {
            let answer = alice.client().get(&path).await;
            if (answer.status, code_of(&answer)) != (400, Some(ValidationFailed)) {
                wrong.push(format!("GET {path}: {} {}", answer.status, answer.text));
            }
        }
        let methods = [
            ("PUT", chat.path("")), ("POST", chat.path("")), ("GET", chat.path("link/")), ("PUT", chat.path("link/")),
            ("POST", chat.path("members/")), ("DELETE", chat.path("members/")), ("GET", chat.path("read/")),
            ("POST", chat.path("read/")), ("POST", chat.path("bans/")), ("POST", sent.path("")), ("PUT", sent.path("")),
            ("GET", "/api/chats/direct/".into()), ("POST", "/api/search/".into()),
            ("DELETE", format!("/api/links/{}/", chat.uri)), ("POST", sent.path("reactions/👍/")),
        ];
        for (method, path) in methods {
            let answer = alice.client().call(method, &path).answer().await;
            let others = answer.header("allow");
            let tells_others = !others.is_empty() && others.split(", ").all(|other| other != method);
            if (answer.status, code_of(&answer), tells_others) != (405, Some(MethodNotAllowed), true) {
                wrong.push(format!("{method} {path}: {} {}", answer.status, answer.text));
            }
        }
        for path in [sent.path("versions/"), sent.path("nothing/"), chat.path("nothing/"), "/api/links/".into()] {
            let answer = alice.client().get(&path).await;
            if (answer.status, code_of(&answer)) != (404, Some(NotFound)) {
                wrong.push(format!("GET {path}: {} {}", answer.status, answer.text));
            }
        }
        assert!(wrong.is_empty(), "{} answers are wrong:\n{}", wrong.len(), wrong.join("\n"));
    }
}

both_ways! {
    async fn whatever_stands_in_a_path_is_answered(world: &mut World) {
        let cast = Cast::of_few(world).await;
        let scene = Scene::set_with_few(&cast).await;
        let long = "x".repeat(4_000);
        let strange = [
            "0", "-1", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1e3", "1.0", "+1",
            "0x1", "%201", "me", "ME", "%00", "%FF", "%F0%9F", "%2F", "..%2F..", "%2e%2e", "'", "%22",
            "%27%20OR%201=1--", "%5C", "%25", ";", "null", "{id}", "%F0%9F%91%8D", "%EF%BC%91", "%D9%A1", "AAAAAAAAAAAAAAA", &long,
        ];
        let mut wrong = Vec::new();
        for row in TABLE {
            let (method, path, body) = (row.method(), row.path(), row.body());
            for (begin, _) in path.match_indices('{') {
                let end = begin + path[begin..].find('}').expect("it is closed") + 1;
                // Who leaves has no more to try.
                let leaves = |value: &str| method == "DELETE" && path.ends_with("/members/{member2}/") && value == "me";
                for value in strange.into_iter().filter(|value| !leaves(value)) {
                    let path = format!("{}{value}{}", &path[..begin], &path[end..]);
                    let answer = scene.calls(&cast, "owner", method, &path, &body).await;
                    if answer.status >= 500 || answer.status >= 400 && code_of(&answer).is_none() {
                        wrong.push(format!("{method} {path}: {} {}", answer.status, answer.text));
                    }
                    let text = answer.text.to_lowercase();
                    if INSIDE.iter().any(|word| text.contains(word)) {
                        wrong.push(format!("{method} {path} tells of the inside: {text}"));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{} answers are wrong:\n{}", wrong.len(), wrong.join("\n"));
    }
}

/// Nothing when it is no problem, or none as they must be.
fn code_of(answer: &Answer) -> Option<ErrorCode> {
    let is_problem = answer.status >= 400 && answer.header("content-type") == "application/problem+json";
    is_problem.then(|| answer.problem().code)
}
