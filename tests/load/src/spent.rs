//! What a stretch of work costs, part by part.

use std::ops::AddAssign;
use std::time::{Duration, Instant};

use crate::Result;
use crate::cpu::{Meter, of_the_machine};

/// CPU of everything that belongs to a system, for one unit of work.
pub(crate) const CPU: &str = "CPU µs";

/// The same, in per cent of a core.
pub(crate) const SHARE: &str = "CPU %";

/// The rows of a system's own processes, and the meters that count there.
const PROCESSES: [(&str, &[&str]); 4] = [
    ("  ws-gateway", &["ws-gateway"]),
    ("  chat-api", &["chat-api"]),
    ("  auth-service", &["auth-service"]),
    ("  one process", &["chatire", "reference"]),
];

/// The processes that a system consists of.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    /// Its own.
    pub(crate) service: Vec<Meter>,
    pub(crate) postgres: Option<Meter>,
    pub(crate) broker: Option<Meter>,
}

/// CPU time up to a moment.
pub(crate) struct Moment {
    at: Instant,
    service: Each,
    postgres: Option<Duration>,
    broker: Option<Duration>,
    generator: Duration,
    machine: Duration,
}

/// CPU time of each of a system's own processes, by the meters' names.
#[derive(Clone, Debug, Default)]
struct Each(Vec<(&'static str, Duration)>);

impl Parts {
    /// Now.
    pub(crate) fn read(&self) -> Result<Moment> {
        let read = |meter: &Option<Meter>| meter.map(|meter| meter.read()).transpose();
        Ok(Moment {
            at: Instant::now(),
            service: Each::read(&self.service)?,
            postgres: read(&self.postgres)?,
            broker: read(&self.broker)?,
            generator: Meter::own().read_alone()?,
            machine: of_the_machine()?,
        })
    }
}

/// What was spent between two moments, or in several such stretches.
#[derive(Clone, Default)]
pub(crate) struct Spent {
    service: Each,
    /// `None` when the system has none.
    postgres: Option<Duration>,
    broker: Option<Duration>,
    generator: Duration,
    others: Duration,
    took: Duration,
}

impl Moment {
    /// From this one to a later one.
    pub(crate) fn until(&self, now: &Moment) -> Spent {
        let difference = |now: Option<Duration>, then: Option<Duration>| Some(now?.saturating_sub(then?));
        let service = now.service.since(&self.service);
        let (postgres, broker) = (difference(now.postgres, self.postgres), difference(now.broker, self.broker));
        let generator = now.generator.saturating_sub(self.generator);
        let own: Duration = [Some(service.sum()), postgres, broker, Some(generator)].into_iter().flatten().sum();
        let others = now.machine.saturating_sub(self.machine).saturating_sub(own);
        Spent { service, postgres, broker, generator, others, took: now.at - self.at }
    }

    /// What `count` units of work have cost since then.
    pub(crate) fn figures_until(&self, now: &Moment, count: usize) -> Vec<(&'static str, Option<f64>)> {
        self.until(now).figures(count)
    }
}

impl Spent {
    /// In µs for each of `count` units of work, and how busy the machine was with anything else (100 % is one core).
    pub(crate) fn figures(&self, count: usize) -> Vec<(&'static str, Option<f64>)> {
        let each = |spent: Duration| spent.as_secs_f64() * 1e6 / count.max(1) as f64;
        self.told(CPU, vec![("  service", Some(each(self.service.sum())))], each)
    }

    /// The same, process by process.
    pub(crate) fn figures_by_process(&self, count: usize) -> Vec<(&'static str, Option<f64>)> {
        let each = |spent: Duration| spent.as_secs_f64() * 1e6 / count.max(1) as f64;
        self.told(CPU, self.service.by_process(each), each)
    }

    /// In per cent of a core, process by process.
    pub(crate) fn shares_by_process(&self) -> Vec<(&'static str, Option<f64>)> {
        let share = |spent: Duration| 100.0 * spent.as_secs_f64() / self.took.as_secs_f64();
        self.told(SHARE, self.service.by_process(share), share)
    }

    fn told(
        &self,
        name: &'static str,
        service: Vec<(&'static str, Option<f64>)>,
        shown: impl Fn(Duration) -> f64,
    ) -> Vec<(&'static str, Option<f64>)> {
        let total: Duration = [Some(self.service.sum()), self.postgres, self.broker].into_iter().flatten().sum();
        let mut figures = vec![(name, Some(shown(total)))];
        figures.extend(service);
        figures.extend([
            ("  PostgreSQL", self.postgres.map(&shown)),
            ("  broker", self.broker.map(&shown)),
            ("generator", Some(shown(self.generator))),
            ("others %", Some(100.0 * self.others.as_secs_f64() / self.took.as_secs_f64())),
        ]);
        figures
    }
}

impl Each {
    fn read(meters: &[Meter]) -> Result<Self> {
        meters.iter().map(|meter| Ok((meter.name, meter.read()?))).collect::<Result<_>>().map(Self)
    }

    /// Both are of the same meters.
    fn since(&self, then: &Self) -> Self {
        let pairs = self.0.iter().zip(&then.0);
        Self(pairs.map(|((name, now), (_, then))| (*name, now.saturating_sub(*then))).collect())
    }

    fn sum(&self) -> Duration {
        self.0.iter().map(|(_, spent)| *spent).sum()
    }

    /// A figure for each kind of process; nothing where a system has none.
    fn by_process(&self, shown: impl Fn(Duration) -> f64) -> Vec<(&'static str, Option<f64>)> {
        let figure = |(row, names): (&'static str, &[&str])| {
            let spent = self.0.iter().filter(|(name, _)| names.contains(name)).map(|(_, spent)| *spent);
            (row, spent.reduce(|one, other| one + other).map(&shown))
        };
        PROCESSES.map(figure).into()
    }
}

impl AddAssign for Each {
    /// Both are of the same meters, or this is nothing yet.
    fn add_assign(&mut self, more: Self) {
        if self.0.is_empty() {
            *self = more;
            return;
        }
        for ((_, spent), (_, more)) in self.0.iter_mut().zip(more.0) {
            *spent += more;
        }
    }
}

impl AddAssign for Spent {
    fn add_assign(&mut self, more: Self) {
        let sum = |one: Option<Duration>, other: Option<Duration>| match (one, other) {
            (Some(one), Some(other)) => Some(one + other),
            (one, other) => one.or(other),
        };
        self.service += more.service;
        self.postgres = sum(self.postgres, more.postgres);
        self.broker = sum(self.broker, more.broker);
        self.generator += more.generator;
        self.others += more.others;
        self.took += more.took;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_part_accounts_for_was_others() {
        let ms = Duration::from_millis;
        let before = Moment {
            at: Instant::now(),
            service: Each(vec![("ws-gateway", ms(40)), ("chat-api", ms(10)), ("ws-gateway", ms(50))]),
            postgres: Some(ms(50)),
            broker: None,
            generator: ms(10),
            machine: ms(1000),
        };
        let after = Moment {
            at: before.at + ms(1000),
            service: Each(vec![("ws-gateway", ms(140)), ("chat-api", ms(60)), ("ws-gateway", ms(200))]),
            postgres: Some(ms(150)),
            broker: None,
            generator: ms(60),
            machine: ms(1700),
        };
        let expected = [Some(400.0), Some(300.0), Some(100.0), None, Some(50.0), Some(25.0)];
        // Twice as much work in two stretches costs as much for each, and nothing in none changes it.
        let mut twice = Spent::default();
        twice += before.until(&after);
        twice += before.until(&after);
        for figures in [before.figures_until(&after, 1000), twice.figures(2000)] {
            for ((name, value), expected) in figures.iter().zip(expected) {
                assert_eq!(value.map(f64::round), expected, "{name}");
            }
        }
        let by_process = [Some(400.0), Some(250.0), Some(50.0), None, None, Some(100.0), None, Some(50.0), Some(25.0)];
        assert_eq!(
            twice.figures_by_process(2000).iter().map(|(_, value)| value.map(f64::round)).collect::<Vec<_>>(),
            by_process
        );
        // 400 ms of CPU in a second.
        assert_eq!(twice.shares_by_process()[0], (SHARE, Some(40.0)));
    }
}
