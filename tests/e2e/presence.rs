//! Who is online, across gateways.

use chatire_tests::{Gateway, Part, both_ways, cluster_only};

both_ways! {
    async fn whoever_looks_sees_who_comes_and_goes(world: &mut World) {
        let (alice, bob, carol, eve) = (
            world.signs_up("alice").await,
            world.signs_up("bob").await,
            world.signs_up("carol").await,
            world.signs_up("eve").await,
        );
        let chat = alice.starts_a_chat().await;
        bob.joins(&chat).await;
        let hers = alice.connects(Gateway::First).await;
        let _not_a_member = eve.connects(Gateway::First).await;
        hers.looks_at(&chat).await;
        hers.sees_online(&[&alice], &chat).await;

        let (phone, laptop) = (bob.connects(Gateway::Second).await, bob.connects(Gateway::First).await);
        hers.sees_online(&[&alice, &bob], &chat).await;
        phone.says_goodbye().await;
        // One who is online already when joining.
        let of_carol = carol.connects(Gateway::Second).await;
        carol.joins(&chat).await;
        hers.sees_online(&[&alice, &bob, &carol], &chat).await;
        laptop.says_goodbye().await;
        hers.sees_online(&[&alice, &carol], &chat).await;
        // Who begins to look later is told the same.
        of_carol.looks_at(&chat).await;
        of_carol.sees_online(&[&alice, &carol], &chat).await;
    }
}

both_ways! {
    async fn a_reconnect_shows_nothing(world: &mut World) {
        let (alice, bob, marker) =
            (world.signs_up("alice").await, world.signs_up("bob").await, world.signs_up("marker").await);
        let chat = alice.starts_a_chat().await;
        bob.joins(&chat).await;
        marker.joins(&chat).await;
        let hers = alice.connects(Gateway::First).await;
        hers.looks_at(&chat).await;
        let his = bob.connects(Gateway::Second).await;
        hers.sees_online(&[&alice, &bob], &chat).await;
        for gateway in [Gateway::First, Gateway::Second, Gateway::First] {
            let gone = bob.connects(gateway).await;
            gone.breaks_off();
        }
        his.breaks_off();
        let _again = bob.connects(Gateway::First).await;
        // Somebody who goes after him is seen to go: so would he have been.
        let goes = marker.connects(Gateway::Second).await;
        hers.sees_online(&[&alice, &bob, &marker], &chat).await;
        goes.breaks_off();
        hers.sees_online(&[&alice, &bob], &chat).await;
        let seen = hers.seen();
        let told_offline = seen.frames.iter().filter(|frame| frame.kind() == "presence");
        let offline: Vec<_> = told_offline.flat_map(|frame| frame.json["offline"].as_array().cloned()).flatten().collect();
        assert_eq!(offline, [serde_json::json!(marker.id())], "only one has gone");
    }
}

cluster_only! {
    async fn the_users_of_a_gateway_that_died_go_offline_and_those_who_moved_stay(world: &mut World) {
        let (alice, bob, carol) =
            (world.signs_up("alice").await, world.signs_up("bob").await, world.signs_up("carol").await);
        let chat = alice.starts_a_chat().await;
        bob.joins(&chat).await;
        carol.joins(&chat).await;
        let hers = alice.connects(Gateway::First).await;
        hers.looks_at(&chat).await;
        let (_his, _of_carol) = (bob.connects(Gateway::Second).await, carol.connects(Gateway::Second).await);
        hers.sees_online(&[&alice, &bob, &carol], &chat).await;
        world.kill(Part::Gateway(Gateway::Second));
        let _moved = carol.connects(Gateway::First).await;
        hers.sees_online(&[&alice, &carol], &chat).await;
        let seen = hers.seen();
        let said_offline = seen.frames.iter().any(|frame| {
            frame.kind() == "presence" && frame.json["offline"].as_array().is_some_and(|ids| ids.contains(&serde_json::json!(carol.id())))
        });
        assert!(!said_offline, "she has moved to the other one");
    }
}
