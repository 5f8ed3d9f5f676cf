//! `POST /internal/users/chats/`: who some users are, which chats they are in, and where each stands.

use actix_web::HttpResponse;
use actix_web::web::Data;
use diesel::prelude::*;
use service_kit::credential::FromInside;
use service_kit::db::Conn;
use service_kit::extract::InternalBody;
use service_kit::{Result, each_backend};
use shared_proto::UserId;
use shared_proto::frames::ReadyChat;
use shared_proto::internal::{ChatPosition, UserChats, UsersChats, UsersChatsQuery};

use crate::chats::store::ChatRow;
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
    let rows: Vec<(i64, ChatRow)> = each_backend!(conn, c => members::table
        .inner_join(chats::table)
        .filter(members::user_id.eq_any(&ids))
        .select((members::user_id, ChatRow::as_select()))
        .load(c))?;
    let mut answer = Vec::with_capacity(wanted.len());
    for &id in wanted {
        let mine = rows.iter().filter(|(user, _)| *user == id.0);
        let chats = mine.map(|(_, chat)| position(chat)).collect::<Result<Vec<_>>>()?;
        answer.push(UserChats { id, user: people.remove(&id), chats });
    }
    Ok(UsersChats { users: answer })
}

fn position(chat: &ChatRow) -> Result<ChatPosition> {
    Ok(ChatPosition { id: chat.id(), chat: ReadyChat { uri: chat.uri()?, name: chat.name()?, seq: chat.seq() } })
}
