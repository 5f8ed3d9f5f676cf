//! The first frame: who connects, and from which positions.

use std::time::{Duration, Instant};

use service_kit::Error;
use service_kit::token::Identity;
use shared_proto::frames::{ClientFrame, Hello, PROTOCOL, ServerFrame};
use shared_proto::internal::UserChats;
use shared_proto::{CloseCode, ErrorCode, User};
use tokio::time::timeout;

use super::inbox::{Closed, Inbound, Inbox, unsupported};
use super::{Connection, Frame};
use crate::handshake::Door;
use crate::hub::Entered;

/// Waits for the `hello`, answers with `ready`, and goes live. Nothing of a chat is sent before.
pub(super) async fn welcome(inbox: &mut Inbox, door: &Door) -> Result<Entered, Closed> {
    let within = Duration::from_secs(door.hub.limits().hello_seconds);
    let hello = timeout(within, first(inbox))
        .await
        .unwrap_or_else(|_| Err((CloseCode::Unauthorized, "no hello came in time".into())))?;
    if hello.protocol != PROTOCOL {
        return Err((CloseCode::BadFrame, format!("protocol {} is not spoken here, {PROTOCOL} is", hello.protocol)));
    }
    let identity = door.verify(&hello.token).await.map_err(closed_for)?;
    let counted = door.limits.socket_of(identity.user);
    let counted = counted.ok_or_else(|| (CloseCode::TooMany, "too many sockets of one user are open".to_owned()))?;
    // Known to the hub before the chats are asked for: no revocation or new membership can fall between.
    let entered = door.hub.enter(Connection::new(&identity, inbox.out().clone(), counted));
    go_live(&identity, hello, &entered, door).await?;
    Ok(entered)
}

async fn first(inbox: &mut Inbox) -> Result<Hello, Closed> {
    loop {
        match inbox.next().await {
            None => return Err((CloseCode::Normal, String::new())),
            Some(Err(closed)) => return Err(closed),
            Some(Ok(Inbound::Alive)) => {}
            Some(Ok(Inbound::Binary(_))) => return Err(unsupported()),
            Some(Ok(Inbound::Text(text))) => {
                return match ClientFrame::parse(&text) {
                    Ok(ClientFrame::Hello(hello)) => Ok(hello),
                    Ok(_) => Err((CloseCode::Unauthorized, "the first frame must be hello".into())),
                    Err(error) => Err((CloseCode::BadFrame, format!("the first frame must be hello: {error}"))),
                };
            }
        }
    }
}

async fn go_live(identity: &Identity, hello: Hello, entered: &Entered, door: &Door) -> Result<(), Closed> {
    let asked_at = Instant::now();
    let UserChats { user, chats, .. } = door.hub.chats_of(identity.user).await.map_err(closed_for)?;
    let ready = ServerFrame::Ready {
        user: user.unwrap_or_else(|| known_by_token(identity)),
        session: identity.session.clone(),
        heartbeat_ms: u32::try_from(door.hub.limits().heartbeat_seconds * 1_000).unwrap_or(u32::MAX),
        chats: chats.iter().map(|position| position.chat.clone()).collect(),
    };
    entered.connection().out.push(Frame::of(&ready));
    door.hub.subscribe_all(entered.id(), chats, &hello.resume, asked_at);
    Ok(())
}

/// Somebody who never had a chat: chat-api does not know more than the token says.
fn known_by_token(identity: &Identity) -> User {
    User {
        id: identity.user,
        username: identity.username.clone(),
        email: None,
        first_name: String::new(),
        last_name: String::new(),
    }
}

fn closed_for(error: Error) -> Closed {
    match error.code() {
        ErrorCode::Unavailable => (CloseCode::Restart, "not possible at the moment: reconnect".into()),
        _ => (CloseCode::Unauthorized, error.detail().to_owned()),
    }
}
