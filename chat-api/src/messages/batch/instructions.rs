//! What `deploy/dev/instructions.sh` counts of storing: every `counted_…` is a hot path, with what is usual on it.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use service_kit::bus::Bus;
use service_kit::db::Db;
use service_kit::settings;
use shared_proto::auth::Secret;

use super::*;
use crate::MIGRATIONS;

const MESSAGES: usize = 50;
const CHATS: usize = 5;
const SENDERS: usize = 10;
/// With the first one statements are prepared.
const BATCHES: usize = 4;

/// A transaction but for its commit, SQLite's own work included.
#[inline(never)]
fn counted_store_50_messages(conn: &mut Conn, batch: &[NewMessage], publisher: &Publisher) -> Result<Done> {
    store(conn, batch, Locking::Wait, Instant::now() + Duration::from_secs(60), publisher)
}

fn uri(chat: usize) -> String {
    format!("chat{chat:011}")
}

fn batch(n: usize) -> Vec<NewMessage> {
    let message = |m: usize| NewMessage {
        sender: UserId((m % SENDERS) as i64 + 1),
        chat: uri(m % CHATS + 1).parse().unwrap(),
        client_id: Some(format!("client-{n:04}-{m:04}").try_into().unwrap()),
        text: format!("{} @person{}", "x".repeat(200), m % 3 + 1).try_into().unwrap(),
        reply_to: None,
        origin: None,
    };
    (0..MESSAGES).map(message).collect()
}

fn fill(conn: &mut Conn) -> Result<()> {
    let Conn::Sqlite(conn) = conn else { panic!("it was opened as SQLite") };
    let mut sql = String::new();
    for n in 1..=SENDERS {
        sql += &format!("INSERT INTO users VALUES ({n}, 'person{n}', 'person{n}', '', '');");
    }
    for chat in 1..=CHATS {
        let uri = uri(chat);
        sql += &format!(
            "INSERT INTO chats (id, uri, link, created_by, member_count, last_seq, last_at, created_at) \
             VALUES ({chat}, '{uri}', '{uri}', 1, {SENDERS}, 0, 0, 0);"
        );
        for n in 1..=SENDERS {
            sql += &format!("INSERT INTO members (chat_id, user_id, joined_at) VALUES ({chat}, {n}, 0);");
        }
    }
    Ok(conn.batch_execute(&sql)?)
}

#[actix_web::test]
async fn fifty_messages_are_stored_in_one_transaction() {
    let folder = std::env::temp_dir().join(format!("chatire-instructions-{}", nanoid::nanoid!()));
    std::fs::create_dir(&folder).unwrap();
    let url = Secret::new(format!("sqlite:{}", folder.join("chat.db").display()));
    let db = Db::open("chat", &settings::Database { url, connections: 1 }, MIGRATIONS).await.unwrap();
    let bus = Bus::open(&settings::Bus { url: Secret::new("local:"), prefix: String::new() }).unwrap();
    let publisher = Publisher::new(bus, db.clone());
    db.write(fill).await.unwrap();
    for n in 0..BATCHES {
        let (batch, publisher) = (batch(n), publisher.clone());
        let stored = db.write(move |conn| {
            conn.transaction(|conn| {
                let done = counted_store_50_messages(conn, &batch, &publisher)?;
                Ok::<_, Error>(done.results.iter().filter(|r| matches!(r, Some(Ok(sent)) if sent.fresh)).count())
            })
        });
        assert_eq!(stored.await.unwrap(), MESSAGES);
    }
    std::fs::remove_dir_all(folder).unwrap();
}
