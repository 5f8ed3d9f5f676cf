//! What there is, which room serves it, and what a client must know to call it.

use std::sync::Arc;

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpResponse, Resource};
use service_kit::api::{About, Endpoint, delete, get, patch, post};
use service_kit::token::Jwks;
use shared_proto::auth::{
    BeginSecondFactor, ChangeMe, ConfirmSecondFactor, DeleteMe, EndSecondFactor, RecoveryCodes, Refresh, ResetPassword,
    ResetPasswordConfirm, SecondFactor, SecondFactorBegun, Sessions, SetPassword, SignIn, SignUp, SignedUp,
    TokenGranted, Verified, Verify,
};
use shared_proto::{ErrorCode, SessionId, User};
use utoipa::PartialSchema;

use crate::state::State;
use crate::{keys, passwords, second_factor, sessions, users};

const WELL_KNOWN_REFRESH: &str = "/auth/jwt/refresh/";

const ABOUT: About = About {
    at: "/auth/openapi.json",
    docs_at: "/auth/docs/{part:.*}",
    title: "Chatire: accounts and sessions",
    description: include_str!("../openapi.md"),
    version: env!("CARGO_PKG_VERSION"),
    path_parameters: &[("id", SessionId::schema)],
};

/// What clients reach. No scope is made of `/auth`: that page belongs to the web client.
pub(crate) fn public(state: &Arc<State>, cfg: &mut ServiceConfig) {
    cfg.app_data(Data::from(Arc::clone(state)));
    let endpoints = [of_accounts(), of_passwords(), of_tokens(&state.refresh_path), of_sessions(), of_second_factors()];
    service_kit::api::serve(cfg, &ABOUT, endpoints.into_iter().flatten().collect());
    if state.refresh_path != WELL_KNOWN_REFRESH {
        // Said here, so that no other service of the process answers in its place.
        cfg.service(web::resource(WELL_KNOWN_REFRESH).to(HttpResponse::NotFound));
    }
}

fn of_accounts() -> Vec<Endpoint> {
    use ErrorCode::{PasswordTooWeak, RateLimited, SessionRevoked, UsernameTaken, WrongPassword};
    let sign_up = |path| {
        post(path, users::sign_up, "A new account")
            .open()
            .takes_form_too::<SignUp>()
            .answers::<SignedUp>(201)
            .refuses(&[PasswordTooWeak, UsernameTaken, RateLimited])
    };
    const ME: &str = "/auth/users/me/";
    vec![
        sign_up("/auth/users/"),
        sign_up("/auth/users/create/"),
        get(ME, users::me, "Oneself").answers::<User>(200).refuses(&[SessionRevoked]),
        patch(ME, users::change, "Other names, another e-mail address")
            .takes_form_too::<ChangeMe>()
            .answers::<User>(200)
            .refuses(&[SessionRevoked, WrongPassword, RateLimited]),
        delete(ME, users::delete, "Ends the account, for good")
            .takes_form_too::<DeleteMe>()
            .answers_nothing()
            .refuses(&[SessionRevoked, WrongPassword, RateLimited]),
    ]
}

fn of_passwords() -> Vec<Endpoint> {
    use ErrorCode::{OriginForbidden, PasswordTooWeak, RateLimited, ResetInvalid, SessionRevoked, WrongPassword};
    vec![
        post("/auth/users/set_password/", passwords::change, "Another password; ends all other sessions")
            .takes_form_too::<SetPassword>()
            .answers_nothing()
            .refuses(&[SessionRevoked, WrongPassword, PasswordTooWeak, RateLimited]),
        post("/auth/users/reset_password/", passwords::ask_reset, "Asks for a mail by which to set a new password")
            .open()
            .takes_form_too::<ResetPassword>()
            .answers_nothing()
            .refuses(&[OriginForbidden, RateLimited]),
        post("/auth/users/reset_password_confirm/", passwords::reset, "A new password, by a mail; ends all sessions")
            .open()
            .takes_form_too::<ResetPasswordConfirm>()
            .answers_nothing()
            .refuses(&[OriginForbidden, ResetInvalid, PasswordTooWeak, RateLimited]),
    ]
}

