//! Whoever is out of a chat hears and says nothing in it any more, and nobody else notices.

use chatire_tests::{Chat, Gateway, Person, Replica, Sent, Socket, World, assert_gapless, both_ways};
use shared_proto::ErrorCode::{ChatNotFound, NotAMember};
use shared_proto::Seq;
use shared_proto::event::{Event, EventFrame};

/// How somebody may lose a chat.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Loss {
    Removed,
    Banned,
    Left,
    Deleted,
}

impl Loss {
    const ALL: [Loss; 4] = [Loss::Removed, Loss::Banned, Loss::Left, Loss::Deleted];
    /// After which the chat goes on without them.
    const ONE_GOES: [Loss; 3] = [Loss::Removed, Loss::Banned, Loss::Left];

    /// Makes it happen; its event.
    async fn befalls(self, bob: &Person, owner: &Person, chat: &Chat) -> Event {
        let (user, by) = (bob.seen_by_others(), owner.seen_by_others());
        match self {
            Loss::Removed => owner.removes(bob, chat).await,
            Loss::Banned => drop(owner.bans(bob, chat).await),
            Loss::Left => bob.leaves(chat).await,
            Loss::Deleted => owner.deletes_chat(chat).await,
        }
        match self {
            Loss::Removed => Event::MemberRemoved { user, by, banned: false },
            Loss::Banned => Event::MemberRemoved { user, by, banned: true },
            Loss::Left => Event::MemberLeft { user },
            Loss::Deleted => Event::ChatDeleted { by },
        }
    }
}

/// Alice's chat with Bob and Carol in it; each of the two listens on both gateways.
struct Three {
    alice: Person,
    bob: Person,
    carol: Person,
    chat: Chat,
    /// Of all three too: what is said here comes to Bob in any case.
    other: Chat,
    bobs: [Socket; 2],
    carols: [Socket; 2],
    /// From where on they listen.
    start: i64,
}

impl Three {
    async fn in_a_chat(world: &World) -> Self {
        let (alice, bob, carol) =
            (world.signs_up("alice").await, world.signs_up("bob").await, world.signs_up("carol").await);
        let (chat, other) = (alice.starts_a_chat().await, alice.starts_a_chat().await);
        for person in [&bob, &carol] {
            person.joins(&chat).await;
            person.joins(&other).await;
        }
        let bobs = [bob.connects(Gateway::First).await, bob.connects(Gateway::Second).await];
        let carols = [carol.connects(Gateway::First).await, carol.connects(Gateway::Second).await];
        let start = alice.position(&chat).await;
        Self { alice, bob, carol, chat, other, bobs, carols, start }
    }

    /// Carol has heard this in the chat, and both have heard what was said elsewhere after it: what would come to Bob
    /// has come.
    async fn have_heard(&self, seq: Seq) {
        for socket in &self.carols {
            socket.hears(&self.chat, seq).await;
        }
        let marker = self.alice.says("elsewhere").in_chat(&self.other).await;
        for socket in self.bobs.iter().chain(&self.carols) {
            socket.hears(&self.other, marker.seq).await;
            socket.pings().await;
        }
    }
}

both_ways! {
    async fn the_loss_is_the_last_thing_one_hears_of_the_chat(world: &mut World) {
        for loss in Loss::ALL {
            let three = Three::in_a_chat(world).await;
            let Three { alice, bob, chat, start, .. } = &three;
            alice.says("before").in_chat(chat).await;
            let expected = loss.befalls(bob, alice, chat).await;
            let lost = start + 2;
            for socket in &three.bobs {
                assert_eq!(socket.hears(chat, Seq(lost)).await.event, expected, "{loss:?}");
            }
            let mut end = lost;
            if loss != Loss::Deleted {
                for replica in Replica::ALL {
                    end = alice.over(replica).says("after").in_chat(chat).await.seq.0;
                }
                alice.renames(chat, Some("Without Bob")).await;
                end += 1;
            }
            three.have_heard(Seq(end)).await;
            for socket in &three.bobs {
                assert_gapless(&socket.events_of(chat), start + 1..=lost);
                let of_the_chat = socket.seen().frames.into_iter().rfind(|f| f.text.contains(chat.uri.as_str()));
                assert_eq!(of_the_chat.expect("a frame").json["seq"], lost, "{loss:?}: nothing else comes either");
            }
            for socket in &three.carols {
                assert_gapless(&socket.events_of(chat), start + 1..=end);
            }
        }
    }
}

both_ways! {
    async fn who_loses_one_chat_while_being_invited_to_another_hears_of_both(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let sockets = [bob.connects(Gateway::First).await, bob.connects(Gateway::Second).await];
        for n in 0..12 {
            let (old, new) = (alice.starts_a_chat().await, alice.starts_a_chat().await);
            bob.joins(&old).await;
            for socket in &sockets {
                socket.hears(&old, Seq(2)).await;
            }
            let loss = Loss::ALL[n % 4];
            let other = alice.over(Replica::Second);
            let (expected, _) = tokio::join!(loss.befalls(&bob, &alice, &old), other.invites(&bob, &new));
            for socket in &sockets {
                assert_eq!(socket.hears(&old, Seq(3)).await.event, expected, "{loss:?}");
                socket.hears(&new, Seq(2)).await;
                assert_eq!(socket.seen().count("reset"), 0, "{loss:?}: there was nothing to load again");
            }
        }
    }
}

