//! `PATCH /auth/users/me/`: other names, another e-mail address.

use actix_web::{HttpResponse, web};
use service_kit::db::Conn;
use service_kit::extract::Body;
use service_kit::{Error, Result, clock};
use shared_proto::auth::ChangeMe;
use shared_proto::bus::Control;
use shared_proto::{ErrorCode, PersonName, UserId};

use super::store::{self, Account};
use crate::audit::{self, Deed};
use crate::outbox::{Outbox, Parcel};
use crate::passwords;
use crate::sessions::SignedIn;
use crate::state::State;

/// Answers as `GET` does. What is so already is not written again, and told to nobody. Another address needs the password:
/// whoever reads mails to it can set a new one.
pub(crate) async fn change(
    state: web::Data<State>,
    me: SignedIn,
    Body(wanted): Body<ChangeMe>,
) -> Result<HttpResponse> {
    if wanted.email.as_ref().is_some_and(|email| *email != me.account.email) {
        passwords::confirm(&state, &me, wanted.current_password.as_ref()).await?;
    }
    let (user, outbox) = (me.account.id, state.outbox.clone());
    let (account, news) = state.db.write(move |conn| apply(conn, &outbox, user, &wanted)).await?;
    if account.email != me.account.email {
        audit::note(Deed::EmailChanged, Some(user), Some(&me.session), &me.client);
    }
    state.outbox.send(news).await;
    Ok(HttpResponse::Ok().json(account.for_oneself()))
}

/// Changes the account and keeps the news, in one transaction. Only names are news: the e-mail address is nobody's
/// business.
fn apply(conn: &mut Conn, outbox: &Outbox, user: UserId, wanted: &ChangeMe) -> Result<(Account, Parcel)> {
    let (before, after, news) = conn.transaction(|conn| {
        // Locked before it is compared: of two changes at once, the second one sees what the first one made.
        let gone = || Error::refused(ErrorCode::UserNotFound, "This account does not exist any more.");
        let before = store::lock(conn, user)?.ok_or_else(gone)?;
        let after = applied(wanted, before.clone());
        if after.email != before.email {
            store::set_email(conn, &after)?;
        }
        let mut news = Vec::new();
        if !after.has_names_of(&before) {
            store::set_names(conn, &after, clock::now())?;
            news.push(Control::UserChanged { user });
        }
        let news = outbox.keep(conn, news)?;
        Ok::<_, Error>((before, after, news))
    })?;
    let (names, email) = (!after.has_names_of(&before), after.email != before.email);
    if names || email {
        tracing::info!(%user, names, email, "account changed");
    }
    Ok((after, news))
}

