//! What a stretch of work costs, part by part.

use std::ops::AddAssign;
use std::time::{Duration, Instant};

use crate::Result;
use crate::cpu::{Meter, of_the_machine};

/// CPU of everything that belongs to a system, for one unit of work.
pub(crate) const CPU: &str = "CPU µs";

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
    service: Duration,
    postgres: Option<Duration>,
    broker: Option<Duration>,
    generator: Duration,
    machine: Duration,
}

impl Parts {
    /// Now.
    pub(crate) fn read(&self) -> Result<Moment> {
        let read = |meter: &Option<Meter>| meter.map(|meter| meter.read()).transpose();
        Ok(Moment {
            at: Instant::now(),
            service: self.service.iter().map(Meter::read).sum::<Result<Duration>>()?,
            postgres: read(&self.postgres)?,
            broker: read(&self.broker)?,
            generator: Meter::own().read_alone()?,
            machine: of_the_machine()?,
        })
    }
}

/// What was spent between two moments, or in several such stretches.
#[derive(Clone, Copy, Default)]
pub(crate) struct Spent {
    service: Duration,
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
        let service = now.service.saturating_sub(self.service);
        let (postgres, broker) = (difference(now.postgres, self.postgres), difference(now.broker, self.broker));
        let generator = now.generator.saturating_sub(self.generator);
        let own: Duration = [Some(service), postgres, broker, Some(generator)].into_iter().flatten().sum();
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
        let total: Duration = [Some(self.service), self.postgres, self.broker].into_iter().flatten().sum();
        let each = |spent: Duration| spent.as_secs_f64() * 1e6 / count.max(1) as f64;
        vec![
            (CPU, Some(each(total))),
            ("  service", Some(each(self.service))),
            ("  PostgreSQL", self.postgres.map(each)),
            ("  broker", self.broker.map(each)),
            ("generator", Some(each(self.generator))),
            ("others %", Some(100.0 * self.others.as_secs_f64() / self.took.as_secs_f64())),
        ]
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
            service: ms(100),
            postgres: Some(ms(50)),
            broker: None,
            generator: ms(10),
            machine: ms(1000),
        };
        let after = Moment {
            at: before.at + ms(1000),
            service: ms(400),
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
    }
}
