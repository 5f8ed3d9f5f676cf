//! What people do over HTTP.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;

use serde::de::DeserializeOwned;
use shared_proto::ErrorCode;

use crate::{Answer, Call};

/// Something about to be done. Awaited, it must succeed, and gives what came back.
#[must_use]
pub struct Doing<T> {
    call: Call,
    good: &'static [u16],
    read: fn(&Answer) -> T,
}

impl<T: DeserializeOwned> Doing<T> {
    /// Answered by one of the wire types.
    pub(crate) fn answered(call: Call, good: &'static [u16]) -> Self {
        Self { call, good, read: |answer| answer.read() }
    }
}

impl Doing<()> {
    /// Answered by 204.
    pub(crate) fn done(call: Call) -> Self {
        let read = |answer: &Answer| assert_eq!(answer.text, "", "204 has no body");
        Self { call, good: &[204], read }
    }
}

impl<T> Doing<T> {
    /// Does it, with whatever comes back.
    pub async fn answer(self) -> Answer {
        self.call.answer().await
    }

    /// Does it, and panics unless it is refused like this.
    pub async fn is_refused(self, status: u16, code: ErrorCode) {
        self.call.answer().await.refused(status, code);
    }
}

impl<T: 'static> IntoFuture for Doing<T> {
    type Output = T;
    type IntoFuture = Pin<Box<dyn Future<Output = T> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { call, good, read } = self;
        Box::pin(async move { read(&call.answer().await.expect_one_of(good)) })
    }
}

impl<T> fmt::Debug for Doing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.call.fmt(f)
    }
}
