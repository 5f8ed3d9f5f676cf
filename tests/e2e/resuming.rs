//! Coming back: exactly what was missed, in order, once.

use chatire_tests::{Chat, Gateway, PATIENCE, Person, Replica, assert_gapless, both_ways, eventually};
use shared_proto::Seq;

both_ways! {
    async fn coming_back_over_the_other_gateway_brings_exactly_what_was_missed(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let chat = alice.starts_a_chat().await;
        bob.joins(&chat).await;
        let socket = bob.connects(Gateway::First).await;
        let last = alice.says("before").in_chat(&chat).await.seq;
        socket.hears(&chat, last).await;
        socket.breaks_off();

        let end = says_many(&alice, &chat, 50).await;
        let socket = bob.connects_after(Gateway::Second, &[(&chat, last.0)]).await;
        socket.hears(&chat, end).await;
        assert_gapless(&socket.events_of(&chat), last.0 + 1..=end.0);

        let live = alice.says("and live").in_chat(&chat).await.seq;
        socket.hears(&chat, live).await;
        assert_gapless(&socket.events_of(&chat), last.0 + 1..=live.0);
        assert_eq!(socket.events_of(&chat), bob.events(&chat, last.0).await, "as the sync endpoint tells it");
    }
}

both_ways! {
    async fn coming_back_while_people_talk_loses_and_doubles_nothing(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let chat = alice.starts_a_chat().await;
        bob.joins(&chat).await;
        let start = bob.position(&chat).await;
        let talk = {
            let (alice, chat) = (alice.clone(), chat.clone());
            tokio::spawn(async move { says_many(&alice, &chat, 60).await })
        };
        let mut heard = Vec::new();
        let mut gateways = Gateway::ALL.iter().cycle();
        while !talk.is_finished() {
            let last = heard.last().map_or(start, |event: &shared_proto::event::EventFrame| event.seq.0);
            let gateway = *gateways.next().expect("endless");
            let socket = bob.connects_after(gateway, &[(&chat, last)]).await;
            // The last message may come before its sender is answered: no frame says that the talk has ended.
            tokio::select! {
                () = socket.until("something new", |seen| (seen.events_of(&chat).len() >= 3).then_some(())) => {}
                () = eventually("the end of the talk", PATIENCE, async || talk.is_finished().then_some(())) => {}
            }
            heard.extend(socket.events_of(&chat));
        }
        let end = talk.await.expect("the talk ends well");
        let last = heard.last().map_or(start, |event| event.seq.0);
        let socket = bob.connects_after(Gateway::First, &[(&chat, last)]).await;
        if last < end.0 {
            socket.hears(&chat, end).await;
            heard.extend(socket.events_of(&chat));
        }
        assert_gapless(&heard, start + 1..=end.0);
    }
}

both_ways! {
    async fn what_is_heard_goes_on_right_after_the_position_in_ready(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let chat = alice.starts_a_chat().await;
        bob.joins(&chat).await;
        let talk = {
            let (alice, chat) = (alice.clone(), chat.clone());
            tokio::spawn(async move { says_many(&alice, &chat, 80).await })
        };
        let mut sockets = Vec::new();
        while !talk.is_finished() {
            let socket = bob.connects(Gateway::ALL[sockets.len() % 2]).await;
            let ready = socket.is_ready().await;
            sockets.push((ready["chats"][0]["seq"].as_i64().expect("a position"), socket));
        }
        let end = talk.await.expect("the talk ends well");
        assert!(sockets.len() > 3, "nobody came in between");
        for (position, socket) in &sockets {
            if *position < end.0 {
                socket.hears(&chat, end).await;
            }
            assert_gapless(&socket.events_of(&chat), position + 1..=end.0);
        }
    }
}

both_ways! {
    async fn coming_back_with_nothing_brings_everything(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let (chat, other) = (alice.starts_a_chat().await, alice.starts_a_chat().await);
        let end = says_many(&alice, &chat, 7).await;
        let elsewhere = says_many(&alice, &other, 2).await;
        let socket = alice.connects_after(Gateway::Second, &[(&chat, 0), (&other, elsewhere.0 - 1)]).await;
        socket.hears(&chat, end).await;
        socket.hears(&other, elsewhere).await;
        assert_gapless(&socket.events_of(&chat), 1..=end.0);
        assert_gapless(&socket.events_of(&other), elsewhere.0..=elsewhere.0);
    }
}

