//! No query reads a big table from end to end: every endpoint is called with a big set of data around, and PostgreSQL
//! tells how it ran what chat-api asked.

use chatire_tests::{Chat, Gateway, Part, Person, Replica, Sent, World, cluster_only};
use serde_json::{Value, json};
use shared_proto::Seq;

use crate::commands::printed;

/// Tables that stay small, whatever happens.
const SMALL: [&str; 4] = ["__diesel_schema_migrations", "users_asked", "outbox", "retention"];
/// Rows that one step of a query may take up: more than a page of anything needs, far less than a table.
const ROWS: i64 = 5_000;
/// Pages that one step of a query may look at for nothing.
const PAGES: i64 = 100;

/// 200,000 messages in 10,000 chats of 10 people each, who are 10,000; reactions, mentions, edits and bans among them.
const BIG: &str = "
SET session_replication_role = replica;
INSERT INTO users (id, username, username_key, first_name, last_name)
  SELECT 1000000 + n, 'extra' || n, 'extra' || n, '', '' FROM generate_series(1, 10000) n;
INSERT INTO chats (id, uri, link, created_by, last_seq, last_message_id, last_at, created_at, member_count)
  OVERRIDING SYSTEM VALUE
  SELECT 1000000 + n, 'filled' || lpad(n::text, 9, '0'), 'filled' || lpad(n::text, 9, '0'), 1000000 + n, 30,
    10000000 + n * 20 + 19, n, n, 10 FROM generate_series(1, 10000) n;
INSERT INTO members (chat_id, user_id, joined_at, role, read_seq)
  SELECT 1000000 + n, 1000000 + 1 + (n + m * 7) % 10000, m, CASE WHEN m = 0 THEN 0 ELSE 2 END, 10
  FROM generate_series(1, 10000) n, generate_series(0, 9) m;
INSERT INTO messages (id, chat_id, seq, sender_id, client_id, text, at)
  OVERRIDING SYSTEM VALUE
  SELECT 10000000 + n * 20 + m, 1000000 + n, 11 + m, 1000000 + 1 + (n + (m % 10) * 7) % 10000, 'c' || n || '-' || m,
    'message ' || m || ' of ' || n || ' about apples and word' || (n * 7 + m) % 5000, n + m
  FROM generate_series(1, 10000) n, generate_series(0, 19) m;
INSERT INTO events (chat_id, seq, kind, frame)
  SELECT 1000000 + n, s, 'message.created', '{}' FROM generate_series(1, 10000) n, generate_series(1, 30) s;
INSERT INTO reactions (message_id, emoji, user_id, at)
  SELECT 10000000 + n * 20, '\u{1f44d}', 1000000 + 1 + (n + m * 7) % 10000, m
  FROM generate_series(1, 10000) n, generate_series(0, 4) m;
INSERT INTO mentions (message_id, user_id, chat_id, seq)
  SELECT 10000000 + n * 20 + m, 1000000 + 1 + (n + 7) % 10000, 1000000 + n, 11 + m
  FROM generate_series(1, 10000) n, generate_series(0, 4) m;
INSERT INTO message_versions (message_id, seq, text, by_id, at)
  SELECT 10000000 + n * 20, 31, 'before', 1000000 + n, n FROM generate_series(1, 10000) n;
INSERT INTO bans (chat_id, user_id, by_id, at)
  SELECT 1000000 + n, 1000000 + 1 + (n * 3) % 10000, 1000000 + n, n FROM generate_series(1, 10000) n;
ANALYZE;
";

cluster_only! {
    async fn no_query_reads_a_big_table_from_end_to_end(world: &mut World) {
        world.fills_the_chat_database(BIG);
        let watched = world.watches_queries().await;
        everything_is_called(world).await;
        let plans = world.plans_since(&watched);
        assert!(plans.len() > 200, "only {} queries were seen: is it watched at all?", plans.len());
        let bad: Vec<String> = plans
            .iter()
            .filter(|plan| {
                plan.most_rows > ROWS || plan.idle_pages > PAGES || plan.read_whole.iter().any(|table| !SMALL.contains(&table.as_str()))
            })
            .map(|plan| format!("{} rows, {} pages, {:?} {}\n{:#}", plan.most_rows, plan.idle_pages, plan.read_whole, plan.text, plan.plan))
            .collect();
        assert!(bad.is_empty(), "{} of {} queries:\n{}", bad.len(), plans.len(), bad.join("\n\n"));
    }
}

