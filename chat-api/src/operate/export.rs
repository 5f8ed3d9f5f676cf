//! `export user`, `export chat`: everything that is known here, as JSON.
//!
//! It is read page by page while people talk on: nothing is locked, and what is said meanwhile may be in it or not.

use std::collections::HashMap;
use std::io::Write;

use diesel::prelude::*;
use serde::Serialize;
use service_kit::StartError;
use service_kit::db::{Conn, Db};
use service_kit::operate::{Document, failed};
use service_kit::{Error, Result, each_backend};
use shared_proto::chats::{ChatKind, Member, Role};
use shared_proto::{ChatUri, ErrorCode, Seq, Timestamp, User, UserId, Username};

use crate::Settings;
use crate::chats::store::{self as chats, ChatRow};
use crate::members::store::MemberRow;
use crate::messages::store::{self as messages, MessageRow};
use crate::schema::{bans, chats as chats_table, members, message_versions, messages as messages_table};
use crate::{retention, users};

/// Rows read in one go.
const PAGE: i64 = 500;
/// Ids of somebody's messages read in one go: all of them are looked at to find the first.
const IDS: i64 = 50_000;
/// Nobody: reactions are nobody's own.
const NOBODY: UserId = UserId(0);

/// Whose data.
#[derive(Clone, Debug)]
pub enum Account {
    /// By the id that auth-service gave it; one that was never in a chat has nothing here.
    Id(UserId),
    /// By name; refused when it is not known here.
    Name(Username),
}

#[derive(Serialize)]
struct InChat {
    uri: ChatUri,
    kind: ChatKind,
    name: Option<String>,
    role: Role,
    joined_at: Timestamp,
    read_seq: Seq,
}

#[derive(Serialize)]
struct OwnMessage {
    chat: String,
    id: i64,
    seq: i64,
    at: Timestamp,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    edited_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_at: Option<Timestamp>,
    /// What it said before it was changed, the oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<Earlier>,
}

#[derive(Serialize)]
struct Earlier {
    message: String,
    until: Timestamp,
}

#[derive(Serialize)]
struct ExportedChat {
    uri: ChatUri,
    kind: ChatKind,
    name: Option<String>,
    link: Option<String>,
    created_at: Timestamp,
    active_at: Timestamp,
    seq: Seq,
    /// Of its own; absent when it goes by the settings, 0 when it keeps everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    retention_days: Option<i32>,
}

#[derive(Serialize)]
struct Banned {
    user: User,
    by: UserId,
    at: Timestamp,
}

/// Adds what is known of somebody: `names`, `chats` that they are in, and all their `messages`, also in chats they left.
pub async fn export_user<W: Write>(
    settings: &Settings,
    account: Account,
    document: &mut Document<W>,
) -> Result<(), StartError> {
    let db = super::open(settings).await?;
    let found = db.read(move |conn| find(conn, &account)).await.map_err(failed)?;
    document.value("names", &found)?;
    let user = found.map_or(NOBODY, |user| user.id);
    document.begin_list("chats")?;
    let mut after = Some(0);
    while let Some(last) = after {
        let page = db.read(move |conn| chats_of(conn, user, last)).await.map_err(failed)?;
        after = page.last().map(|(id, _)| *id);
        page.iter().try_for_each(|(_, chat)| document.item(chat))?;
    }
    document.end_list()?;
    document.begin_list("messages")?;
    let mut after = 0;
    loop {
        let ids = db.read(move |conn| messages_of(conn, user, after)).await.map_err(failed)?;
        let Some(last) = ids.last() else { break };
        after = *last;
        for some in ids.chunks(PAGE as usize) {
            let some = some.to_vec();
            let page = db.read(move |conn| own_messages(conn, &some)).await.map_err(failed)?;
            page.iter().try_for_each(|message| document.item(message))?;
        }
    }
    document.end_list()
}

fn find(conn: &mut Conn, account: &Account) -> Result<Option<User>> {
    match account {
        Account::Id(id) => users::find(conn, *id),
        Account::Name(name) => match users::find_by_name(conn, name)? {
            Some(user) => Ok(Some(user)),
            None => {
                let detail =
                    format!("There is no user {name} here; who was never in a chat is known to auth-service only.");
                Err(Error::refused(ErrorCode::UserNotFound, detail))
            }
        },
    }
}

fn chats_of(conn: &mut Conn, user: UserId, after: i64) -> Result<Vec<(i64, InChat)>> {
    let rows: Vec<(MemberRow, ChatRow)> = each_backend!(conn, c => members::table
        .inner_join(chats_table::table)
        .filter(members::user_id.eq(user.0).and(members::chat_id.gt(after)))
        .filter(chats_table::deleted_at.is_null())
        .order(members::chat_id)
        .select((MemberRow::as_select(), ChatRow::as_select()))
        .limit(PAGE)
        .load(c))?;
    let shown = |(member, chat): (MemberRow, ChatRow)| {
        let shown = InChat {
            uri: chat.uri()?,
            kind: chat.kind(),
            role: member.role(),
            joined_at: Timestamp::from_micros(member.joined_at),
            read_seq: Seq(member.read_seq),
            name: chat.name,
        };
        Ok((chat.id, shown))
    };
    rows.into_iter().map(shown).collect()
}

fn messages_of(conn: &mut Conn, user: UserId, after: i64) -> Result<Vec<i64>> {
    Ok(each_backend!(conn, c => messages_table::table
        .filter(messages_table::sender_id.eq(user.0).and(messages_table::id.gt(after)))
        .order(messages_table::id)
        .select(messages_table::id)
        .limit(IDS)
        .load(c))?)
}

