//! What goes on when: everything breaks; all is quiet, and what the processes hold is looked at; everything breaks again,
//! but some processes live on; all is quiet, and they are looked at again; everybody is asked what they have heard.

use std::time::Duration;

use chatire_tests::offending::{Offence, Offender};
use chatire_tests::{Addresses, Client, Dice, Forger, Gateway, Handshake, Person, World, random_name};
use tokio::time::{Instant, sleep};

use crate::breaking::{Breaking, Counts, Mortality};
use crate::crowd::{Crowd, LASTS};
use crate::findings::Findings;
use crate::levels::{self, Levels};
use crate::life::Life;
use crate::planting::{Leak, Plant};
use crate::progress::Progress;
use crate::report::Report;
use crate::stage::Stage;

/// When each act ends, as shares of the whole. At first everybody may die; then, until the first look and until the second
/// one, some live on, so that they have lived for a while each time.
const ALL_MAY_DIE: f64 = 0.2;
const FIRST_LOOK: f64 = 0.33;
const SECOND_LOOK: f64 = 0.85;
/// How long it is quiet before anybody looks: a twelfth of the whole, within these.
const QUIET: (Duration, Duration) = (Duration::from_secs(8), Duration::from_secs(45));
/// Looks, one in a second.
const LOOKS: usize = 5;
/// What offenders do.
const OFFENCES: &[Offence] = &[
    Offence::SendsGarbage,
    Offence::FloodsFrames,
    Offence::AbortsHandshakes,
    Offence::AnnouncesATerabyte,
    Offence::CrashesInAFrame,
    Offence::FloodsTypingAndLooking,
];

pub(crate) async fn play(
    world: &mut World,
    length: Duration,
    plant: Option<Plant>,
    findings: &Findings,
    report: &mut Report,
) {
    report.seed = std::env::var("CHATIRE_TEST_SEED").ok();
    report.planted = plant.map(|plant| format!("{plant:?}"));
    let mut dice = Dice::new();
    let mut stage = Stage::sets(world).await;
    let (forger, direct) = (stage.world.forger(), stage.direct());
    let crowd = Crowd::gathers(&Client::new(stage.addresses()), &forger, &mut dice).await;
    let mut breaking = Breaking::new(&stage, dice.another());
    report.elders = breaking.elders(&mut stage);
    let life = Life::begins(crowd, &direct, length / 10, plant, findings, &mut dice).await;
    let offenders = offenders(&life, &stage, &forger, &mut dice).await;
    let progress = Progress::begins(life.looking(&stage.watched));
    let began = Instant::now();
    let at = |share: f64| began + length.mul_f64(share);
    let tells = |counts: &Counts| progress.now.lock().faults.clone_from(counts);

    progress.comes_to("breaking");
    breaking.goes_on(&mut stage, at(ALL_MAY_DIE), Mortality::All, tells).await;
    breaking.goes_on(&mut stage, at(FIRST_LOOK), Mortality::SomeLiveOn, tells).await;
    let before = looks(&stage, &life, &progress, length).await;

    progress.comes_to("breaking");
    let leak = match plant {
        Some(Plant::Leak) => Some(leaks(&direct, &forger, breaking.elder_gateway(), length.mul_f64(0.4)).await),
        _ => None,
    };
    breaking.goes_on(&mut stage, at(SECOND_LOOK), Mortality::SomeLiveOn, tells).await;
    let after = looks(&stage, &life, &progress, length).await;
    drop(leak);

    report.changes = levels::compare(&before, &after);
    for grown in report.changes.iter().flat_map(levels::Change::grown) {
        findings.add(grown);
    }
    for offender in offenders {
        report.offences += offender.ends().await;
    }
    progress.comes_to("comparing");
    report.clients = life.lost();
    report.faults = breaking.counts.clone();
    report.moments = progress.moments();
    let ends = life.ends(&mut dice).await;
    (report.events, report.messages, report.heard, report.traffic) =
        (ends.events, ends.messages, ends.heard, ends.traffic);
    report.moments = progress.moments();
    report.seconds = began.elapsed().as_secs();
}

/// Nothing breaks, then everybody goes home and nobody says anything, and after a while what each process holds is looked at.
async fn looks(stage: &Stage<'_>, life: &Life, progress: &Progress, length: Duration) -> Levels {
    let while_quiet = (length / 12).clamp(QUIET.0, QUIET.1);
    // A connection to the broker that is new has not used all of its buffers yet: they fill while people talk.
    progress.comes_to("calm");
    sleep(while_quiet).await;
    progress.comes_to("quiet");
    life.goes_home().await;
    sleep(while_quiet).await;
    let mut looks = Vec::new();
    for _ in 0..LOOKS {
        looks.push(stage.watched.levels().0);
        sleep(Duration::from_secs(1)).await;
    }
    life.goes_on();
    levels::least(&looks)
}

/// One at each gateway.
async fn offenders(life: &Life, stage: &Stage<'_>, forger: &Forger, dice: &mut Dice) -> Vec<Offender> {
    let mut offenders = Vec::new();
    for gateway in Gateway::ALL {
        let mut addresses = stage.addresses();
        let gateway = addresses.gateway(gateway).to_owned();
        // They know one gateway only.
        addresses.gateways.fill(gateway);
        let person = outlasting("mallory", &addresses, forger).await;
        let door = Handshake::with(&addresses, Gateway::First);
        let chat = life.a_chat();
        life.invites(&person).await;
        offenders.push(Offender::wanders(OFFENCES, person, chat, door, dice.another()));
    }
    offenders
}

async fn leaks(direct: &Addresses, forger: &Forger, gateway: Gateway, time: Duration) -> Leak {
    Leak::begins(outlasting("leak", direct, forger).await, gateway, time)
}

/// Somebody new, whose token is good for longer than any run.
async fn outlasting(stem: &str, addresses: &Addresses, forger: &Forger) -> Person {
    let person = Person::sign_up(Client::new(addresses.clone()), random_name(stem)).await;
    person.with_token(&forger.prolong(person.token(), LASTS))
}
