//! Who may do what: every endpoint of chat-api, called by everybody there is.

use std::collections::BTreeSet;

use chatire_tests::{Plan, Way, both_ways, play, random_name};
use serde_json::Value;
use shared_proto::ErrorCode::{self, *};

use crate::cast::{Cast, Scene};

/// A call, and what becomes of it when each of [`ASKERS`] makes it.
pub(crate) struct Row {
    /// Words in braces stand for somebody or something of the scene, `{chat}` for `/api/chats/` and its address.
    call: &'static str,
    /// `field=value` of its JSON body, if it has one.
    body: &'static str,
    outcomes: &'static str,
}

/// In the order of the columns. The first five are outside; `elsewhere` is the owner of another chat.
const ASKERS: [&str; 8] = ["stranger", "elsewhere", "left", "removed", "banned", "member", "admin", "owner"];

const fn row(call: &'static str, body: &'static str, outcomes: &'static str) -> Row {
    Row { call, body, outcomes }
}

// 2xx: with this status    in: 200, and sees the chat by it       ban: 403 banned
// out: 403 not_a_member    low: 403 forbidden, for want of rank   bad: 400 validation_failed
#[rustfmt::skip]
pub(crate) const TABLE: &[Row] = &[
    //                                                                       stra else left remo bann memb admi owner
    row("GET    /api/chats/", "",                                           "200  200  200  200  200  200  200  200"),
    row("POST   /api/chats/", "name=New",                                   "201  201  201  201  201  201  201  201"),
    row("POST   /api/chats/direct/", "username={guest}",                    "201  201  201  201  201  201  201  201"),
    row("GET    /api/search/?q={word}", "",                                 "200  200  200  200  200  200  200  200"),
    row("GET    /api/search/?q={word}&chat={address}", "",                  "out  out  out  out  out  200  200  200"),
    row("GET    /api/links/{address}/", "",                                 "in   in   in   in   ban  200  200  200"),

    row("GET    {chat}/", "",                                               "out  out  out  out  out  200  200  200"),
    row("PATCH  {chat}/", "username={asker}",                               "in   in   in   in   ban  200  200  200"),
    row("PATCH  {chat}/", "username={guest}",                               "out  out  out  out  out  200  200  200"),
    row("PATCH  {chat}/", "username={banned}",                              "out  out  out  out  ban  ban  ban  ban"),
    row("PATCH  {chat}/", "name=Renamed",                                   "out  out  out  out  out  low  200  200"),
    row("PATCH  {chat}/", "name=null",                                      "out  out  out  out  out  low  200  200"),
    row("DELETE {chat}/", "",                                               "out  out  out  out  out  low  low  204"),
    row("POST   {chat}/link/", "",                                          "out  out  out  out  out  low  200  200"),
    row("DELETE {chat}/link/", "",                                          "out  out  out  out  out  low  200  200"),

    row("GET    {chat}/members/", "",                                       "out  out  out  out  out  200  200  200"),
    row("PATCH  {chat}/members/{member2}/", "role=admin",                   "out  out  out  out  out  low  low  200"),
    row("PATCH  {chat}/members/{member2}/", "role=owner",                   "out  out  out  out  out  low  low  200"),
    row("PATCH  {chat}/members/{admin2}/", "role=member",                   "out  out  out  out  out  low  low  200"),
    row("PATCH  {chat}/members/{owner}/", "role=member",                    "out  out  out  out  out  low  low  bad"),
    row("PATCH  {chat}/members/{asker}/", "role=owner",                     "out  out  out  out  out  low  low  200"),
    row("DELETE {chat}/members/{member2}/", "",                             "out  out  out  out  out  low  204  204"),
    row("DELETE {chat}/members/{admin2}/", "",                              "out  out  out  out  out  low  low  204"),
    row("DELETE {chat}/members/{owner}/", "",                               "out  out  out  out  out  low  low  204"),
    row("DELETE {chat}/members/{me}/", "",                                  "out  out  out  out  out  204  204  204"),

    row("GET    {chat}/bans/", "",                                          "out  out  out  out  out  low  200  200"),
    row("PUT    {chat}/bans/{member2}/", "",                                "out  out  out  out  out  low  200  200"),
    row("PUT    {chat}/bans/{admin2}/", "",                                 "out  out  out  out  out  low  low  200"),
    row("PUT    {chat}/bans/{owner}/", "",                                  "out  out  out  out  out  low  low  bad"),
    row("PUT    {chat}/bans/{guest}/", "",                                  "out  out  out  out  out  low  200  200"),
    row("DELETE {chat}/bans/{banned}/", "",                                 "out  out  out  out  out  low  204  204"),

    row("PUT    {chat}/read/", "seq=1",                                     "out  out  out  out  out  200  200  200"),
    row("GET    {chat}/events/?after=0", "",                                "out  out  out  out  out  200  200  200"),
    row("GET    {chat}/messages/", "",                                      "out  out  out  out  out  200  200  200"),
    row("POST   {chat}/messages/", "message=hello",                         "out  out  out  out  out  201  201  201"),
    row("GET    {chat}/messages/{message}/", "",                            "out  out  out  out  out  200  200  200"),
    row("PATCH  {chat}/messages/{message}/", "message=other",               "out  out  out  out  out  low  low  200"),
    row("PATCH  {chat}/messages/{own}/", "message=other",                   "out  out  out  out  out  200  200  200"),
    row("DELETE {chat}/messages/{message}/", "",                            "out  out  out  out  out  low  204  204"),
    row("DELETE {chat}/messages/{own}/", "",                                "out  out  out  out  out  204  204  204"),
    row("PUT    {chat}/messages/{message}/reactions/{emoji}/", "",          "out  out  out  out  out  204  204  204"),
    row("DELETE {chat}/messages/{message}/reactions/{emoji}/", "",          "out  out  out  out  out  204  204  204"),
];

