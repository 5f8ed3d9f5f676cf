//! `GET /api/search/?q=`: what was said, in all of one's chats or in one.
//!
//! All words must occur, as they are or as the beginnings of longer ones; case does not matter. The newest
//! [`CANDIDATES`] messages that fit are ranked. What the asker may not read is never looked at: the statement that
//! finds rows joins the asker's memberships.

mod postgres;
mod sqlite;
mod words;

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::web::Data;
use diesel::prelude::*;
use serde::Deserialize;
use service_kit::db::Conn;
use service_kit::extract::Query;
use service_kit::token::Identity;
use service_kit::{Error, Result, each_backend};
use shared_proto::messages::{Hit, Message, SearchPage, SnippetPart};
use shared_proto::{ChatUri, MessageId, UserId};

use crate::chats::store as chats_store;
use crate::schema::{chats, members, messages};
use crate::state::State;
use crate::{messages as said, stored};
use utoipa::IntoParams;
use words::Words;

const PAGE: i64 = 20;
const PAGE_MAX: i64 = 50;
/// Messages that are ranked, at most.
const CANDIDATES: i64 = 1_000;
/// What stands around a hit in a snippet: characters that no message can have.
const BEGIN: char = '\u{2}';
const END: char = '\u{3}';

#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct Asked {
    /// The words; all must occur, as they are or as beginnings of longer ones.
    #[param(min_length = 1, max_length = 200, pattern = r"[\p{L}\p{N}]")]
    q: String,
    /// The address of the only chat to look in.
    #[param(value_type = Option<ChatUri>)]
    chat: Option<String>,
    /// `next` of the page before.
    #[param(minimum = 0, maximum = 999)]
    after: Option<i64>,
    /// How many.
    #[param(minimum = 1, maximum = 50, default = 20)]
    limit: Option<i64>,
}

/// What a backend found: a message, and its snippet with marks.
struct Found {
    id: i64,
    snippet: String,
}

pub(crate) async fn search(asker: Identity, Query(asked): Query<Asked>, state: Data<State>) -> Result<HttpResponse> {
    let words = Words::parse(&asked.q)?;
    let limit = crate::limit(asked.limit, PAGE, PAGE_MAX)?;
    let after = asked.after.unwrap_or(0);
    if !(0..CANDIDATES).contains(&after) {
        return Err(Error::invalid("after", format!("{after} is no `next` of an earlier page")));
    }
    let chat = asked.chat.as_deref().map(chats_store::parse).transpose()?;
    let page = state.db.read(move |conn| find(conn, asker.user, &words, chat, after, limit)).await?;
    Ok(HttpResponse::Ok().json(page))
}

fn find(
    conn: &mut Conn,
    asker: UserId,
    words: &Words,
    chat: Option<ChatUri>,
    after: i64,
    limit: i64,
) -> Result<SearchPage> {
    let within: Vec<i64> = match chat {
        Some(uri) => vec![chats_store::for_member(conn, &uri, asker)?.0.id],
        None => each_backend!(conn, c => members::table
            .inner_join(chats::table)
            .filter(members::user_id.eq(asker.0).and(chats::deleted_at.is_null()))
            .select(members::chat_id)
            .load(c))?,
    };
    let mut found = match conn {
        Conn::Pg(c) => postgres::find(c, asker, words, &within, after, limit + 1)?,
        Conn::Sqlite(c) => sqlite::find(c, asker, words, &within, after, limit + 1)?,
    };
    let more = found.len() as i64 > limit;
    found.truncate(limit as usize);
    let next = i32::try_from(after + limit).ok().filter(|next| more && i64::from(*next) < CANDIDATES);
    Ok(SearchPage { hits: hits(conn, asker, found)?, next })
}

fn hits(conn: &mut Conn, asker: UserId, found: Vec<Found>) -> Result<Vec<Hit>> {
    let ids: Vec<i64> = found.iter().map(|row| row.id).collect();
    let addresses: Vec<(i64, String)> = each_backend!(conn, c => messages::table
        .inner_join(chats::table.on(chats::id.eq(messages::chat_id)))
        .filter(messages::id.eq_any(&ids))
        .select((messages::id, chats::uri))
        .load(c))?;
    let mut addresses: HashMap<i64, String> = addresses.into_iter().collect();
    let mut messages: HashMap<MessageId, Message> =
        said::store::by_ids(conn, &ids, asker)?.into_iter().map(|message| (message.id, message)).collect();
    found
        .into_iter()
        .filter_map(|row| Some((addresses.remove(&row.id)?, messages.remove(&MessageId(row.id))?, row.snippet)))
        .map(|(chat, message, snippet)| Ok(Hit { chat: stored(chat)?, message, snippet: parts(&snippet) }))
        .collect()
}

/// Cuts a snippet where its marks are.
fn parts(snippet: &str) -> Vec<SnippetPart> {
    let mut parts = Vec::new();
    for (index, piece) in snippet.split([BEGIN, END]).enumerate() {
        if !piece.is_empty() {
            parts.push(SnippetPart { text: piece.to_owned(), hit: index % 2 == 1 });
        }
    }
    parts
}
