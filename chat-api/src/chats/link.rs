//! `/api/chats/{uri}/link/`: what one shares so that others can join. For admins.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use service_kit::Result;
use service_kit::token::Identity;
use shared_proto::chats::{Link, Role};
use shared_proto::event::Event;
use shared_proto::{ChatLink, ChatUri};

use super::store;
use crate::change::Change;
use crate::state::State;
use crate::{members, users};

/// `POST`: a new link; the old one leads nowhere from here on.
pub(crate) async fn rotate(asker: Identity, uri: Path<String>, state: Data<State>) -> Result<HttpResponse> {
    let (uri, link) = (store::parse(&uri)?, super::new_link()?);
    let link = state.change(move |change| set(change, &asker, &uri, Some(link))).await?;
    Ok(HttpResponse::Ok().json(link))
}

/// `DELETE`: no link at all; people come by invitation only.
pub(crate) async fn close(asker: Identity, uri: Path<String>, state: Data<State>) -> Result<HttpResponse> {
    let uri = store::parse(&uri)?;
    let link = state.change(move |change| set(change, &asker, &uri, None)).await?;
    Ok(HttpResponse::Ok().json(link))
}

fn set(change: &mut Change<'_>, asker: &Identity, uri: &ChatUri, link: Option<ChatLink>) -> Result<Link> {
    let mut chat = store::lock(change.conn, uri)?;
    members::store::require_role(change.conn, &chat, asker.user, Role::Admin, "change the link")?;
    if chat.link()? != link {
        store::set_link(change.conn, &chat, link.as_ref())?;
        let by = users::get(change.conn, asker.user)?;
        change.append(&mut chat, Event::ChatLink { link: link.clone(), by }, None)?;
    }
    Ok(Link { link })
}
