//! Two people in a chat, who see what happens in it.

use chatire_tests::{Chat, Gateway, Person, Socket, World};
use shared_proto::event::Event;
use shared_proto::{ChatName, Emoji, MessageText, Seq};

/// Alice, whose chat it is, and Bob: each with a socket, on different gateways.
pub(crate) struct Pair {
    pub(crate) alice: Person,
    pub(crate) bob: Person,
    pub(crate) chat: Chat,
    pub(crate) near: Socket,
    pub(crate) far: Socket,
}

impl Pair {
    pub(crate) async fn in_a_chat(world: &World) -> Self {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let chat = alice.starts_a_chat().await;
        bob.joins(&chat).await;
        let (near, far) = (alice.connects(Gateway::First).await, bob.connects(Gateway::Second).await);
        Self { alice, bob, chat, near, far }
    }

    /// What has happened just now, as both hear it.
    pub(crate) async fn news(&self) -> Event {
        newest_event(&self.alice, &self.chat, &[&self.near, &self.far]).await
    }

    pub(crate) async fn position(&self) -> i64 {
        self.alice.position(&self.chat).await
    }
}

/// The newest event of a chat, which comes to these sockets as the sync endpoint tells it.
pub(crate) async fn newest_event(member: &Person, chat: &Chat, sockets: &[&Socket]) -> Event {
    let position = member.position(chat).await;
    let [event] = member.events(chat, position - 1).await.try_into().expect("one event is after the one before");
    for socket in sockets {
        assert_eq!(socket.hears(chat, Seq(position)).await, event);
    }
    event.event
}

pub(crate) fn text(text: &str) -> Option<MessageText> {
    Some(MessageText::try_from(text.to_owned()).expect("a text"))
}

pub(crate) fn name(name: &str) -> Option<ChatName> {
    Some(ChatName::try_from(name.to_owned()).expect("a name"))
}

pub(crate) fn emoji(emoji: &str) -> Emoji {
    Emoji::try_from(emoji.to_owned()).expect("an emoji")
}