both_ways! {
    async fn whoever_is_out_may_not_say_anything(world: &mut World) {
        for loss in Loss::ALL {
            let three = Three::in_a_chat(world).await;
            let Three { alice, bob, carol, chat, start, .. } = &three;
            let code = if loss == Loss::Deleted { ChatNotFound } else { NotAMember };
            loss.befalls(bob, alice, chat).await;
            // At once, whether the gateway has heard of it or not.
            for socket in &three.bobs {
                let refused = socket.says("still here").outcome_in(chat).await.unwrap_err();
                assert!([NotAMember, code].contains(&refused.code), "{loss:?}: {refused:?}");
            }
            for replica in Replica::ALL {
                let answer = bob.over(replica).says("still here").answer_in(chat).await;
                answer.refused(if loss == Loss::Deleted { 404 } else { 403 }, code);
            }
            if loss != Loss::Deleted {
                assert_eq!(carol.position(chat).await, start + 1, "{loss:?}: nothing was said");
                assert_eq!(carol.history(chat).await, []);
            }
            // Elsewhere one talks on.
            three.bobs[0].says("here I may").in_chat(&three.other).await;
        }
    }
}

both_ways! {
    async fn after_coming_back_one_hears_on_from_there(world: &mut World) {
        for loss in Loss::ONE_GOES {
            let three = Three::in_a_chat(world).await;
            let Three { alice, bob, chat, start, .. } = &three;
            loss.befalls(bob, alice, chat).await;
            let lost = start + 1;
            let missed = alice.says("meanwhile").in_chat(chat).await.seq;
            three.have_heard(missed).await;
            if loss == Loss::Banned {
                alice.unbans(bob, chat).await;
            }
            if loss == Loss::Removed {
                alice.over(Replica::Second).invites(bob, chat).await;
            } else {
                bob.over(Replica::Second).joins(chat).await;
            }
            let back = missed.0 + 1;
            let said = three.bobs[0].says("I'm back").in_chat(chat).await;
            let end = alice.says("welcome").in_chat(chat).await.seq;
            assert_eq!((said.seq.0, end.0), (back + 1, back + 2), "{loss:?}");
            three.have_heard(end).await;
            for socket in &three.bobs {
                socket.hears(chat, end).await;
                let (before, after): (Vec<EventFrame>, Vec<EventFrame>) =
                    socket.events_of(chat).into_iter().partition(|event| event.seq.0 <= lost);
                assert_gapless(&before, lost..=lost);
                assert_gapless(&after, back..=end.0);
                let joined = |event: &Event| matches!(event, Event::MemberJoined { user, .. } if user.id == bob.id());
                assert!(joined(&after[0].event), "{after:?}");
            }
            for socket in &three.carols {
                assert_gapless(&socket.events_of(chat), start + 1..=end.0);
            }
        }
    }
}

both_ways! {
    async fn going_and_coming_back_again_and_again_ends_in_the_chat(world: &mut World) {
        let three = Three::in_a_chat(world).await;
        let Three { alice, bob, chat, start, .. } = &three;
        for n in 0..6 {
            let loss = Loss::ONE_GOES[n % 3];
            loss.befalls(bob, &alice.over(Replica::ALL[n % 2]), chat).await;
            if loss == Loss::Banned {
                alice.unbans(bob, chat).await;
            }
            bob.over(Replica::ALL[n / 2 % 2]).joins(chat).await;
        }
        let end = alice.says("and stays").in_chat(chat).await.seq;
        assert_eq!(end.0, start + 13);
        three.have_heard(end).await;
        let live = alice.says("live").in_chat(chat).await.seq;
        for socket in &three.bobs {
            socket.hears(chat, live).await;
            is_a_story_of_stays(socket, bob, chat);
        }
        for socket in &three.carols {
            socket.hears(chat, live).await;
            assert_gapless(&socket.events_of(chat), start + 1..=live.0);
        }
    }
}

/// What somebody hears who goes and comes back: each stay from its beginning to its end. A stay that was over before the
/// gateway knew of it is no loss; and who is told to load the chat will see what has become of it.
fn is_a_story_of_stays(socket: &Socket, who: &Person, chat: &Chat) {
    let mut heard: Option<EventFrame> = None;
    let mut is_out = false;
    for frame in socket.seen().frames.iter().filter(|frame| frame.text.contains(chat.uri.as_str())) {
        is_out |= frame.kind() == "reset";
        let Some(event) = frame.event_of(chat) else { continue };
        if let Some(before) = heard {
            let comes_back = matches!(&event.event, Event::MemberJoined { user, .. } if user.id == who.id());
            let follows = if is_out { event.seq > before.seq && comes_back } else { event.seq == before.seq.next() };
            assert!(follows, "{event:?} after {before:?}");
        }
        is_out = match &event.event {
            Event::MemberLeft { user } | Event::MemberRemoved { user, .. } => user.id == who.id(),
            _ => false,
        };
        heard = Some(event);
    }
}

