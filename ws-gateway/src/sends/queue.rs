//! What waits to be sent, by chat: each chat's order is kept, and no chat waits for another.

use std::collections::{HashMap, VecDeque};

use shared_proto::ChatUri;

/// How a chat travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Together with others.
    Shared,
    /// By itself, since chat-api could not write to it the last time.
    Alone,
}

/// Chats with something to send. A chat is taken by one request at a time, until that is [`Queue::done`].
#[derive(Debug)]
pub(super) struct Queue<T> {
    chats: HashMap<ChatUri, Line<T>>,
    shared: VecDeque<ChatUri>,
    alone: VecDeque<ChatUri>,
    waiting: usize,
    most: usize,
}

#[derive(Debug)]
struct Line<T> {
    waiting: VecDeque<T>,
    kind: Kind,
    under_way: bool,
}

impl<T> Queue<T> {
    /// At most so many entries wait.
    pub(super) fn new(most: usize) -> Self {
        Self { chats: HashMap::new(), shared: VecDeque::new(), alone: VecDeque::new(), waiting: 0, most }
    }

    /// Behind everything else of the chat. An error returns what has no place.
    pub(super) fn push(&mut self, chat: ChatUri, entry: T) -> Result<(), T> {
        if self.waiting >= self.most {
            return Err(entry);
        }
        self.waiting += 1;
        let new = || Line { waiting: VecDeque::new(), kind: Kind::Shared, under_way: false };
        let line = self.chats.entry(chat.clone()).or_insert_with(new);
        line.waiting.push_back(entry);
        if line.waiting.len() == 1 && !line.under_way {
            self.is_ready(chat);
        }
        Ok(())
    }

    /// The chats of the next request of this kind, and their entries, at most `most` and each chat's in order.
    pub(super) fn take(&mut self, kind: Kind, most: usize) -> Option<(Vec<ChatUri>, Vec<T>)> {
        let (mut chats, mut entries) = (Vec::new(), Vec::new());
        while entries.len() < most && (kind == Kind::Shared || chats.is_empty()) {
            let ready = if kind == Kind::Shared { &mut self.shared } else { &mut self.alone };
            let Some(chat) = ready.pop_front() else { break };
            let Some(line) = self.chats.get_mut(&chat) else { continue };
            let count = line.waiting.len().min(most - entries.len());
            entries.extend(line.waiting.drain(..count));
            line.under_way = true;
            chats.push(chat);
        }
        self.waiting -= entries.len();
        (!entries.is_empty()).then_some((chats, entries))
    }

    /// A request has decided everything of these chats.
    pub(super) fn done(&mut self, chats: Vec<ChatUri>) {
        for chat in chats {
            let Some(line) = self.chats.get_mut(&chat) else { continue };
            (line.under_way, line.kind) = (false, Kind::Shared);
            if line.waiting.is_empty() {
                self.chats.remove(&chat);
            } else {
                self.is_ready(chat);
            }
        }
    }

    /// A request has not decided these, in their order: they come first, and their chats travel like this from now on.
    pub(super) fn again(&mut self, entries: Vec<(ChatUri, T)>, kind: Kind) {
        self.waiting += entries.len();
        for (chat, entry) in entries.into_iter().rev() {
            let Some(line) = self.chats.get_mut(&chat) else { continue };
            line.waiting.push_front(entry);
            line.kind = kind;
            if std::mem::replace(&mut line.under_way, false) {
                self.is_ready(chat);
            }
        }
    }