/// Every endpoint there is, with and without what it can be asked.
async fn everything_is_called(world: &mut World) {
    let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
    let carol = world.signs_up("carol").await;
    let chat = alice.starts_a_chat().await;
    let socket = alice.connects(Gateway::First).await;
    bob.joins(&chat).await;
    alice.invites(&carol, &chat).await;
    let first = alice.says(&format!("apples for @{}", bob.name())).in_chat(&chat).await;
    for n in 0..30 {
        bob.says(&format!("apples {n}")).in_chat(&chat).await;
    }
    let last = socket.says("over a socket").in_chat(&chat).await;
    socket.looks_at(&chat).await;
    socket.reads_up_to(&chat, last.seq).await;
    let his = bob.connects(Gateway::First).await;
    his.looks_at(&chat).await;
    his.reads_up_to(&chat, last.seq).await;
    socket.sees_read(&bob, &chat, last.seq).await;
    of_messages(&alice, &bob, &chat, &first).await;
    of_chats(&alice, &bob, &carol, &chat).await;
    // A socket that comes back asks for what it missed.
    drop(socket);
    let last = bob.over(Replica::Second).says("the last").in_chat(&chat).await;
    let socket = alice.connects_after(Gateway::Second, &[(&chat, 1)]).await;
    socket.hears(&chat, last.seq).await;
    by_command(world, &bob, &chat, last.seq).await;
    call(&alice, "DELETE", &chat.path(""), None).await;
}

/// What the operator can do. Of all the data around, nothing is old enough to go.
async fn by_command(world: &mut World, bob: &Person, chat: &Chat, last: Seq) {
    world.ages(chat, last, 20_010);
    let (part, uri) = (Part::Api(Replica::First), chat.uri.to_string());
    printed(world, part, &["export", "user", bob.name()]).await;
    printed(world, part, &["export", "chat", &uri]).await;
    printed(world, part, &["retention", "set", &uri, "30000"]).await;
    printed(world, part, &["retention", "list"]).await;
    assert!(printed(world, part, &["retention", "run"]).await.starts_with("0 messages"));
    assert!(printed(world, part, &["retention", "run", "--days", "36500"]).await.starts_with("0 messages"));
    assert!(
        !printed(world, part, &["retention", "run", "--chat", &uri, "--days", "20000"]).await.starts_with("0 messages")
    );
    printed(world, part, &["retention", "clear", &uri]).await;
}

async fn of_messages(alice: &Person, bob: &Person, chat: &Chat, first: &Sent) {
    let message = format!("messages/{}/", first.id);
    for path in ["messages/", "messages/?before=9", "messages/?after=3", "messages/?around=9", "events/?after=0"] {
        call(bob, "GET", &chat.path(path), None).await;
    }
    let reply = json!({"message": "answer", "client_id": "a-1", "reply_to": first.id});
    for _ in 0..2 {
        call(bob, "POST", &chat.path("messages/"), Some(reply.clone())).await;
    }
    call(alice, "PATCH", &chat.path(&message), Some(json!({"message": format!("pears for @{}", bob.name())}))).await;
    call(bob, "GET", &chat.path(&message), None).await;
    let reaction = chat.path(&format!("{message}reactions/%F0%9F%91%8D/"));
    for method in ["PUT", "DELETE", "PUT"] {
        call(bob, method, &reaction, None).await;
    }
    let here = format!("/api/search/?q=apples&chat={}", chat.uri);
    for path in ["/api/search/?q=apples", "/api/search/?q=app%20pears", here.as_str(), "/api/search/?q=word77"] {
        call(bob, "GET", path, None).await;
    }
    call(bob, "PUT", &chat.path("read/"), Some(json!({"seq": 9}))).await;
    call(alice, "DELETE", &chat.path(&message), None).await;
}

async fn of_chats(alice: &Person, bob: &Person, carol: &Person, chat: &Chat) {
    for path in ["/api/chats/", "/api/chats/?limit=1", &chat.path(""), &chat.path("members/"), &chat.path("bans/")] {
        call(alice, "GET", path, None).await;
    }
    call(alice, "PATCH", &chat.path(""), Some(json!({"name": "Orchard"}))).await;
    call(alice, "POST", "/api/chats/direct/", Some(json!({"username": bob.name()}))).await;
    call(bob, "POST", "/api/chats/direct/", Some(json!({"username": alice.name()}))).await;
    let preview = format!("/api/links/{}/", chat.uri);
    call(carol, "GET", &preview, None).await;
    call(alice, "POST", &chat.path("link/"), None).await;
    call(alice, "DELETE", &chat.path("link/"), None).await;
    let role = chat.path(&format!("members/{}/", bob.id()));
    call(alice, "PATCH", &role, Some(json!({"role": "admin"}))).await;
    let ban = chat.path(&format!("bans/{}/", carol.id()));
    call(bob, "PUT", &ban, None).await;
    call(alice, "GET", &chat.path("bans/"), None).await;
    call(bob, "DELETE", &ban, None).await;
    call(alice, "PATCH", &chat.path(""), Some(json!({"username": carol.name()}))).await;
    call(carol, "DELETE", &chat.path("members/me/"), None).await;
    call(alice, "PATCH", &chat.path(""), Some(json!({"username": carol.name()}))).await;
    call(alice, "DELETE", &chat.path(&format!("members/{}/", carol.id())), None).await;
}

async fn call(person: &Person, method: &str, path: &str, body: Option<Value>) {
    let call = person.client().call(method, path);
    let answer = match body {
        Some(body) => call.json(body).answer().await,
        None => call.answer().await,
    };
    assert!((200..300).contains(&answer.status), "{answer:?}");
}