both_ways! {
    async fn to_resume_from_before_the_loss_brings_nothing_after_it(world: &mut World) {
        for loss in Loss::ALL {
            let three = Three::in_a_chat(world).await;
            let Three { alice, bob, chat, start, .. } = &three;
            alice.says("before").in_chat(chat).await;
            loss.befalls(bob, alice, chat).await;
            let lost = start + 2;
            let mut after = Seq(lost);
            if loss != Loss::Deleted {
                after = alice.says("the secret after").in_chat(chat).await.seq;
            }
            let mut sockets = Vec::new();
            for gateway in Gateway::ALL {
                for from in [0, *start, start + 1, lost, after.0, i64::MAX] {
                    sockets.push(bob.connects_after(gateway, &[(chat, from)]).await);
                }
            }
            if loss != Loss::Deleted {
                after = alice.says("the secret live").in_chat(chat).await.seq;
            }
            three.have_heard(after).await;
            let marker = alice.says("elsewhere").in_chat(&three.other).await;
            for socket in sockets {
                socket.hears(&three.other, marker.seq).await;
                socket.pings().await;
                let events = socket.events_of(chat);
                assert!(events.iter().all(|event| event.seq.0 <= lost), "{loss:?}: {events:?}");
                for frame in socket.seen().frames {
                    assert!(!frame.text.contains("the secret"), "{loss:?}: {}", frame.text);
                }
                let ready = socket.is_ready().await;
                assert!(!ready.to_string().contains(chat.uri.as_str()), "{loss:?}: {ready}");
            }
        }
    }
}

both_ways! {
    async fn in_the_middle_of_a_talk_nobody_else_misses_anything(world: &mut World) {
        for loss in Loss::ONE_GOES {
            let three = Three::in_a_chat(world).await;
            let Three { alice, bob, carol, chat, start, .. } = &three;
            let mut talk = tokio::task::JoinSet::new();
            for (n, person) in [alice, carol, alice, carol].into_iter().enumerate() {
                let (person, chat) = (person.over(Replica::ALL[n / 2]), chat.clone());
                talk.spawn(async move {
                    for m in 0..25 {
                        person.says(&format!("{n} says {m}")).in_chat(&chat).await;
                    }
                });
            }
            for socket in &three.bobs {
                socket.until("some talk", |seen| (seen.events_of(chat).len() >= 10).then_some(())).await;
            }
            let expected = loss.befalls(bob, alice, chat).await;
            talk.join_all().await;

            let end = start + 101;
            assert_eq!(alice.position(chat).await, end);
            three.have_heard(Seq(end)).await;
            let events = alice.events(chat, *start).await;
            let lost = events.iter().find(|event| event.event == expected).expect("it is there").seq.0;
            for socket in &three.bobs {
                assert_gapless(&socket.events_of(chat), start + 1..=lost);
            }
            for socket in &three.carols {
                assert_eq!(socket.events_of(chat), events, "{loss:?}");
            }
        }
    }
}

both_ways! {
    async fn what_one_says_while_being_removed_is_said_before_or_not_at_all(world: &mut World) {
        for loss in Loss::ONE_GOES {
            let three = Three::in_a_chat(world).await;
            let Three { alice, bob, chat, start, .. } = &three;
            let expected = {
                for n in 0..60 {
                    three.bobs[n % 2].says("quickly").as_client_id(&format!("q-{n}")).without_waiting_in(chat).await;
                }
                loss.befalls(bob, alice, chat).await
            };
            for n in 60..70 {
                three.bobs[n % 2].says("quickly").as_client_id(&format!("q-{n}")).without_waiting_in(chat).await;
            }
            let mut said: Vec<Sent> = Vec::new();
            for n in 0..70 {
                match three.bobs[n % 2].outcome_of(&format!("q-{n}")).await {
                    Ok(sent) => said.push(sent),
                    Err(refused) => assert_eq!(refused.code, NotAMember),
                }
                assert!(n < 60 || said.iter().all(|sent| sent.client_id != format!("q-{n}")), "{n} was after the loss");
            }
            let events = alice.events(chat, *start).await;
            let lost = events.iter().find(|event| event.event == expected).expect("it is there").seq.0;
            assert_eq!(events.last().map(|event| event.seq.0), Some(lost), "{loss:?}: nothing comes after it");
            assert_eq!(said.len() as i64, lost - start - 1, "{loss:?}: what was acknowledged was said, no more");
            three.have_heard(Seq(lost)).await;
            for socket in &three.bobs {
                assert_gapless(&socket.events_of(chat), start + 1..=lost);
            }
        }
    }
}
