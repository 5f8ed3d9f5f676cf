//! Bodies of chat-api about chats and who is in them. What is said in them: [`crate::messages`].

use serde::{Deserialize, Deserializer, Serialize};
use ts_rs::TS;
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::messages::Message;
use crate::{ChatLink, ChatName, ChatUri, Seq, Timestamp, User, UserId, Username};

/// The word that successful classic calls carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// It was done.
    #[default]
    Success,
}

/// What somebody may do in a chat; the higher ones may do all that the lower ones may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads, says, reacts, invites, shares the link; changes and deletes what is their own.
    Member,
    /// Also names the chat, changes its link, deletes any message, removes and bans members.
    Admin,
    /// Also removes and bans admins, gives roles, hands the chat over, deletes it. Every group has exactly one.
    Owner,
}

/// What kind of chat it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChatKind {
    /// Has an owner, a link, and members that come and go.
    Group,
    /// Of two people, for good: the same two have the same one. It has no name, link, owner or admins.
    Direct,
}

/// `POST /api/chats/`.
#[derive(Clone, Debug, Default, Deserialize, TS, ToSchema)]
pub struct CreateChat {
    /// Without one, clients show the members' names.
    #[serde(default)]
    #[ts(optional)]
    pub name: Option<ChatName>,
}

/// The answer to [`CreateChat`].
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct ChatCreated {
    /// It was done.
    pub status: Status,
    /// The new chat's address, and its link as long as nobody changes that.
    pub uri: ChatUri,
    /// A sentence for people.
    pub message: String,
}

/// `POST /api/chats/direct/`: the chat with somebody. Answered by the [`Chat`]: 201 when it is new, else 200.
#[derive(Clone, Debug, Deserialize, TS, ToSchema)]
pub struct DirectChat {
    /// With whom; not oneself.
    pub username: Username,
}

/// `PATCH /api/chats/{uri}/`: exactly one of the two.
#[derive(Clone, Debug, Default, Deserialize, TS)]
pub struct ChangeChat {
    /// Joins (one's own username; the address may be the chat's link) or invites (a member names somebody else).
    /// Answered by [`ChatJoined`].
    #[serde(default)]
    #[ts(optional)]
    pub username: Option<Username>,
    /// Names the chat, or takes its name away (null). Admins only. Answered by [`Chat`].
    #[serde(default, deserialize_with = "given")]
    #[ts(optional, as = "Option<Option<ChatName>>")]
    pub name: Option<Option<ChatName>>,
}

impl PartialSchema for ChangeChat {
    fn schema() -> RefOr<Schema> {
        let null = || ObjectBuilder::new().schema_type(Type::Null);
        let named = |name: &str| Ref::from_schema_name(name);
        let fields = ObjectBuilder::new()
            .property("username", OneOfBuilder::new().item(named("Username")).item(null()))
            .property("name", OneOfBuilder::new().item(named("ChatName")).item(null()));
        // A null takes the name away, but names nobody.
        let username = ObjectBuilder::new().property("username", ObjectBuilder::new().schema_type(Type::String));
        let one = OneOfBuilder::new().item(username.required("username")).item(ObjectBuilder::new().required("name"));
        let what = "Exactly one of the two: `username` joins (one's own; the address may be the chat's link) or \
                    invites (a member names somebody else), `name` names the chat, or takes its name away (null). \
                    Only admins name it.";
        AllOfBuilder::new().item(fields).item(one).description(Some(what)).into()
    }
}

impl ToSchema for ChangeChat {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push(("Username".into(), Username::schema()));
        schemas.push(("ChatName".into(), ChatName::schema()));
    }
}

/// A field that is there, perhaps as null; without it serde's default says that it is not.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// The answer to joining and inviting, the same when the person was a member already.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct ChatJoined {
    /// It was done.
    pub status: Status,
    /// The chat's address, which may be another one than the link that was asked.
    pub uri: ChatUri,
    /// The first 100 of the chat: the owner first, then admins, then by time of joining.
    pub members: Vec<User>,
    /// "NAME joined the chat".
    pub message: String,
    /// Who is a member now.
    pub user: User,
}

