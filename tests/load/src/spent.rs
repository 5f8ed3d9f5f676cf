//! What a stretch of work costs, part by part.

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

impl Moment {
    /// What `count` units of work have cost since then, in µs for each, and how busy the machine was with anything else
    /// (100 % is one core).
    pub(crate) fn figures_until(&self, now: &Moment, count: usize) -> Vec<(&'static str, Option<f64>)> {
        let difference = |now: Option<Duration>, then: Option<Duration>| Some(now?.saturating_sub(then?));
        let service = now.service.saturating_sub(self.service);
        let (postgres, broker) = (difference(now.postgres, self.postgres), difference(now.broker, self.broker));
        let generator = now.generator.saturating_sub(self.generator);
        let total: Duration = [Some(service), postgres, broker].into_iter().flatten().sum();
        let others = now.machine.saturating_sub(self.machine).saturating_sub(total + generator);
        let each = |spent: Duration| spent.as_secs_f64() * 1e6 / count.max(1) as f64;
        vec![
            (CPU, Some(each(total))),
            ("  service", Some(each(service))),
            ("  PostgreSQL", postgres.map(each)),
            ("  broker", broker.map(each)),
            ("generator", Some(each(generator))),
            ("others %", Some(100.0 * others.as_secs_f64() / (now.at - self.at).as_secs_f64())),
        ]
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
        let figures = before.figures_until(&after, 1000);
        let expected = [Some(400.0), Some(300.0), Some(100.0), None, Some(50.0), Some(25.0)];
        for ((name, value), expected) in figures.iter().zip(expected) {
            assert_eq!(value.map(f64::round), expected, "{name}");
        }
    }
}