/// The account as it is to be.
fn applied(wanted: &ChangeMe, account: Account) -> Account {
    let or = |wanted: &Option<PersonName>, had: String| wanted.as_ref().map_or(had, |n| n.as_str().to_owned());
    Account {
        first_name: or(&wanted.first_name, account.first_name),
        last_name: or(&wanted.last_name, account.last_name),
        email: wanted.email.clone().unwrap_or(account.email),
        ..account
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::{Method, StatusCode};
    use actix_web::test::TestRequest;
    use diesel::prelude::*;
    use futures_util::future::join;
    use rstest::rstest;
    use serde_json::{Value, json};
    use service_kit::bus::{Bus, Delivery, Interest, Message};
    use service_kit::each_backend;
    use shared_proto::auth::Secret;

    use super::*;
    use crate::schema::{outbox, users};
    use crate::testing::{Answer, Installation, PASSWORD, Visitor};

    /// An installation where somebody has signed in.
    async fn with_alice() -> (Installation, Visitor) {
        let home = Installation::new().await;
        home.sign_up("alice").await;
        let alice = home.sign_in("alice").await;
        (home, alice)
    }

    fn patch() -> TestRequest {
        TestRequest::default().method(Method::PATCH).uri("/auth/users/me/")
    }

    async fn changes(home: &Installation, visitor: &Visitor, mut body: Value) -> Answer {
        if body.get("email").is_some() {
            body["current_password"] = json!(PASSWORD);
        }
        home.answer(visitor.asks(patch().set_json(body))).await
    }

    async fn me(home: &Installation, visitor: &Visitor) -> Value {
        home.answer(visitor.asks(TestRequest::get().uri("/auth/users/me/"))).await.body
    }

    /// When the only user's names changed.
    async fn changed_at(home: &Installation) -> i64 {
        let asked = home
            .state
            .db
            .read(|conn| Ok(each_backend!(conn, c => users::table.select(users::changed_at).first::<i64>(c))?));
        asked.await.unwrap()
    }

    #[actix_web::test]
    async fn what_is_given_changes_and_what_is_left_out_stays() {
        let (home, alice) = with_alice().await;
        let body = json!({"first_name": " Alice ", "last_name": "Lefe\u{300}vre", "email": "alice@example.org"});
        let answer = changes(&home, &alice, body).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.body["first_name"], "Alice");
        assert_eq!(answer.body["last_name"], "Lefèvre");
        assert_eq!(answer.body["email"], "alice@example.org");
        assert_eq!(answer.body, me(&home, &alice).await);

        let answer = changes(&home, &alice, json!({"last_name": "", "first_name": null})).await;
        assert_eq!((&answer.body["first_name"], &answer.body["last_name"]), (&json!("Alice"), &json!("")));
        assert_eq!(changes(&home, &alice, json!({"email": ""})).await.body["email"], "");
        let form = patch().insert_header(("content-type", "application/x-www-form-urlencoded"));
        let answer = home.answer(alice.asks(form.set_payload("last_name=L%C3%A9on"))).await;
        assert_eq!((&answer.body["first_name"], &answer.body["last_name"]), (&json!("Alice"), &json!("Léon")));
        assert_eq!(answer.body, me(&home, &alice).await);
    }

    #[actix_web::test]
    async fn gateways_hear_of_names_but_not_of_the_address_or_of_what_was_so_before() {
        let (home, alice) = with_alice().await;
        let mut gateway = home.bus.subscribe(Interest::Control);
        assert_eq!(gateway.next().await, Some(Delivery::Gap));
        // None of these is told: the first message is about the last one.
        for silent in [json!({}), json!({"first_name": " "}), json!({"email": "alice@example.org"})] {
            assert_eq!(changes(&home, &alice, silent).await.status, StatusCode::OK);
            assert_eq!(changed_at(&home).await, 0);
        }
        let begun = clock::now().micros();
        changes(&home, &alice, json!({"first_name": "Alice", "email": "a@example.org"})).await;
        let Some(Delivery::Message(Message::Control(heard))) = gateway.next().await else { panic!("no message") };
        assert!(matches!(heard, Control::UserChanged { user: UserId(1) }), "{heard:?}");

        let at = changed_at(&home).await;
        assert!((begun..=clock::now().micros()).contains(&at));
        changes(&home, &alice, json!({"first_name": "Alice"})).await;
        assert_eq!(changed_at(&home).await, at);
    }

    #[actix_web::test]
    async fn another_address_needs_the_password_and_the_same_one_does_not() {
        let (home, alice) = with_alice().await;
        changes(&home, &alice, json!({"email": "alice@example.org"})).await;
        let asks = async |body: Value| home.answer(alice.asks(patch().set_json(body))).await;
        for wrong in [json!({"email": "b@example.org"}), json!({"email": "", "current_password": "wrong"})] {
            let answer = asks(wrong).await;
            assert_eq!((answer.status, &answer.body["code"]), (StatusCode::FORBIDDEN, &json!("wrong_password")));
            assert_eq!(answer.body["errors"][0]["field"], "current_password");
        }
        assert_eq!(asks(json!({"email": "alice@example.org", "last_name": "A"})).await.status, StatusCode::OK);
        assert_eq!(me(&home, &alice).await["email"], "alice@example.org");
    }

    #[actix_web::test]
    async fn two_changes_at_once_keep_both() {
        let (home, alice) = with_alice().await;
        for round in 0..10 {
            let first = changes(&home, &alice, json!({"first_name": format!("A{round}")}));
            join(first, changes(&home, &alice, json!({"last_name": format!("B{round}")}))).await;
            let now = me(&home, &alice).await;
            assert_eq!(now["first_name"], format!("A{round}"));
            assert_eq!(now["last_name"], format!("B{round}"));
        }
    }

    #[actix_web::test]
    async fn the_news_are_kept_with_the_change_or_neither_is() {
        let (home, alice) = with_alice().await;
        let user = UserId(me(&home, &alice).await["id"].as_i64().unwrap());
        // Nobody listens there.
        let away = service_kit::settings::Bus { url: Secret::new("amqp://127.0.0.1:1"), prefix: String::new() };
        let broker = Outbox::new(home.state.db.clone(), Bus::open(&away).unwrap());
        let named = |name: &str| ChangeMe {
            first_name: Some(name.to_owned().try_into().unwrap()),
            email: Some("a@example.org".to_owned().try_into().unwrap()),
            ..ChangeMe::default()
        };

        let (wanted, keeping) = (named("Alice"), broker.clone());
        let kept = home.state.db.write(move |conn| {
            let (_, news) = apply(conn, &keeping, user, &wanted)?;
            drop(news);
            Ok(each_backend!(conn, c => outbox::table.select(outbox::body).load::<String>(c))?)
        });
        let kept = kept.await.unwrap();
        assert_eq!(kept.len(), 1);
        assert!(kept[0].contains("user.changed") && !kept[0].contains("Alice") && !kept[0].contains("example"));

        let wanted = named("Bob");
        let failed = home.state.db.write(move |conn| {
            each_backend!(conn, c => diesel::sql_query("DROP TABLE outbox").execute(c))?;
            Ok(apply(conn, &broker, user, &wanted).is_err())
        });
        assert!(failed.await.unwrap());
        assert_eq!(me(&home, &alice).await["first_name"], "Alice");
    }

    #[rstest]
    #[case("first_name", json!("x".repeat(61)))]
    #[case("first_name", json!("nul\0"))]
    #[case("last_name", json!("An\u{200b}na"))]
    #[case("last_name", json!("\u{202e}annA"))]
    #[case("last_name", json!(7))]
    #[case("first_name", json!(["Anna"]))]
    #[case("email", json!("nobody"))]
    #[case("email", json!("a\0@b"))]
    #[case("email", json!(format!("{}@b", "a".repeat(300))))]
    #[case("email", json!({"a": 1}))]
    #[actix_web::test]
    async fn a_bad_value_is_refused_by_name_and_nothing_changes(#[case] field: &str, #[case] value: Value) {
        let (home, alice) = with_alice().await;
        let before = me(&home, &alice).await;
        let mut body = json!({"first_name": "Alice", "last_name": "Smith", "email": "alice@example.org"});
        body[field] = value;
        let answer = changes(&home, &alice, body).await;
        assert_eq!((answer.status, &answer.body["code"]), (StatusCode::BAD_REQUEST, &json!("validation_failed")));
        assert_eq!(answer.body["errors"][0]["field"], field);
        assert_eq!(me(&home, &alice).await, before);
    }

    #[rstest]
    #[case("[]", "application/json", StatusCode::BAD_REQUEST)]
    #[case("{\"first_name\":", "application/json", StatusCode::BAD_REQUEST)]
    #[case("{\"first_name\":\"\\ud800\"}", "application/json", StatusCode::BAD_REQUEST)]
    #[case("{\"email\":\"a@b\",\"email\":\"c@d\"}", "application/json", StatusCode::BAD_REQUEST)]
    #[case("first_name=%00", "application/x-www-form-urlencoded", StatusCode::BAD_REQUEST)]
    #[case("Alice", "text/plain", StatusCode::UNSUPPORTED_MEDIA_TYPE)]
    #[actix_web::test]
    async fn a_body_that_is_none_is_refused(#[case] body: &'static str, #[case] kind: &str, #[case] said: StatusCode) {
        let (home, alice) = with_alice().await;
        let request = patch().insert_header(("content-type", kind)).set_payload(body);
        assert_eq!(home.answer(alice.asks(request)).await.status, said);
        assert_eq!(home.answer(patch().set_json(json!({}))).await.status, StatusCode::UNAUTHORIZED);
    }
}
