//! How many files, and so sockets, the process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// More are of no use; and where the system has no bound, macOS at least refuses to be asked for everything.
const ENOUGH: [u64; 3] = [1_048_576, 65_536, 10_240];

/// Takes as many as the system lets it have. Processes are started with few (often 1,024) for the sake of old programs that
/// could not count further, and containers can't be given more from outside everywhere. Returns how many it may have.
pub(crate) fn allow_many() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(u64::MAX);
    for wanted in ENOUGH.map(|enough| enough.min(most)) {
        if limit.current.is_none_or(|now| now >= wanted) {
            break;
        }
        if setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum }).is_ok() {
            break;
        }
    }
    getrlimit(Resource::Nofile).current
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_was_given_few_takes_what_it_may_have() {
        let given = getrlimit(Resource::Nofile);
        let most = given.maximum.unwrap_or(u64::MAX).min(ENOUGH[0]);
        // Still enough for whatever runs beside this test.
        let few = Rlimit { current: Some(most.min(1_000)), maximum: given.maximum };
        setrlimit(Resource::Nofile, few).unwrap();
        assert_eq!(allow_many(), Some(most));
        assert_eq!(allow_many(), Some(most), "and again");
    }
}
