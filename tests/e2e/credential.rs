//! The internal credential is changed while everything runs.

use chatire_tests::{Chat, Gateway, Part, Person, Replica, World, cluster_only};

const NEXT: &str = "the-credential-of-tomorrow";

cluster_only! {
    async fn the_internal_credential_is_changed_one_process_after_the_other_and_nothing_is_refused(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let before = world.process(Part::Auth).setting("INTERNAL__CREDENTIAL");
        for credential in [format!("{before},{NEXT}"), format!("{NEXT},{before}"), NEXT.to_owned()] {
            for part in world.parts() {
                world.process(part).set("INTERNAL__CREDENTIAL", &*credential);
                world.terminate(part).await;
                world.start_again(part).await;
                all_understand_each_other(world, &alice, &chat).await;
            }
        }
        for part in [Part::Auth, Part::Api(Replica::First), Part::Api(Replica::Second)] {
            let listener = world.process(part).internal().to_owned();
            let good = if part == Part::Auth { 404 } else { 200 };
            for (credential, status) in [(&*before, 401), (NEXT, good)] {
                assert_eq!(asks_for_nobody(part, &listener, credential).await, status, "{part:?} with {credential}");
            }
        }
    }
}

/// Each gateway asks each chat-api, and each of these auth-service.
async fn all_understand_each_other(world: &World, alice: &Person, chat: &Chat) {
    for gateway in Gateway::ALL {
        let socket = alice.connects(gateway).await;
        // In turn.
        for _ in 0..4 {
            socket.says("anybody?").in_chat(chat).await;
        }
    }
    for replica in Replica::ALL {
        let stranger = world.signs_up("stranger").await;
        alice.over(replica).adds(stranger.name(), chat).await.expect(200);
    }
}

/// The status with which a question about something that there is not is answered.
async fn asks_for_nobody(part: Part, listener: &str, credential: &str) -> u16 {
    let client = reqwest::Client::builder().no_proxy().build().expect("no TLS");
    let request = match part {
        Part::Auth => client.get(format!("http://{listener}/internal/users/?username=nobody_at_all")),
        _ => client.post(format!("http://{listener}/internal/users/chats/")).json(&serde_json::json!({"users": []})),
    };
    request.bearer_auth(credential).send().await.expect("it answers").status().as_u16()
}