/// `GET /api/chats/`: mine, the latest first.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct ChatList {
    /// One page; each chat with its first 10 members.
    pub chats: Vec<Chat>,
    /// Pass as `before` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[ts(optional)]
    pub next: Option<String>,
}

/// A chat as one of its members sees it: `GET /api/chats/{uri}/`, and in [`ChatList`].
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct Chat {
    /// Its address, for good.
    pub uri: ChatUri,
    /// Group or direct.
    pub kind: ChatKind,
    /// Null when nobody named it.
    #[schema(required)]
    pub name: Option<ChatName>,
    /// What to share so that others can join; null when the link is closed, and in direct chats.
    #[schema(required)]
    pub link: Option<ChatLink>,
    /// What one may do here oneself.
    pub role: Role,
    /// The newest event's position.
    pub seq: Seq,
    /// How far one has read oneself.
    pub read_seq: Seq,
    /// Messages of others after that, 100 meaning "more than 99".
    pub unread: i32,
    /// Those among them that mention oneself, 100 meaning "more than 99".
    pub mentions: i32,
    /// The newest message, if there is one.
    #[schema(required)]
    pub last_message: Option<Message>,
    /// The owner first, then admins, then by time of joining; at most 100.
    pub members: Vec<User>,
    /// How many there are in all.
    pub member_count: i32,
    /// When it was started.
    pub created_at: Timestamp,
    /// When somebody last said something or joined: what lists are ordered by.
    pub active_at: Timestamp,
}

/// `GET /api/chats/{uri}/members/`: the owner first, then admins, then by time of joining.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct Members {
    /// One page.
    pub members: Vec<Member>,
    /// Pass as `after` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[ts(optional)]
    pub next: Option<String>,
}

/// Somebody in a chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Member {
    /// Who.
    pub user: User,
    /// What they may do.
    pub role: Role,
    /// How far they have read.
    pub read_seq: Seq,
    /// Since when.
    pub joined_at: Timestamp,
}

/// `PATCH /api/chats/{uri}/members/{user}/`. Owners only. Answered by the [`Member`].
#[derive(Clone, Copy, Debug, Deserialize, TS, ToSchema)]
pub struct ChangeMember {
    /// `owner` hands the chat over: the one who asks becomes an admin.
    pub role: Role,
}

/// `GET /api/chats/{uri}/bans/`: who may not come back. Admins only.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct Bans {
    /// One page, by user id.
    pub bans: Vec<Ban>,
    /// Pass as `after` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[ts(optional)]
    pub next: Option<UserId>,
}

/// Somebody who may not come back. Also the answer to `PUT /api/chats/{uri}/bans/{user}/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Ban {
    /// Who.
    pub user: User,
    /// Who decided so.
    pub by: User,
    /// When.
    pub at: Timestamp,
}

/// The answer to `POST /api/chats/{uri}/link/` (a new link; the old one is worth nothing from here on) and
/// `DELETE /api/chats/{uri}/link/` (none: people come by invitation only). Admins only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Link {
    /// The link that works now.
    #[schema(required)]
    pub link: Option<ChatLink>,
}

/// `GET /api/links/{link}/`: what one sees of a chat before joining it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct LinkPreview {
    /// The chat's address.
    pub uri: ChatUri,
    /// Null when nobody named it.
    #[schema(required)]
    pub name: Option<ChatName>,
    /// The first 5: the owner first.
    pub members: Vec<User>,
    /// How many there are in all.
    pub member_count: i32,
    /// One is a member already.
    pub joined: bool,
}

/// `PUT /api/chats/{uri}/read/`, and its answer: how far one has read. The mark never goes back, nor beyond the chat's
/// newest position. Saying something also moves it, to what one said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct ReadMark {
    /// Everything up to here.
    pub seq: Seq,
}