fn of_tokens(refresh_path: &str) -> Vec<Endpoint> {
    use ErrorCode::{
        AccountDisabled, BadCredentials, OriginForbidden, RateLimited, RefreshInvalid, SecondFactorRequired,
        SecondFactorWrong, SessionRevoked, TokenExpired, TokenInvalid,
    };
    vec![
        post("/auth/jwt/create/", sessions::sign_in, "Signs in: begins a session")
            .open()
            .takes_form_too::<SignIn>()
            .answers::<TokenGranted>(200)
            .refuses(&[
                OriginForbidden,
                BadCredentials,
                AccountDisabled,
                SecondFactorRequired,
                SecondFactorWrong,
                RateLimited,
            ]),
        post(refresh_path.to_owned(), sessions::refresh, "Exchanges the refresh token for new tokens")
            .open()
            .takes_form_too::<Refresh>()
            .answers::<TokenGranted>(200)
            .refuses(&[OriginForbidden, RefreshInvalid, RateLimited]),
        post("/auth/jwt/verify/", sessions::verify, "Whether an access token is good and its session lives")
            .open()
            .takes_form_too::<Verify>()
            .answers::<Verified>(200)
            .refuses(&[TokenInvalid, TokenExpired, SessionRevoked]),
        get("/.well-known/jwks.json", keys::publish, "The keys that verify access tokens (RFC 7517)")
            .open()
            .answers::<Jwks>(200),
    ]
}

fn of_sessions() -> Vec<Endpoint> {
    use ErrorCode::{OriginForbidden, SessionNotFound, SessionRevoked, TokenExpired, TokenInvalid, TokenMissing};
    vec![
        get("/auth/sessions/", sessions::list, "Where one is signed in, the newest first")
            .answers::<Sessions>(200)
            .refuses(&[SessionRevoked]),
        delete("/auth/sessions/", sessions::revoke_others, "Ends all other sessions")
            .answers_nothing()
            .refuses(&[SessionRevoked]),
        delete("/auth/sessions/{id}/", sessions::revoke, "Ends a session")
            .answers_nothing()
            .refuses(&[SessionRevoked, SessionNotFound]),
        // Of the two tokens either is enough.
        post("/auth/logout/", sessions::sign_out, "Signs out: ends the session of the access or the refresh token")
            .open()
            .takes_form_too::<Refresh>()
            .answers_nothing()
            .refuses(&[OriginForbidden, TokenMissing, TokenInvalid, TokenExpired]),
    ]
}

fn of_second_factors() -> Vec<Endpoint> {
    use ErrorCode::{
        RateLimited, SecondFactorExists, SecondFactorNotFound, SecondFactorWrong, SessionRevoked, WrongPassword,
    };
    const AT: &str = "/auth/second_factor/";
    vec![
        get(AT, second_factor::show, "Whether signing in asks for a code too")
            .answers::<SecondFactor>(200)
            .refuses(&[SessionRevoked]),
        post(AT, second_factor::begin, "A key for an authenticator app (RFC 6238)")
            .takes_form_too::<BeginSecondFactor>()
            .answers::<SecondFactorBegun>(200)
            .refuses(&[SessionRevoked, WrongPassword, SecondFactorExists, RateLimited]),
        post("/auth/second_factor/confirm/", second_factor::confirm, "From here on signing in asks for a code")
            .takes_form_too::<ConfirmSecondFactor>()
            .answers::<RecoveryCodes>(200)
            .refuses(&[SessionRevoked, SecondFactorNotFound, SecondFactorWrong]),
        delete(AT, second_factor::end, "The password alone is enough again")
            .takes_form_too::<EndSecondFactor>()
            .answers_nothing()
            .refuses(&[SessionRevoked, WrongPassword, SecondFactorWrong, SecondFactorNotFound, RateLimited]),
    ]
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
