//! Whoever may not hear any more hears nothing more: at most one second after the call that ended it was answered, however
//! much is being said, on every gateway.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chatire_tests::{Chat, Gateway, PATIENCE, Part, Person, Replica, Socket, World, both_ways};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// The promise.
const WITHIN: Duration = Duration::from_secs(1);
/// For so long after the answer people are listened to: what came later than it should would be heard.
const LISTENS: Duration = Duration::from_millis(1_500);
/// Of each person, on each gateway: its workers have some each.
const SOCKETS: usize = 2;
const ROUNDS: usize = 2;

/// How access may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Removed,
    Banned,
    SignedOut,
    Revoked,
    Disabled,
}

impl End {
    const ALL: [End; 5] = [End::Removed, End::Banned, End::SignedOut, End::Revoked, End::Disabled];

    /// Makes it happen; returns when it was answered.
    async fn befalls(self, bob: &Person, owner: &Person, chat: &Chat, world: &mut World) -> Instant {
        // Asked for before: it needs a socket.
        let session = bob.session().await;
        match self {
            End::Removed => owner.removes(bob, chat).await,
            End::Banned => drop(owner.bans(bob, chat).await),
            End::SignedOut => bob.signs_out().await,
            End::Revoked => {
                let path = format!("/auth/sessions/{session}/");
                bob.client().call("DELETE", &path).answer().await.expect(204);
            }
            End::Disabled => {
                let output = world.process(Part::Auth).operates(&["users", "disable", bob.name()], "").await;
                assert!(output.status.success(), "{output:?}");
            }
        }
        Instant::now()
    }

    /// Otherwise they stay, for the other chats.
    fn closes_sockets(self) -> bool {
        matches!(self, End::SignedOut | End::Revoked | End::Disabled)
    }
}

both_ways! {
    in |plan| plan.with_three_gateways(),
    async fn no_event_comes_later_than_a_second_after_access_has_ended(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let (chat, over) = (alice.starts_a_chat().await, Arc::new(AtomicBool::new(false)));
        let mut talk = JoinSet::new();
        for replica in Replica::ALL {
            talk.spawn(talks(alice.over(replica), chat.clone(), Arc::clone(&over)));
        }
        let mut latest: BTreeMap<End, Duration> = BTreeMap::new();
        for end in [End::ALL; ROUNDS].concat() {
            let bob = world.signs_up("bob").await;
            bob.joins(&chat).await;
            let staying = alice.connects(Gateway::First).await;
            let mut sockets = Vec::new();
            for gateway in [Gateway::THREE; SOCKETS].concat() {
                sockets.push(bob.connects(gateway).await);
            }
            for socket in &sockets {
                hears_something_after(socket, &chat, Instant::now()).await;
            }
            let answered = end.befalls(&bob, &alice, &chat, world).await;
            hears_something_after(&staying, &chat, answered + LISTENS).await;
            for socket in &sockets {
                let after = lateness(socket, &chat, end, answered);
                assert!(after <= WITHIN, "{end:?}: something came {after:?} after the answer");
                let latest = latest.entry(end).or_default();
                *latest = after.max(*latest);
            }
        }
        over.store(true, Ordering::Relaxed);
        let said: usize = talk.join_all().await.into_iter().sum();
        println!("while {said} messages were said, the last event came after the answer by: {latest:.1?}");
    }
}

/// Without a pause; how often.
async fn talks(person: Person, chat: Chat, over: Arc<AtomicBool>) -> usize {
    let mut said = 0;
    while !over.load(Ordering::Relaxed) {
        person.says("and").in_chat(&chat).await;
        said += 1;
    }
    said
}

async fn hears_something_after(socket: &Socket, chat: &Chat, moment: Instant) {
    let what = format!("an event of {} after the moment", chat.uri);
    socket
        .until_within(PATIENCE + LISTENS, &what, |seen| {
            seen.frames.iter().rev().find(|frame| frame.kind() == "event").filter(|frame| frame.at > moment).map(drop)
        })
        .await;
}

/// How long after the answer something of the chat came at last, or the socket was closed.
fn lateness(socket: &Socket, chat: &Chat, end: End, answered: Instant) -> Duration {
    let seen = socket.seen();
    let event = seen.frames.iter().rfind(|frame| frame.event_of(chat).is_some()).expect("it has heard some");
    let mut last = event.at;
    if end.closes_sockets() {
        let closed = seen.closed.unwrap_or_else(|| panic!("{end:?}: a socket is still open"));
        assert_eq!(closed.code, Some(4401), "{end:?}: {closed:?}");
        last = last.max(closed.at);
    } else {
        assert!(seen.closed.is_none(), "{end:?}: {:?}", seen.closed);
    }
    last.saturating_duration_since(answered)
}