    fn is_ready(&mut self, chat: ChatUri) {
        match self.chats.get(&chat).map(|line| line.kind) {
            Some(Kind::Shared) => self.shared.push_back(chat),
            Some(Kind::Alone) => self.alone.push_back(chat),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Request = (Vec<ChatUri>, Vec<(usize, usize)>);

    fn chat(n: usize) -> ChatUri {
        format!("chat{n:011}").parse().unwrap()
    }

    #[test]
    fn what_waits_travels_together_and_a_chat_under_way_waits() {
        let mut queue = Queue::new(100);
        for (n, entry) in [(1, "a"), (2, "b"), (1, "c")] {
            queue.push(chat(n), entry).unwrap();
        }
        let (chats, entries) = queue.take(Kind::Shared, 10).unwrap();
        assert_eq!((chats, entries), (vec![chat(1), chat(2)], vec!["a", "c", "b"]));
        queue.push(chat(1), "d").unwrap();
        queue.push(chat(3), "e").unwrap();
        assert_eq!(queue.take(Kind::Shared, 10).unwrap().1, ["e"]);
        assert_eq!(queue.take(Kind::Shared, 10), None);
        queue.done(vec![chat(1)]);
        assert_eq!(queue.take(Kind::Shared, 10).unwrap().1, ["d"]);
    }

    #[test]
    fn a_chat_that_could_not_be_written_to_goes_on_alone_until_it_can() {
        let mut queue = Queue::new(100);
        queue.push(chat(1), "a").unwrap();
        queue.push(chat(2), "b").unwrap();
        queue.take(Kind::Shared, 10).unwrap();
        queue.done(vec![chat(2)]);
        queue.push(chat(1), "c").unwrap();
        queue.again(vec![(chat(1), "a")], Kind::Alone);
        queue.push(chat(2), "d").unwrap();
        assert_eq!(queue.take(Kind::Shared, 10).unwrap().1, ["d"]);
        assert_eq!(queue.take(Kind::Alone, 10).unwrap().1, ["a", "c"]);
        queue.done(vec![chat(1)]);
        queue.push(chat(1), "e").unwrap();
        assert_eq!(queue.take(Kind::Shared, 10).unwrap().1, ["e"], "it can be written to again");
    }

    #[test]
    fn no_more_wait_than_may() {
        let mut queue = Queue::new(1);
        queue.push(chat(1), "a").unwrap();
        assert_eq!(queue.push(chat(2), "b"), Err("b"));
        queue.take(Kind::Shared, 10).unwrap();
        queue.push(chat(2), "b").unwrap();
    }

    proptest! {
        #[test]
        fn each_chat_keeps_its_order_and_nothing_is_lost_whatever_fails(
            deeds in proptest::collection::vec((0usize..4, 0usize..3, any::<bool>()), 1..300),
        ) {
            let mut queue = Queue::new(usize::MAX);
            let mut pushed = [0; 3];
            let mut sent: [Vec<usize>; 3] = Default::default();
            let mut under_way: VecDeque<Request> = VecDeque::new();
            let settle = |queue: &mut Queue<_>, sent: &mut [Vec<usize>; 3], (chats, entries): Request, fails: Option<usize>| {
                let (again, ok): (Vec<_>, Vec<_>) = entries.into_iter().partition(|(n, _)| Some(*n) == fails);
                ok.iter().for_each(|(n, entry)| sent[*n].push(*entry));
                let failed = |chat: &ChatUri| again.iter().any(|(n, _)| self::chat(*n) == *chat);
                queue.done(chats.into_iter().filter(|chat| !failed(chat)).collect());
                queue.again(again.into_iter().map(|entry| (chat(entry.0), entry)).collect(), Kind::Alone);
            };
            for (deed, n, flag) in deeds {
                match deed {
                    0 => {
                        queue.push(chat(n), (n, pushed[n])).unwrap();
                        pushed[n] += 1;
                    }
                    1 => under_way.extend(queue.take(if flag { Kind::Shared } else { Kind::Alone }, 3)),
                    _ => if let Some(request) = under_way.pop_front() {
                        settle(&mut queue, &mut sent, request, flag.then_some(n));
                    }
                }
            }
            loop {
                for kind in [Kind::Shared, Kind::Alone] {
                    under_way.extend(queue.take(kind, 3));
                }
                let Some(request) = under_way.pop_front() else { break };
                settle(&mut queue, &mut sent, request, None);
            }
            for (n, count) in pushed.iter().enumerate() {
                prop_assert_eq!(&sent[n], &(0..*count).collect::<Vec<_>>());
            }
            prop_assert!(queue.chats.is_empty() && queue.waiting == 0);
        }
    }
}
