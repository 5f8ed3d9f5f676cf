//! `/api/chats/{uri}/bans/`: who may not come back. For admins.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use diesel::prelude::*;
use serde::Deserialize;
use service_kit::db::Conn;
use service_kit::extract::Query;
use service_kit::token::Identity;
use service_kit::{Error, Result, each_backend};
use shared_proto::chats::{Ban, Bans, Role};
use shared_proto::{ChatUri, ErrorCode, Timestamp, UserId};
use utoipa::IntoParams;

use super::remove::{must_outrank, take_away};
use super::store;
use crate::change::Change;
use crate::chats::store::{self as chats, ChatRow};
use crate::schema::bans;
use crate::state::State;
use crate::users;

const WHAT: &str = "ban people, lift bans and see them";

#[derive(Queryable, Selectable, Insertable, Clone, Copy)]
#[diesel(table_name = bans)]
struct BanRow {
    chat_id: i64,
    user_id: i64,
    by_id: i64,
    at: i64,
}

/// `PUT …/bans/{user}/`: removes somebody for good. The same again changes nothing.
pub(crate) async fn ban(asker: Identity, path: Path<(String, String)>, state: Data<State>) -> Result<HttpResponse> {
    let (uri, target) = (chats::parse(&path.0)?, path.1.parse().map_err(|_| nobody(&path.1))?);
    let ban = state.change(move |change| put(change, &asker, &uri, target)).await?;
    Ok(HttpResponse::Ok().json(ban))
}

fn nobody(id: &str) -> Error {
    Error::refused(ErrorCode::UserNotFound, format!("There is no user {id}."))
}

fn put(change: &mut Change<'_>, asker: &Identity, uri: &ChatUri, target: UserId) -> Result<Ban> {
    let mut chat = chats::lock(change.conn, uri)?;
    let member = store::require_role(change.conn, &chat, asker.user, Role::Admin, WHAT)?;
    if target == asker.user {
        return Err(Error::invalid("user", "nobody bans themselves; leave instead"));
    }
    users::find(change.conn, target)?.ok_or_else(|| nobody(&target.to_string()))?;
    let other = store::find(change.conn, &chat, target)?;
    if let Some(other) = &other {
        must_outrank(&member, other)?;
    }
    let row = BanRow { chat_id: chat.id, user_id: target.0, by_id: asker.user.0, at: change.now.micros() };
    each_backend!(change.conn, c => diesel::insert_into(bans::table).values(row).on_conflict_do_nothing().execute(c))?;
    if other.is_some() {
        take_away(change, &mut chat, asker.user, target, true)?;
    }
    let page = load(change.conn, &chat, UserId(target.0 - 1), 1)?;
    page.into_iter().next().ok_or(Error::Internal("a ban vanished while being stored", None))
}

/// `DELETE …/bans/{user}/`: they may come back; there need not have been a ban.
pub(crate) async fn unban(asker: Identity, path: Path<(String, String)>, state: Data<State>) -> Result<HttpResponse> {
    let (uri, target) = (chats::parse(&path.0)?, super::parse(&path.1)?);
    state
        .change(move |change| {
            let chat = chats::lock(change.conn, &uri)?;
            store::require_role(change.conn, &chat, asker.user, Role::Admin, WHAT)?;
            each_backend!(change.conn, c => diesel::delete(bans::table.find((chat.id, target.0))).execute(c))?;
            Ok(())
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct BansPage {
    /// `next` of the page before.
    after: Option<i64>,
    /// How many.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<i64>,
}

/// `GET …/bans/`: by user id.
pub(crate) async fn bans(
    asker: Identity,
    uri: Path<String>,
    Query(page): Query<BansPage>,
    state: Data<State>,
) -> Result<HttpResponse> {
    let uri = chats::parse(&uri)?;
    let limit = super::limit(page.limit)?;
    let bans = state
        .db
        .read(move |conn| {
            let (chat, _) = chats::for_member(conn, &uri, asker.user)?;
            store::require_role(conn, &chat, asker.user, Role::Admin, WHAT)?;
            let mut bans = load(conn, &chat, UserId(page.after.unwrap_or(0)), limit + 1)?;
            let more = bans.len() as i64 > limit;
            bans.truncate(limit as usize);
            let next = bans.last().filter(|_| more).map(|last| last.user.id);
            Ok(Bans { bans, next })
        })
        .await?;
    Ok(HttpResponse::Ok().json(bans))
}

fn load(conn: &mut Conn, chat: &ChatRow, after: UserId, limit: i64) -> Result<Vec<Ban>> {
    let rows: Vec<BanRow> = each_backend!(conn, c => bans::table
        .filter(bans::chat_id.eq(chat.id).and(bans::user_id.gt(after.0)))
        .order(bans::user_id)
        .select(BanRow::as_select())
        .limit(limit)
        .load(c))?;
    let ids: Vec<i64> = rows.iter().flat_map(|row| [row.user_id, row.by_id]).collect();
    let known = users::by_ids(conn, &ids)?;
    let ban = |row: &BanRow| {
        Some(Ban {
            user: known.get(&UserId(row.user_id))?.clone(),
            by: known.get(&UserId(row.by_id))?.clone(),
            at: Timestamp::from_micros(row.at),
        })
    };
    Ok(rows.iter().filter_map(ban).collect())
}
