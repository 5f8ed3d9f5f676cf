//! `GET /api/chats/`: my chats, the latest first.

use actix_web::HttpResponse;
use actix_web::web::Data;
use diesel::prelude::*;
use serde::Deserialize;
use service_kit::db::Conn;
use service_kit::extract::Query;
use service_kit::token::Identity;
use service_kit::{Error, Result, each_backend};
use shared_proto::UserId;
use shared_proto::chats::ChatList;
use utoipa::IntoParams;

use super::store::ChatRow;
use super::view;
use crate::members::store::MemberRow;
use crate::schema::{chats, members};
use crate::state::State;

const PAGE: i64 = 50;
const PAGE_MAX: i64 = 100;

#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct ListPage {
    /// `next` of the page before.
    #[param(pattern = r"^[0-9]{1,18}-[0-9]{1,18}$")]
    before: Option<String>,
    /// How many.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<i64>,
}

/// A place in the list: the last activity of the chat before it, and its id where two are equal.
struct Cursor {
    last_at: i64,
    id: i64,
}

impl Cursor {
    fn parse(text: &str) -> Result<Self> {
        let parts = text.split_once('-').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
        let (last_at, id) =
            parts.ok_or_else(|| Error::invalid("before", format!("{text:?} is no `next` of an earlier page")))?;
        Ok(Self { last_at, id })
    }
}

pub(crate) async fn list(asker: Identity, Query(page): Query<ListPage>, state: Data<State>) -> Result<HttpResponse> {
    let limit = crate::limit(page.limit, PAGE, PAGE_MAX)?;
    let before = page.before.as_deref().map(Cursor::parse).transpose()?;
    let list = state.db.snapshot(move |conn| load(conn, asker.user, before, limit)).await?;
    Ok(HttpResponse::Ok().json(list))
}

fn load(conn: &mut Conn, user: UserId, before: Option<Cursor>, limit: i64) -> Result<ChatList> {
    let Cursor { last_at, id } = before.unwrap_or(Cursor { last_at: i64::MAX, id: i64::MAX });
    let mut rows: Vec<(ChatRow, MemberRow)> = each_backend!(conn, c => members::table
        .inner_join(chats::table)
        .filter(members::user_id.eq(user.0).and(chats::deleted_at.is_null()))
        .filter(chats::last_at.lt(last_at).or(chats::last_at.eq(last_at).and(chats::id.lt(id))))
        .order((chats::last_at.desc(), chats::id.desc()))
        .select((ChatRow::as_select(), MemberRow::as_select()))
        .limit(limit + 1)
        .load(c))?;
    let more = rows.len() as i64 > limit;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|(last, _)| format!("{}-{}", last.last_at, last.id));
    Ok(ChatList { chats: view::of_list(conn, &rows, user)?, next })
}
