//! How much of something anybody may do: sockets, handshakes, messages.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use service_kit::rate::Rate;
use shared_proto::UserId;

use crate::hub::SocketId;
use crate::settings;

/// The limits of the process. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Limits {
    settings: settings::Limits,
    sends: Rate<UserId>,
    handshakes: Rate<IpAddr>,
    of_users: Open<UserId>,
    from_addresses: Open<IpAddr>,
}

impl Limits {
    pub(crate) fn new(settings: settings::Limits) -> Self {
        Self {
            sends: limited(settings.enabled, settings.sends_per_second, settings.sends_at_once),
            handshakes: limited(settings.enabled, settings.handshakes_per_second, settings.handshakes_at_once),
            of_users: Open::default(),
            from_addresses: Open::default(),
            settings,
        }
    }

    #[cfg(test)]
    pub(crate) fn unlimited() -> Self {
        Self::new(settings::Limits {
            enabled: false,
            sends_per_second: 0,
            sends_at_once: 0,
            frames_per_second: 0,
            frames_at_once: 0,
            sockets_per_user: 0,
            sockets_per_address: 0,
            handshakes_per_second: 0,
            handshakes_at_once: 0,
        })
    }

    /// Somebody says something. An error says when they may again.
    pub(crate) fn send(&self, user: UserId) -> Result<(), Duration> {
        self.sends.take(&user)
    }

    /// An address opens a socket. An error says when it may again.
    pub(crate) fn handshake(&self, address: IpAddr) -> Result<(), Duration> {
        self.handshakes.take(&address)
    }

    /// One more open socket from an address, until the guard is dropped; `None` when there are as many as there may be.
    pub(crate) fn socket_from(&self, address: IpAddr) -> Option<Counted<IpAddr>> {
        self.from_addresses.one_more(address, self.most(self.settings.sockets_per_address))
    }

    /// One more open socket of a user; as [`Limits::socket_from`].
    pub(crate) fn socket_of(&self, user: UserId) -> Option<Counted<UserId>> {
        self.of_users.one_more(user, self.most(self.settings.sockets_per_user))
    }

    /// For the frames of one worker's sockets.
    pub(crate) fn frames(&self) -> Rate<SocketId> {
        limited(self.settings.enabled, self.settings.frames_per_second, self.settings.frames_at_once)
    }

    /// Lets go of what holds nobody back any more.
    pub(crate) fn forget(&self) {
        self.sends.forget();
        self.handshakes.forget();
    }

    fn most(&self, limit: usize) -> usize {
        if self.settings.enabled { limit } else { usize::MAX }
    }
}

fn limited<K: Hash + Eq + Clone>(enabled: bool, per_second: u32, at_once: u32) -> Rate<K> {
    if enabled { Rate::new(per_second, at_once) } else { Rate::unlimited() }
}

/// How many sockets each key has open.
#[derive(Clone)]
struct Open<K>(Arc<Mutex<HashMap<K, usize>>>);

impl<K> Default for Open<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Hash + Eq + Clone> Open<K> {
    fn one_more(&self, key: K, most: usize) -> Option<Counted<K>> {
        let mut open = self.0.lock();
        let count = open.entry(key.clone()).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Counted { open: self.clone(), key })
    }
}

/// One open socket; it counts until it is dropped.
pub(crate) struct Counted<K: Hash + Eq> {
    open: Open<K>,
    key: K,
}

impl<K: Hash + Eq> Drop for Counted<K> {
    fn drop(&mut self) {
        let mut open = self.open.0.lock();
        if let Some(count) = open.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.key);
            }
        }
    }
}
