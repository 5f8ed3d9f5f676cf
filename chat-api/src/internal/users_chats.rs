//! `POST /internal/users/chats/`: who some users are, which chats they are in, and where each stands.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::web::Data;
use diesel::prelude::*;
use service_kit::credential::FromInside;
use service_kit::db::Conn;
use service_kit::extract::InternalBody;
use service_kit::{Result, each_backend};
use shared_proto::frames::ReadyChat;
use shared_proto::internal::{ChatPosition, UserChats, UsersChats, UsersChatsQuery};
use shared_proto::{Seq, UserId};

use crate::chats::store::ChatRow;
use crate::members::store::MemberRow;
use crate::schema::{chats, members};
use crate::state::State;
use crate::users;

pub(crate) async fn users_chats(
    _: FromInside,
    InternalBody(query): InternalBody<UsersChatsQuery>,
    state: Data<State>,
) -> Result<HttpResponse> {
    super::check_count("users", query.users.len())?;
    let answer = state.db.read(move |conn| load(conn, &query.users)).await?;
    Ok(HttpResponse::Ok().json(answer))
}

fn load(conn: &mut Conn, wanted: &[UserId]) -> Result<UsersChats> {
    let ids: Vec<i64> = wanted.iter().map(|id| id.0).collect();
    let mut people = users::by_ids(conn, &ids)?;
    let rows: Vec<(MemberRow, ChatRow)> = each_backend!(conn, c => members::table
        .inner_join(chats::table)
        .filter(members::user_id.eq_any(&ids).and(chats::deleted_at.is_null()))
        .select((MemberRow::as_select(), ChatRow::as_select()))
        .load(c))?;
    let mut found: HashMap<i64, Vec<ChatPosition>> = HashMap::new();
    for (member, chat) in &rows {
        found.entry(member.user_id).or_default().push(position(member, chat)?);
    }
    let mut answer = Vec::with_capacity(wanted.len());
    for &id in wanted {
        let chats = found.remove(&id.0).unwrap_or_default();
        answer.push(UserChats { id, user: people.remove(&id), chats });
    }
    Ok(UsersChats { users: answer })
}

fn position(member: &MemberRow, chat: &ChatRow) -> Result<ChatPosition> {
    let (uri, name, read_seq) = (chat.uri()?, chat.name()?, Seq(member.read_seq));
    Ok(ChatPosition { id: chat.id(), chat: ReadyChat { uri, name, seq: chat.seq(), read_seq } })
}
