//! Everybody who talks, and how: at a steady pace, or as fast as they are answered.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use super::Dialect;
use super::person::{Deed, Person, Room};
use super::records::{Records, Round};
use crate::Result;
use crate::listening::Door;
use crate::pace;

/// Sockets that are opened at the same time, before anything is measured.
const AT_ONCE: usize = 64;

/// A chat, and who is in it and has a socket.
#[derive(Clone, Debug)]
pub(crate) struct Chat {
    pub(crate) uri: String,
    /// By their places among all who talk.
    pub(crate) members: Vec<usize>,
}

/// People with open sockets, which end with this.
pub(crate) struct Talk {
    people: Vec<UnboundedSender<Deed>>,
    /// Where each of them talks first.
    first_chats: Vec<Option<usize>>,
    chats: Vec<Chat>,
    records: Arc<Records>,
    /// Who speaks next, at a steady pace.
    next: Cell<usize>,
    _tasks: JoinSet<()>,
}

impl Talk {
    /// One socket for each of `doors`; all are live when this returns.
    pub(crate) async fn open(dialect: Dialect, doors: &[Door], chats: Vec<Chat>) -> Result<Self> {
        static TALKS: AtomicU32 = AtomicU32::new(1);
        let talk = TALKS.fetch_add(1, Ordering::Relaxed);
        let mut rooms: Vec<Vec<Room>> = doors.iter().map(|_| Vec::new()).collect();
        for (n, chat) in chats.iter().enumerate() {
            let (uri, audience): (Arc<str>, _) = (chat.uri.as_str().into(), chat.members.len() - 1);
            for member in &chat.members {
                rooms[*member].push(Room { chat: n, uri: uri.clone(), audience, seq: None });
            }
        }
        let first_chats = rooms.iter().map(|rooms| rooms.first().map(|room| room.chat)).collect();
        let records = Arc::new(Records::new());
        let enter = async |(n, (door, rooms)): (u32, (&Door, Vec<Room>))| {
            Person::enter(dialect, door, (talk, n), rooms, records.clone()).await
        };
        let entering = stream::iter((0..).zip(doors.iter().zip(rooms))).map(enter).buffered(AT_ONCE);
        let (mut people, mut tasks) = (Vec::with_capacity(doors.len()), JoinSet::new());
        for person in entering.try_collect::<Vec<_>>().await? {
            let (tell, deeds) = unbounded_channel();
            people.push(tell);
            tasks.spawn(person.live(deeds));
        }
        Ok(Self { people, first_chats, chats, records, next: Cell::new(0), _tasks: tasks })
    }

    /// Tells somebody to do something. Whoever can't any more has told why.
    pub(crate) fn tell(&self, person: usize, deed: Deed) {
        let _ = self.people[person].send(deed);
    }

    /// So many messages a second, in one chat after the other and by one member after the other, whether or not anybody
    /// heard the last one.
    pub(crate) async fn paced(&self, rate: f64, lasts: Duration) -> Result<Round> {
        self.paced_by(rate, lasts, || {
            let n = self.next.replace(self.next.get() + 1);
            let chat = n % self.chats.len();
            let members = &self.chats[chat].members;
            (members[n / self.chats.len() % members.len()], chat)
        })
        .await
    }

    /// The same; `who` says who speaks next, and in which chat.
    pub(crate) async fn paced_by(
        &self,
        rate: f64,
        lasts: Duration,
        mut who: impl FnMut() -> (usize, usize),
    ) -> Result<Round> {
        let began = self.records.begin();
        let count = (rate * lasts.as_secs_f64()).ceil() as usize;
        let mut due = pace::due(rate, count);
        while let Some(at) = due.recv().await {
            let (person, chat) = who();
            self.tell(person, Deed::Say(chat, at));
        }
        self.records.end(began, Instant::now(), count as u64).await
    }

    /// Everybody says the next thing when the last one was acknowledged.
    pub(crate) async fn closed_loop(&self, lasts: Duration) -> Result<Round> {
        let began = self.records.begin();
        self.records.begin_conversing(self.first_chats.iter().flatten().count());
        for (person, chat) in self.first_chats.iter().enumerate() {
            if let Some(chat) = chat {
                self.tell(person, Deed::Converse(*chat, began + lasts));
            }
        }
        self.records.end(began, began + lasts, 0).await
    }
}
