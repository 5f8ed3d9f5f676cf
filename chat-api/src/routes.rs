//! What there is, and which room serves it.

use actix_web::web::{self, ServiceConfig, delete, get, patch, post, put};

use crate::{chats, events, internal, members, messages, reactions, search};

/// For clients.
pub(crate) fn public(cfg: &mut ServiceConfig) {
    cfg.service(web::resource("/api/chats/").route(post().to(chats::create)).route(get().to(chats::list)))
        .service(web::resource("/api/chats/direct/").route(post().to(chats::direct)))
        .service(
            web::resource("/api/chats/{uri}/")
                .route(get().to(chats::show))
                .route(patch().to(chats::change))
                .route(delete().to(chats::delete)),
        )
        .service(
            web::resource("/api/chats/{uri}/link/").route(post().to(chats::rotate)).route(delete().to(chats::close)),
        )
        .service(web::resource("/api/links/{link}/").route(get().to(chats::preview)))
        .service(web::resource("/api/chats/{uri}/members/").route(get().to(members::list)))
        .service(
            web::resource("/api/chats/{uri}/members/{user}/")
                .route(patch().to(members::change_role))
                .route(delete().to(members::remove)),
        )
        .service(web::resource("/api/chats/{uri}/bans/").route(get().to(members::bans)))
        .service(
            web::resource("/api/chats/{uri}/bans/{user}/")
                .route(put().to(members::ban))
                .route(delete().to(members::unban)),
        )
        .service(web::resource("/api/chats/{uri}/read/").route(put().to(members::read)))
        .service(
            web::resource("/api/chats/{uri}/messages/")
                .route(get().to(messages::history))
                .route(post().to(messages::send)),
        )
        .service(
            web::resource("/api/chats/{uri}/messages/{id}/")
                .route(get().to(messages::show))
                .route(patch().to(messages::edit))
                .route(delete().to(messages::delete)),
        )
        .service(
            web::resource("/api/chats/{uri}/messages/{id}/reactions/{emoji}/")
                .route(put().to(reactions::put))
                .route(delete().to(reactions::take_back)),
        )
        .service(web::resource("/api/chats/{uri}/events/").route(get().to(events::sync)))
        .service(web::resource("/api/search/").route(get().to(search::search)));
}

/// For the gateways.
pub(crate) fn internal(cfg: &mut ServiceConfig) {
    cfg.route("/internal/sends/", post().to(internal::sends))
        .route("/internal/users/chats/", post().to(internal::users_chats))
        .route("/internal/events/", post().to(internal::events_after));
}