fn own_messages(conn: &mut Conn, ids: &[i64]) -> Result<Vec<OwnMessage>> {
    let rows: Vec<(MessageRow, String)> = each_backend!(conn, c => messages_table::table
        .inner_join(chats_table::table.on(chats_table::id.eq(messages_table::chat_id)))
        .filter(messages_table::id.eq_any(ids))
        .order(messages_table::id)
        .select((MessageRow::as_select(), chats_table::uri))
        .load(c))?;
    let mut earlier: HashMap<i64, Vec<Earlier>> = HashMap::new();
    let versions: Vec<(i64, String, i64)> = each_backend!(conn, c => message_versions::table
        .filter(message_versions::message_id.eq_any(ids))
        .order((message_versions::message_id, message_versions::seq))
        .select((message_versions::message_id, message_versions::text, message_versions::at))
        .load(c))?;
    for (message, text, at) in versions {
        let version = Earlier { message: text, until: Timestamp::from_micros(at) };
        earlier.entry(message).or_default().push(version);
    }
    let own = rows.into_iter().map(|(row, chat)| OwnMessage {
        chat,
        id: row.id,
        seq: row.seq,
        at: Timestamp::from_micros(row.at),
        message: row.text,
        reply_to: row.reply_to,
        edited_at: row.edited_at.map(Timestamp::from_micros),
        deleted_at: row.deleted_at.map(Timestamp::from_micros),
        earlier: earlier.remove(&row.id).unwrap_or_default(),
    });
    Ok(own.collect())
}

/// Adds everything of a chat: `chat`, `members`, `bans`, `messages`.
pub async fn export_chat<W: Write>(
    settings: &Settings,
    uri: ChatUri,
    document: &mut Document<W>,
) -> Result<(), StartError> {
    let db = super::open(settings).await?;
    let (chat, shown) = db.read(move |conn| chat(conn, &uri)).await.map_err(failed)?;
    document.value("chat", &shown)?;
    export_people(&db, &chat, document).await?;
    document.begin_list("messages")?;
    let mut after = Seq::START;
    loop {
        let id = chat.id();
        let page = db.snapshot(move |conn| {
            let rows = messages::after(conn, id, after, Seq(i64::MAX), PAGE)?;
            messages::complete(conn, rows, NOBODY)
        });
        let page = page.await.map_err(failed)?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        page.iter().try_for_each(|message| document.item(message))?;
    }
    document.end_list()
}

fn chat(conn: &mut Conn, uri: &ChatUri) -> Result<(ChatRow, ExportedChat)> {
    let chat = chats::find(conn, uri)?;
    let shown = ExportedChat {
        uri: chat.uri()?,
        kind: chat.kind(),
        name: chat.name.clone(),
        link: chat.link.clone(),
        created_at: Timestamp::from_micros(chat.created_at),
        active_at: Timestamp::from_micros(chat.last_at),
        seq: chat.seq(),
        retention_days: retention::own(conn, chat.id())?,
    };
    Ok((chat, shown))
}

async fn export_people<W: Write>(db: &Db, chat: &ChatRow, document: &mut Document<W>) -> Result<(), StartError> {
    let chat = chat.id;
    document.begin_list("members")?;
    let mut after = Some(-1);
    while let Some(last) = after {
        let page = db.read(move |conn| members_of(conn, chat, last)).await.map_err(failed)?;
        after = page.last().map(|member| member.user.id.0);
        page.iter().try_for_each(|member| document.item(member))?;
    }
    document.end_list()?;
    document.begin_list("bans")?;
    let mut after = Some(-1);
    while let Some(last) = after {
        let page = db.read(move |conn| bans_of(conn, chat, last)).await.map_err(failed)?;
        after = page.last().map(|ban| ban.user.id.0);
        page.iter().try_for_each(|ban| document.item(ban))?;
    }
    document.end_list()
}

fn members_of(conn: &mut Conn, chat: i64, after: i64) -> Result<Vec<Member>> {
    let rows: Vec<MemberRow> = each_backend!(conn, c => members::table
        .filter(members::chat_id.eq(chat).and(members::user_id.gt(after)))
        .order(members::user_id)
        .select(MemberRow::as_select())
        .limit(PAGE)
        .load(c))?;
    let mut people = users::by_ids(conn, &rows.iter().map(|row| row.user_id).collect::<Vec<_>>())?;
    let known = rows.into_iter().filter_map(|row| {
        let user = people.remove(&UserId(row.user_id))?;
        Some(row.as_seen(user))
    });
    Ok(known.collect())
}

fn bans_of(conn: &mut Conn, chat: i64, after: i64) -> Result<Vec<Banned>> {
    let rows: Vec<(i64, i64, i64)> = each_backend!(conn, c => bans::table
        .filter(bans::chat_id.eq(chat).and(bans::user_id.gt(after)))
        .order(bans::user_id)
        .select((bans::user_id, bans::by_id, bans::at))
        .limit(PAGE)
        .load(c))?;
    let mut people = users::by_ids(conn, &rows.iter().map(|row| row.0).collect::<Vec<_>>())?;
    let known = rows.into_iter().filter_map(|(id, by, at)| {
        let user = people.remove(&UserId(id))?;
        Some(Banned { user, by: UserId(by), at: Timestamp::from_micros(at) })
    });
    Ok(known.collect())
}
