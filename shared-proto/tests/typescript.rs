//! The web client's wire types are written from the Rust types, and must never be stale.
//!
//! `WRITE_WIRE_TYPES=1 cargo test -p shared-proto --test typescript` (or `make wire-types`) writes the file.

use std::path::Path;

use shared_proto::auth::{
    BeginSecondFactor, ChangeMe, ConfirmSecondFactor, DeleteMe, EndSecondFactor, RecoveryCodes, Refresh, ResetPassword,
    ResetPasswordConfirm, SecondFactor, SecondFactorBegun, Secret, Session, Sessions, SetPassword, SignIn, SignUp,
    SignedUp, TokenGranted, Verified, Verify,
};
use shared_proto::chats::{
    Ban, Bans, ChangeChat, ChangeMember, Chat, ChatCreated, ChatJoined, ChatKind, ChatList, CreateChat, DirectChat,
    Link, LinkPreview, Member, Members, ReadMark, Role, Status,
};
use shared_proto::event::{Event, EventFrame, EventTag};
use shared_proto::frames::{ClientFrame, Hello, Incoming, Mark, ReadyChat, Send, ServerFrame};
use shared_proto::messages::{
    EditMessage, EventsPage, History, Hit, Mention, Message, MessageSent, Reaction, SearchPage, SendMessage,
    SnippetPart,
};
use shared_proto::{
    ChatId, ChatLink, ChatName, ChatUri, ClientId, CloseCode, Email, Emoji, ErrorCode, FieldError, MessageId,
    MessageText, PersonName, Problem, Seq, SessionId, Timestamp, User, UserId, Username,
};
use ts_rs::{Config, TS};

fn declaration<T: TS + 'static>() -> String {
    let docs: String = T::docs().unwrap_or_default();
    format!("{docs}export {}\n\n", T::decl(&Config::default().with_large_int("number")))
}

macro_rules! declarations {
    ($($name:ty),+ $(,)?) => { [$(declaration::<$name>()),+].concat() };
}

fn typescript() -> String {
    let mut text =
        String::from("// Written from the Rust types in shared-proto by `make wire-types`. Do not edit.\n\n");
    text += &declarations![
        UserId,
        ChatId,
        MessageId,
        Seq,
        ChatUri,
        ChatLink,
        ClientId,
        SessionId,
        Timestamp,
        Username,
        PersonName,
        Email,
        ChatName,
        MessageText,
        Emoji,
        User,
        ErrorCode,
        FieldError,
        Problem,
        Secret,
        SignUp,
        SignedUp,
        SignIn,
        Refresh,
        TokenGranted,
        Verify,
        Verified,
        ChangeMe,
        DeleteMe,
        SetPassword,
        ResetPassword,
        ResetPasswordConfirm,
        SecondFactor,
        BeginSecondFactor,
        SecondFactorBegun,
        ConfirmSecondFactor,
        RecoveryCodes,
        EndSecondFactor,
        Session,
        Sessions,
        Status,
        Role,
        ChatKind,
        CreateChat,
        ChatCreated,
        DirectChat,
        ChangeChat,
        ChatJoined,
        Chat,
        ChatList,
        Member,
        Members,
        ChangeMember,
        Ban,
        Bans,
        Link,
        LinkPreview,
        ReadMark,
        Mention,
        Reaction,
        Message,
        History,
        SendMessage,
        MessageSent,
        EditMessage,
        SnippetPart,
        Hit,
        SearchPage,
        EventsPage,
        EventTag,
        Event,
        EventFrame,
        Hello,
        Send,
        ClientFrame,
        ReadyChat,
        Mark,
        ServerFrame,
        Incoming,
    ];
    text += "/** Why the server closes a socket, and so what the client does next. */\nexport const CloseCode = {\n";
    for code in CloseCode::ALL {
        text += &format!("  {code:?}: {},\n", code.code());
    }
    text + "} as const;\n"
}

#[test]
fn the_web_clients_wire_types_are_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/src/wire/types.ts");
    let fresh = typescript();
    if std::env::var_os("WRITE_WIRE_TYPES").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == fresh, "{} is stale: run `make wire-types` and commit it", path.display());
}
