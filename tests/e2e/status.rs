//! `status` says that everything is well, or what is not.

use std::time::Duration;

use chatire_tests::{Gateway, PATIENCE, Part, Replica, World, cluster_only, eventually, standalone_only};

use crate::commands::backs_up;

/// After an outage of some seconds a process may wait this long before it tries again.
const HEALED_WITHIN: Duration = Duration::from_secs(40);

standalone_only! {
    async fn the_status_of_the_one_process_tells_whether_it_runs_and_when_it_was_backed_up(world: &mut World) {
        let (code, said) = eventually("it is well", PATIENCE, async || {
            let (code, said) = status(world, &[]).await;
            (code == 0).then_some((code, said))
        }).await;
        assert_eq!((code, said.matches("its schema is up to date").count()), (0, 2), "{said}");
        assert!(said.contains("chatire") && said.contains("well") && said.contains("none is known"), "{said}");
        let backups = world.folder().join("backups");
        let backup = backs_up(world, &backups).await;
        assert!(status(world, &[]).await.1.contains(&backup));
        world.kill(Part::Auth);
        let (code, said) = status(world, &[]).await;
        assert!(code == 1 && said.contains("does not run"), "{said}");
        // A database of a version that is still to come.
        let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')";
        world.fills_the_chat_database(newer);
        let (code, said) = status(world, &[]).await;
        assert!(code == 1 && said.contains("newer version"), "{said}");
    }
}

cluster_only! {
    in |plan| plan.with_own_broker(),
    async fn the_status_of_a_cluster_turns_red_with_any_of_its_parts(world: &mut World) {
        let parts: Vec<String> = world.parts().iter().map(|part| world.process(*part).internal().to_owned()).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let _socket = alice.connects(Gateway::First).await;
        alice.says("hello").in_chat(&chat).await;
        let said = turns(world, &parts, 0, "well", HEALED_WITHIN).await;
        for name in ["auth-service", "chat-api", "ws-gateway"] {
            assert!(said.contains(name), "{said}");
        }
        assert_eq!(said.matches("well").count(), parts.len(), "{said}");

        world.kill(Part::Gateway(Gateway::Second));
        turns(world, &parts, 1, "does not answer", PATIENCE).await;
        world.start_again(Part::Gateway(Gateway::Second)).await;
        turns(world, &parts, 0, "well", HEALED_WITHIN).await;

        world.takes_the_chat_database_away();
        turns(world, &parts, 1, "not ready: chat-api: the database", PATIENCE).await;
        world.gives_the_chat_database_back();
        turns(world, &parts, 0, "well", HEALED_WITHIN).await;

        world.kill_broker();
        for n in 0..5 {
            alice.over(Replica::ALL[n % 2]).says("without a broker").in_chat(&chat).await;
        }
        turns(world, &parts, 1, "the broker is away", HEALED_WITHIN).await;
        // What auth-service has to tell waits; it is noticed with that, and turns nobody away either.
        alice.client().patch("/auth/users/me/", serde_json::json!({"first_name": "Alice"})).await.expect(200);
        for part in world.parts() {
            let url = format!("http://{}/readyz", world.process(part).internal());
            eventually("it serves without a broker, and says so", HEALED_WITHIN, async || {
                let answer = reqwest::get(&url).await.expect("an answer");
                assert_eq!(answer.status(), 200, "{part:?}");
                answer.text().await.expect("text").contains("degraded\":").then_some(())
            })
            .await;
        }
        world.start_broker_again();
        turns(world, &parts, 0, "well", HEALED_WITHIN).await;
    }
}

/// Waits until `status` ends with this code and says this, and returns what it says then.
async fn turns(world: &mut World, parts: &[&str], code: i32, word: &str, within: Duration) -> String {
    let what = format!("status ends with {code} and says {word:?}");
    eventually(&what, within, async || {
        let (found, said) = status(world, parts).await;
        (found == code && said.contains(word)).then_some(said)
    })
    .await
}

async fn status(world: &mut World, parts: &[&str]) -> (i32, String) {
    let output = world.process(Part::Auth).operates(&[&["status"], parts].concat(), "").await;
    (output.status.code().unwrap_or_default(), String::from_utf8_lossy(&output.stdout).into_owned())
}