impl Row {
    pub(crate) fn method(&self) -> &'static str {
        self.call.split_whitespace().next().expect("a method")
    }

    pub(crate) fn path(&self) -> String {
        self.call.split_whitespace().nth(1).expect("a path").replace("{chat}", "/api/chats/{address}")
    }

    fn is_about_the_chat(&self) -> bool {
        self.path().contains("{address}")
    }

    /// As JSON; empty when it has none.
    pub(crate) fn body(&self) -> String {
        match self.body.split_once('=') {
            None => String::new(),
            Some((field, value @ ("null" | "1"))) => format!(r#"{{"{field}":{value}}}"#),
            Some((field, value)) => format!(r#"{{"{field}":"{value}"}}"#),
        }
    }

    fn outcomes(&self) -> impl Iterator<Item = (&'static str, Outcome)> {
        ASKERS.into_iter().zip(self.outcomes.split_whitespace().map(Outcome::named))
    }

    fn by(&self, asker: &str) -> String {
        format!("{} {} by {asker}", self.call, self.body)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Outcome {
    status: u16,
    code: Option<ErrorCode>,
    /// Who did not see the chat before does so now.
    sees: bool,
}

impl Outcome {
    fn named(name: &str) -> Self {
        let (status, code) = match name {
            "in" => (200, None),
            "out" => (403, Some(NotAMember)),
            "low" => (403, Some(Forbidden)),
            "ban" => (403, Some(Banned)),
            "bad" => (400, Some(ValidationFailed)),
            status => (status.parse().expect("a status"), None),
        };
        Self { status, code, sees: name == "in" }
    }
}

both_ways! {
    async fn everybody_may_what_the_table_says_and_sees_nothing_by_what_they_may_not(world: &mut World) {
        let cast = Cast::of(world).await;
        let untouched = Scene::set(&cast).await;
        let mut wrong = Vec::new();
        for row in TABLE {
            for (asker, expected) in row.outcomes() {
                let changes = row.is_about_the_chat() && row.method() != "GET" && expected.code.is_none();
                let fresh = if changes { Some(Scene::set_for(&cast, asker, row).await) } else { None };
                let scene = fresh.as_ref().unwrap_or(&untouched);
                let answer = scene.call(&cast, asker, row).await;
                let code = (answer.status >= 400).then(|| answer.problem().code);
                if (answer.status, code) != (expected.status, expected.code) {
                    wrong.push(format!("{}: {} instead of {expected:?}", row.by(asker), answer.text));
                }
                let outside = ASKERS[..5].contains(&asker) && !expected.sees;
                if outside || expected.code.is_some() {
                    let leaked = scene.words_that_are_not_for(&cast, asker, row).into_iter();
                    let leaked = leaked.filter(|word| answer.text.contains(word.as_str()));
                    wrong.extend(leaked.map(|word| format!("{} leaks {word}: {}", row.by(asker), answer.text)));
                }
            }
        }
        assert!(wrong.is_empty(), "{} cells are wrong:\n{}", wrong.len(), wrong.join("\n"));
        untouched.is_as_it_was(&cast).await;
    }
}

both_ways! {
    async fn without_a_token_of_ours_nothing_is_answered(world: &mut World) {
        let cast = Cast::of_few(world).await;
        let scene = Scene::set_with_few(&cast).await;
        let other = random_name("token");
        let bad = world.stranger().with_token(&other);
        let mut payload = cast.of_name("owner").token().to_owned();
        payload.truncate(payload.len() - 8);
        let cut = world.stranger().with_token(&payload);
        let clients = [(world.stranger(), TokenMissing), (bad, TokenInvalid), (cut, TokenInvalid)];
        for row in TABLE {
            for (client, code) in &clients {
                let answer = scene.call_with(client, &cast, row).await;
                answer.refused(401, *code);
                for word in scene.words_that_are_not_for(&cast, "nobody", row) {
                    assert!(!answer.text.contains(&word), "{} leaks {word}: {answer:?}", row.by("nobody"));
                }
            }
        }
        scene.is_as_it_was(&cast).await;
    }
}

both_ways! {
    async fn in_a_chat_that_is_gone_or_never_was_nothing_is_found(world: &mut World) {
        let cast = Cast::of_few(world).await;
        let gone = Scene::set_with_few(&cast).await;
        gone.is_deleted(&cast).await;
        let mut calls: Vec<_> = ["stranger", "banned", "member", "owner"].map(|asker| (gone.clone(), asker)).into();
        for strange in ["AAAAAAAAAAAAAAA", "short", "AAAAAAAAAAAAAAAAAAAAAA", "%C3%A9AAAAAAAAAAAAAA", "AAAAAAAAA%00A"] {
            calls.push((gone.at_the_address(strange), "owner"));
        }
        for row in TABLE.iter().filter(|row| row.is_about_the_chat()) {
            for (scene, asker) in &calls {
                let answer = scene.call(&cast, asker, row).await;
                let got = (answer.status, answer.problem().code);
                assert_eq!(got, (404, ChatNotFound), "{}: {answer:?}", row.by(asker));
            }
        }
    }
}

/// The same document over both ways to run.
#[test]
fn the_table_has_every_endpoint_that_chat_api_serves() {
    play(Plan::new(Way::Standalone), async |world| {
        let document: Value = world.stranger().get("/api/openapi.json").await.expect(200).json();
        let mut served = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().expect("an object") {
            for method in methods.as_object().expect("an object").keys() {
                let method = method.to_uppercase();
                if ["GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS"].contains(&method.as_str()) {
                    served.insert((method, without_names(path)));
                }
            }
        }
        // What it serves to anybody, without a token.
        served.remove(&("GET".to_owned(), "/api/openapi.json".to_owned()));
        let tested: BTreeSet<_> =
            TABLE.iter().map(|row| (row.method().to_owned(), without_names(&row.path()))).collect();
        assert_eq!(served, tested);
    });
}

/// The path with `{}` for whatever stands in braces, and without a query.
fn without_names(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let segments = path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}
