//! Answering a message.

use chatire_tests::{Sent, both_ways};
use shared_proto::ErrorCode::MessageNotFound;
use shared_proto::event::Event;
use shared_proto::messages::Message;

use crate::pair::Pair;

both_ways! {
    async fn an_answer_names_what_it_answers_over_http_and_over_sockets(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let question = pair.alice.says("lunch?").in_chat(&pair.chat).await;
        let over_http = pair.bob.says("at noon").in_reply_to(&question).in_chat(&pair.chat).await;
        let over_socket = pair.far.says("or later").in_reply_to(&question).in_chat(&pair.chat).await;
        for answer in [over_http, over_socket] {
            let heard = pair.near.hears(&pair.chat, answer.seq).await;
            let Event::MessageCreated(message) = heard.event else { panic!("{heard:?}") };
            assert_eq!(message.reply_to, Some(question.id));
            assert_eq!(pair.alice.reads(&answer).await, message, "history tells the same");
        }
        assert_eq!(pair.alice.reads(&question).await.reply_to, None);
    }
}

both_ways! {
    async fn what_is_answered_in_a_page_and_does_not_stand_in_it_comes_along(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, bob, chat, .. } = &pair;
        let first = alice.says("first question").in_chat(chat).await;
        let second = alice.says("second question").in_chat(chat).await;
        let third = alice.says("third question").in_chat(chat).await;
        for question in [&first, &first, &second] {
            bob.says("an answer").in_reply_to(question).in_chat(chat).await;
        }
        let last = bob.says("an answer to an answer").in_reply_to(&third).in_chat(chat).await;
        alice.reacts("👍", &first).await;
        let answered = async |query: &str| -> Vec<Message> {
            let mut answered = bob.history_by(chat, query).await.answered;
            answered.sort_by_key(|message| message.seq);
            answered
        };

        assert_eq!(answered("limit=100").await, [], "all stand in the page");
        assert_eq!(answered("limit=1").await, [bob.reads(&third).await]);
        let both = [bob.reads(&first).await, bob.reads(&second).await];
        assert_eq!(answered("limit=5").await, both, "each once, as it is in history");
        assert_eq!(answered("limit=6").await, both[..1]);
        assert_eq!(answered(&format!("after={}&limit=2", third.seq)).await, both[..1]);
        assert_eq!(answered(&format!("around={}&limit=1", last.seq)).await, [bob.reads(&third).await]);
        assert_eq!(answered(&format!("before={}", third.seq)).await, [], "answers are not answered ones");

        alice.edits(&first, "a better question").await;
        alice.deletes(&second).await;
        let now = answered("limit=5").await;
        let texts: Vec<_> = now.iter().map(|m| (m.id, m.text())).collect();
        assert_eq!(texts, [(first.id, Some("a better question")), (second.id, None)]);
        assert!(now[1].deleted_at.is_some(), "{now:?}");
    }
}

both_ways! {
    async fn only_a_message_of_the_same_chat_can_be_answered(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let elsewhere = pair.alice.starts_a_chat().await;
        let foreign = pair.alice.says("elsewhere").in_chat(&elsewhere).await;
        let before = pair.position().await;
        let nothing = Sent { id: shared_proto::MessageId(foreign.id.0 + 1_000), ..foreign.clone() };
        for strange in [&foreign, &nothing] {
            let answer = pair.alice.says("an answer").in_reply_to(strange).answer_in(&pair.chat).await;
            answer.refused(404, MessageNotFound);
            let refused = pair.near.says("an answer").in_reply_to(strange).outcome_in(&pair.chat).await.unwrap_err();
            assert_eq!(refused.code, MessageNotFound);
        }
        assert_eq!(pair.position().await, before);
    }
}
