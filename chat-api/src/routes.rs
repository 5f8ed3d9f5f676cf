//! What there is, which room serves it, and what a client must know to call it.

use actix_web::web::{self, ServiceConfig};
use service_kit::api::{About, Endpoint, delete, get, patch, post, put};
use shared_proto::chats::{
    Ban, Bans, ChangeChat, ChangeMember, Chat, ChatCreated, ChatList, CreateChat, DirectChat, Link, LinkPreview,
    Member, Members, ReadMark,
};
use shared_proto::messages::{EditMessage, EventsPage, History, Message, MessageSent, SearchPage, SendMessage};
use shared_proto::{ChatLink, ChatUri, Emoji, ErrorCode, MessageId, UserId};
use utoipa::PartialSchema;

use crate::{chats, events, internal, members, messages, reactions, search};

const ABOUT: About = About {
    at: "/api/openapi.json",
    docs_at: "/api/docs/{part:.*}",
    title: "Chatire: chats",
    description: include_str!("../openapi.md"),
    version: env!("CARGO_PKG_VERSION"),
    path_parameters: &[
        ("uri", ChatUri::schema),
        ("link", ChatLink::schema),
        ("id", MessageId::schema),
        ("user", UserId::schema),
        ("emoji", Emoji::schema),
    ],
};

/// For clients.
pub(crate) fn public(cfg: &mut ServiceConfig) {
    let endpoints = [of_chats(), of_members(), of_messages()];
    service_kit::api::serve(cfg, &ABOUT, endpoints.into_iter().flatten().collect());
}

fn of_chats() -> Vec<Endpoint> {
    use ErrorCode::{Banned, ChatNotFound, DirectChat as Direct, Forbidden, LinkClosed, NotAMember, UserNotFound};
    vec![
        post("/api/chats/", chats::create, "Starts a chat").takes_form_too::<CreateChat>().answers::<ChatCreated>(201),
        get("/api/chats/", chats::list, "My chats, the latest first")
            .asks::<chats::ListPage>()
            .answers::<ChatList>(200),
        post("/api/chats/direct/", chats::direct, "The chat with somebody, the same for the same two people")
            .takes::<DirectChat>()
            .answers::<Chat>(200)
            .answers::<Chat>(201)
            .refuses(&[UserNotFound]),
        get("/api/chats/{uri}/", chats::show, "One chat").answers::<Chat>(200).refuses(&[ChatNotFound, NotAMember]),
        patch("/api/chats/{uri}/", chats::change, "Joins (one's own username), invites (another), or names the chat")
            .takes_form_too::<ChangeChat>()
            .answers::<chats::Changed>(200)
            .refuses(&[ChatNotFound, NotAMember, Forbidden, Direct, Banned, LinkClosed, UserNotFound]),
        delete("/api/chats/{uri}/", chats::delete, "Ends the chat for everybody").answers_nothing().refuses(&[
            ChatNotFound,
            NotAMember,
            Forbidden,
            Direct,
        ]),
        post("/api/chats/{uri}/link/", chats::rotate, "A new link; the old one leads nowhere from then on")
            .answers::<Link>(200)
            .refuses(&[ChatNotFound, NotAMember, Forbidden, Direct]),
        delete("/api/chats/{uri}/link/", chats::close, "No link: people come by invitation only")
            .answers::<Link>(200)
            .refuses(&[ChatNotFound, NotAMember, Forbidden, Direct]),
        get("/api/links/{link}/", chats::preview, "What one sees of a chat before joining it")
            .answers::<LinkPreview>(200)
            .refuses(&[ChatNotFound, Banned]),
        put("/api/chats/{uri}/read/", members::read, "How far one has read")
            .takes::<ReadMark>()
            .answers::<ReadMark>(200)
            .refuses(&[ChatNotFound, NotAMember]),
        get("/api/chats/{uri}/events/", events::sync, "What one has missed, exactly as sockets get it")
            .asks::<events::SyncPage>()
            .answers::<EventsPage>(200)
            .refuses(&[ChatNotFound, NotAMember]),
    ]
}