both_ways! {
    async fn a_position_from_the_future_or_no_position_at_all_is_answered_by_reset_and_then_live(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let position = says_many(&alice, &chat, 2).await;
        let mut sockets = Vec::new();
        for strange in [position.0 + 1_000, i64::MAX, -1, i64::MIN] {
            let socket = alice.connects_after(Gateway::First, &[(&chat, strange)]).await;
            let reset = socket.until("reset", |seen| {
                seen.frames.iter().find(|frame| frame.kind() == "reset").map(|frame| frame.json.clone())
            }).await;
            assert_eq!(reset["chat"], chat.uri.as_str());
            assert_eq!(reset["seq"], position.0);
            sockets.push(socket);
        }
        let live = alice.over(Replica::Second).says("live").in_chat(&chat).await.seq;
        for socket in sockets {
            socket.hears(&chat, live).await;
            assert_gapless(&socket.events_of(&chat), live.0..=live.0);
        }
    }
}

both_ways! {
    async fn a_chat_joined_or_started_while_connected_is_heard_on_all_sockets(world: &mut World) {
        let (alice, carol) = (world.signs_up("alice").await, world.signs_up("carol").await);
        let sockets = [carol.connects(Gateway::First).await, carol.connects(Gateway::Second).await];
        let (invited, by_link) = (alice.starts_a_chat().await, alice.starts_a_chat().await);
        alice.says("before Carol").in_chat(&invited).await;
        alice.invites(&carol, &invited).await;
        carol.over(Replica::Second).joins(&by_link).await;
        let own = carol.starts_a_chat().await;

        for chat in [&invited, &by_link, &own] {
            let speaker = if chat == &own { &carol } else { &alice };
            let sent = speaker.says("can you hear me?").in_chat(chat).await;
            for socket in &sockets {
                socket.hears(chat, sent.seq).await;
                let events = socket.events_of(chat);
                assert_gapless(&events, events[0].seq.0..=sent.seq.0);
                assert!(events[0].seq.0 >= sent.seq.0 - 1, "nothing from before one was there: {events:?}");
            }
        }
    }
}

both_ways! {
    async fn coming_back_to_more_than_a_socket_may_have_waiting_brings_all_of_it(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let start = alice.position(&chat).await;
        // 2.4 MB; a socket's queue holds 1 MiB unless set otherwise.
        let text = "👩".repeat(4_000);
        let mut end = Seq::START;
        for _ in 0..150 {
            end = alice.says(&text).in_chat(&chat).await.seq;
        }
        let socket = alice.connects_after(Gateway::First, &[(&chat, start)]).await;
        socket.hears(&chat, end).await;
        assert_gapless(&socket.events_of(&chat), start + 1..=end.0);
    }
}

both_ways! {
    async fn coming_back_after_a_long_time_brings_a_thousand_messages_in_order(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let start = alice.position(&chat).await;
        let mut talk = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let (alice, chat) = (alice.clone(), chat.clone());
            talk.spawn(async move { says_many(&alice, &chat, 110).await });
        }
        let end = talk.join_all().await.into_iter().max().expect("ten of them");
        let sockets = [
            alice.connects_after(Gateway::First, &[(&chat, start)]).await,
            alice.connects_after(Gateway::Second, &[(&chat, start + 300)]).await,
        ];
        let live = alice.says("live again").in_chat(&chat).await.seq;
        assert_eq!((end.0, live.0), (start + 1_100, start + 1_101));
        for (socket, first) in sockets.iter().zip([start + 1, start + 301]) {
            socket.hears(&chat, live).await;
            assert_gapless(&socket.events_of(&chat), first..=live.0);
        }
    }
}

/// Says things one after the other; the position of the last.
async fn says_many(speaker: &Person, chat: &Chat, count: usize) -> Seq {
    let mut last = Seq::START;
    for n in 0..count {
        last = speaker.over(Replica::ALL[n % 2]).says(&format!("thing {n}")).in_chat(chat).await.seq;
    }
    last
}
