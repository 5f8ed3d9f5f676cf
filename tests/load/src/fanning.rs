//! A crowd that hears what is said in its chats, and what that costs whoever delivers it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chatire_tests::Forger;
use futures_util::future::try_join_all;

use crate::Result;
use crate::bench::{Bench, say};
use crate::cpu::Meter;
use crate::failure::Failure;
use crate::listening::{Crowd, Dialect, Door, Returning, Tally};
use crate::percentile::Latencies;
use crate::report::{Figures, Row};
use crate::speaker::Speaker;
use crate::spent::Parts;
use crate::systems::{ChatApi, Rooms, token};

/// CPU of the processes that hold the sockets, for one delivery: a frame that a client has got.
pub(crate) const OWN: &str = "fan-out µs";

/// A system with a crowd at it.
pub(crate) struct Stage {
    pub(crate) name: String,
    pub(crate) tally: Arc<Tally>,
    /// Listens as long as this is there.
    pub(crate) _crowd: Crowd,
    /// How many hear each message.
    pub(crate) audience: usize,
    /// As many speak at the same time.
    pub(crate) speakers: Vec<Voice>,
    /// Of the processes that hold the sockets.
    pub(crate) own: Vec<Meter>,
    /// Of everything.
    pub(crate) parts: Parts,
}

/// Who speaks, and in which chats in turn.
pub(crate) struct Voice(pub(crate) Vec<(u32, Speaker)>);

impl Stage {
    /// Everybody of `rooms` at the gateways, one after the other.
    pub(crate) async fn at_gateways(
        bench: &Bench,
        name: &str,
        api: &ChatApi,
        gateways: &[String],
        (rooms, forger): (Rooms, &Forger),
        speakers: Vec<Voice>,
    ) -> Result<Self> {
        let door = |person: usize| {
            let address = gateways[person % gateways.len()].clone();
            Door { address, token: Some(token(forger, person)) }
        };
        let tally = Arc::new(Tally::new(rooms.members));
        let crowd = Crowd::gather((0..rooms.people).map(door).collect(), Returning::Never, &tally).await?;
        let parts = Parts { service: api.meters()?, postgres: Some(bench.postgres()), broker: Some(bench.broker()) };
        let (name, own) = (name.to_owned(), api.gateway_meters()?);
        Ok(Self { name, tally, _crowd: crowd, audience: rooms.members, speakers, own, parts })
    }

    /// These listen at a reference that consists of these parts; `own` is the process with the sockets.
    pub(crate) async fn at_reference(
        name: &str,
        (dialect, doors): (Dialect, Vec<Door>),
        speakers: Vec<Speaker>,
        (own, parts): (Meter, Parts),
    ) -> Result<Self> {
        let audience = doors.len();
        let tally = Arc::new(Tally::new(audience));
        let crowd = Crowd::gather_speaking(dialect, doors, Returning::Never, &tally).await?;
        let speakers = speakers.into_iter().map(|speaker| Voice(vec![(0, speaker)])).collect();
        Ok(Self { name: name.to_owned(), tally, _crowd: crowd, audience, speakers, own: vec![own], parts })
    }

    /// The short turn of this number with so many messages in flight.
    pub(crate) async fn short_turn(
        &mut self,
        bench: &Bench,
        number: usize,
        in_flight: usize,
        row: &mut Row,
    ) -> Result<()> {
        let (turns, lasts) = bench.short_turns();
        self.speak(in_flight, bench.short_warm_up()).await?;
        let (own, began) = (self.own()?, self.parts.read()?);
        let started = Instant::now();
        let mut all_heard = self.speak(in_flight, lasts).await?;
        let took = started.elapsed();
        let (own, ended) = (self.own()?.saturating_sub(own), self.parts.read()?);
        let deliveries = all_heard.count() * self.audience;
        let each = own.as_secs_f64() * 1e6 / deliveries.max(1) as f64;
        say(&format!("turn {number} of {turns}: {}: {each:.2} µs a delivery", row.name));
        let mut figures = vec![
            ("messages/s", Some(all_heard.count() as f64 / took.as_secs_f64())),
            ("deliveries/s", Some(deliveries as f64 / took.as_secs_f64())),
            ("p50 ms", all_heard.at(0.5)),
            ("p99 ms", all_heard.at(0.99)),
            (OWN, Some(each)),
        ];
        figures.extend(began.figures_until(&ended, deliveries));
        row.turns.push(Figures(figures));
        row.faults.extend(self.tally.take_faults());
        Ok(())
    }

    fn own(&self) -> Result<Duration> {
        self.own.iter().map(Meter::read).sum()
    }

    /// How long it took each message until everybody had heard it.
    async fn speak(&mut self, in_flight: usize, lasts: Duration) -> Result<Latencies> {
        let (until, tally) = (Instant::now() + lasts, &*self.tally);
        let speaking = self.speakers[..in_flight].iter_mut().map(async |voice: &mut Voice| {
            let mut all_heard = Latencies::default();
            loop {
                for (chat, speaker) in &mut voice.0 {
                    if Instant::now() >= until {
                        return Ok::<_, Failure>(all_heard);
                    }
                    let began = Instant::now();
                    let seq = speaker.say().await?;
                    tally.all_have((*chat, seq)).await?;
                    all_heard.push(began.elapsed());
                }
            }
        });
        let mut all = Latencies::default();
        for some in try_join_all(speaking).await? {
            all.extend(some);
        }
        Ok(all)
    }
}