fn of_members() -> Vec<Endpoint> {
    use ErrorCode::{ChatNotFound, DirectChat, Forbidden, MemberNotFound, NotAMember, UserNotFound, ValidationFailed};
    vec![
        get("/api/chats/{uri}/members/", members::list, "The owner, admins, members, each by time of joining")
            .asks::<members::ListPage>()
            .answers::<Members>(200)
            .refuses(&[ChatNotFound, NotAMember]),
        patch("/api/chats/{uri}/members/{user}/", members::change_role, "Gives a role, or hands the chat over")
            .takes::<ChangeMember>()
            .answers::<Member>(200)
            .refuses(&[ChatNotFound, NotAMember, Forbidden, DirectChat, MemberNotFound]),
        delete(
            "/api/chats/{uri}/members/{user}/",
            members::remove,
            "Removes somebody, or leaves (one's own id, or `me`)",
        )
        .answers_nothing()
        .refuses(&[ChatNotFound, NotAMember, Forbidden, DirectChat, MemberNotFound]),
        get("/api/chats/{uri}/bans/", members::bans, "Who may not come back")
            .asks::<members::BansPage>()
            .answers::<Bans>(200)
            .refuses(&[ChatNotFound, NotAMember, Forbidden, DirectChat]),
        put("/api/chats/{uri}/bans/{user}/", members::ban, "Removes somebody for good").answers::<Ban>(200).refuses(&[
            ChatNotFound,
            NotAMember,
            Forbidden,
            DirectChat,
            UserNotFound,
            MemberNotFound,
            ValidationFailed,
        ]),
        delete("/api/chats/{uri}/bans/{user}/", members::unban, "Lets somebody come back")
            .answers_nothing()
            .refuses(&[ChatNotFound, NotAMember, Forbidden, DirectChat, MemberNotFound]),
    ]
}

fn of_messages() -> Vec<Endpoint> {
    use ErrorCode::{
        ChatNotFound, Forbidden, IdempotencyConflict, LimitReached, MessageNotFound, NotAMember, RateLimited,
        ValidationFailed,
    };
    const REACTION: &str = "/api/chats/{uri}/messages/{id}/reactions/{emoji}/";
    vec![
        get("/api/chats/{uri}/messages/", messages::history, "A page of history, the newest unless asked otherwise")
            .asks::<messages::HistoryPage>()
            .answers::<History>(200)
            .refuses(&[ChatNotFound, NotAMember]),
        post("/api/chats/{uri}/messages/", messages::send, "Says something")
            .takes_form_too::<SendMessage>()
            .answers::<MessageSent>(201)
            .answers::<MessageSent>(200)
            .refuses(&[ChatNotFound, NotAMember, MessageNotFound, IdempotencyConflict, RateLimited]),
        get("/api/chats/{uri}/messages/{id}/", messages::show, "One message").answers::<Message>(200).refuses(&[
            ChatNotFound,
            NotAMember,
            MessageNotFound,
        ]),
        patch("/api/chats/{uri}/messages/{id}/", messages::edit, "Changes what one has said")
            .takes::<EditMessage>()
            .answers::<Message>(200)
            .refuses(&[ChatNotFound, NotAMember, Forbidden, MessageNotFound]),
        delete("/api/chats/{uri}/messages/{id}/", messages::delete, "Takes back what was said")
            .answers_nothing()
            .refuses(&[ChatNotFound, NotAMember, Forbidden, MessageNotFound]),
        put(REACTION, reactions::put, "Puts an emoji under a message").answers_nothing().refuses(&[
            ChatNotFound,
            NotAMember,
            MessageNotFound,
            LimitReached,
            ValidationFailed,
        ]),
        delete(REACTION, reactions::take_back, "Takes one's emoji back").answers_nothing().refuses(&[
            ChatNotFound,
            NotAMember,
            MessageNotFound,
            ValidationFailed,
        ]),
        get("/api/search/", search::search, "What was said, in all of one's chats or in one, the best hits first")
            .asks::<search::Asked>()
            .answers::<SearchPage>(200)
            .refuses(&[ChatNotFound, NotAMember]),
    ]
}

/// For the gateways.
pub(crate) fn internal(cfg: &mut ServiceConfig) {
    cfg.route("/internal/sends/", web::post().to(internal::sends))
        .route("/internal/users/chats/", web::post().to(internal::users_chats))
        .route("/internal/reads/", web::post().to(internal::reads))
        .route("/internal/chats/members/", web::post().to(internal::chats_members))
        .route("/internal/events/", web::post().to(internal::events_after));
}
