//! `PUT /api/chats/{uri}/read/`: how far one has read.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use service_kit::extract::Body;
use service_kit::token::Identity;
use service_kit::{Error, Result};
use shared_proto::chats::ReadMark;
use shared_proto::{LARGEST, Seq};

use super::{read_marks, store};
use crate::chats::store as chats;
use crate::state::State;

pub(crate) async fn read(
    asker: Identity,
    uri: Path<String>,
    Body(wanted): Body<ReadMark>,
    state: Data<State>,
) -> Result<HttpResponse> {
    let uri = chats::parse(&uri)?;
    if !(0..=LARGEST).contains(&wanted.seq.0) {
        return Err(Error::invalid("seq", format!("{} is not between 0 and 2^53", wanted.seq)));
    }
    let (mark, moved) = state
        .db
        .write(move |conn| {
            let (chat, member) = chats::for_member(conn, &uri, asker.user)?;
            let seq = wanted.seq.min(chat.seq()).max(Seq(member.read_seq));
            let moved = store::set_read(conn, &chat, asker.user, seq)?;
            Ok((ReadMark { seq }, moved))
        })
        .await?;
    read_marks::tell(&state.bus, moved.as_slice());
    Ok(HttpResponse::Ok().json(mark))
}
