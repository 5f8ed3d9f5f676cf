//! `POST /internal/chats/members/`: who is in some chats, for presence.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::web::Data;
use diesel::prelude::*;
use service_kit::credential::FromInside;
use service_kit::extract::InternalBody;
use service_kit::{Result, each_backend};
use shared_proto::UserId;
use shared_proto::internal::{ChatMembers, ChatsMembers, ChatsMembersQuery};

use crate::schema::{chats, members};
use crate::state::State;

pub(crate) async fn chats_members(
    _: FromInside,
    InternalBody(query): InternalBody<ChatsMembersQuery>,
    state: Data<State>,
) -> Result<HttpResponse> {
    super::check_count("chats", query.chats.len())?;
    let ids: Vec<i64> = query.chats.iter().map(|chat| chat.0).collect();
    let rows: Vec<(i64, i64)> = state
        .db
        .read(move |conn| {
            Ok(each_backend!(conn, c => members::table
                .inner_join(chats::table)
                .filter(members::chat_id.eq_any(&ids).and(chats::deleted_at.is_null()))
                .select((members::chat_id, members::user_id))
                .load(c))?)
        })
        .await?;
    let mut found: HashMap<i64, Vec<UserId>> = HashMap::new();
    for (chat, user) in rows {
        found.entry(chat).or_default().push(UserId(user));
    }
    let of = |chat: shared_proto::ChatId| ChatMembers { chat, members: found.remove(&chat.0).unwrap_or_default() };
    Ok(HttpResponse::Ok().json(ChatsMembers { chats: query.chats.into_iter().map(of).collect() }))
}
