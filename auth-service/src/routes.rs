//! Which address leads where.

use std::sync::Arc;

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpResponse, Resource};

use crate::state::State;
use crate::{keys, sessions, users};

const WELL_KNOWN_REFRESH: &str = "/auth/jwt/refresh/";

/// What clients reach. No scope is made of `/auth`: that page belongs to the web client.
pub(crate) fn public(state: &Arc<State>, cfg: &mut ServiceConfig) {
    let at = |path: &str| resource(path, state);
    cfg.service(at("/auth/users/").route(web::post().to(users::sign_up)))
        .service(at("/auth/users/create/").route(web::post().to(users::sign_up)))
        .service(at("/auth/users/me/").route(web::get().to(users::me)).route(web::patch().to(users::change)))
        .service(at("/auth/jwt/create/").route(web::post().to(sessions::sign_in)))
        .service(at("/auth/jwt/verify/").route(web::post().to(sessions::verify)))
        .service(at(&state.refresh_path).route(web::post().to(sessions::refresh)))
        .service(at("/auth/logout/").route(web::post().to(sessions::sign_out)))
        .service(
            at("/auth/sessions/").route(web::get().to(sessions::list)).route(web::delete().to(sessions::revoke_others)),
        )
        .service(at("/auth/sessions/{id}/").route(web::delete().to(sessions::revoke)))
        .service(at("/.well-known/jwks.json").route(web::get().to(keys::publish)));
    if state.refresh_path != WELL_KNOWN_REFRESH {
        // Said here, so that no other service of the process answers in its place.
        cfg.service(at(WELL_KNOWN_REFRESH).to(HttpResponse::NotFound));
    }
}

/// What the other services reach, with the internal credential.
pub(crate) fn internal(state: &Arc<State>, cfg: &mut ServiceConfig) {
    let at = |path: &str| resource(path, state).app_data(state.credential.clone());
    cfg.service(at("/internal/users/").route(web::get().to(users::find)))
        .service(at("/internal/users/changed/").route(web::get().to(users::changed)))
        .service(at("/internal/sessions/revoked/").route(web::get().to(sessions::revoked)));
}

fn resource(path: &str, state: &Arc<State>) -> Resource {
    web::resource(path).app_data(Data::from(Arc::clone(state)))
}
