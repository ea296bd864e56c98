//! What an administrator does to a client: the answer, the rows, and the line in the audit log.

use serde_json::{Value, json};

use super::*;
use crate::{
    base::{client::Tombstone, grant::Parked},
    flows::{
        authenticate,
        scratch::{Given, NOW, Scratch, call, refusal},
    },
    oauth::{client_auth, params::Params},
    store::{codes, parked, standing::Verdict, tombstones},
};

fn ada() -> Actor {
    Actor::User(UserId::new("local:ada"))
}

fn public() -> Value {
    json!({ "client_name": "App", "redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "none" })
}

fn confidential() -> Value {
    json!({ "client_name": "App", "redirect_uris": ["https://app.example/cb"],
            "token_endpoint_auth_method": "client_secret_post" })
}

async fn found(scratch: &Scratch, id: &ClientId) -> Option<Client> {
    let id = id.clone();
    scratch.finds(move |reader| clients::find(reader, &id)).await
}

async fn stone(scratch: &Scratch, id: &ClientId) -> Option<Tombstone> {
    let id = id.clone();
    scratch.finds(move |reader| tombstones::find(reader, &id)).await
}

/// A client that Bob let in, and what he allowed it.
async fn in_use(scratch: &Scratch) -> (ClientId, Given) {
    let (id, _) = scratch.registers(public()).await;
    let bob = scratch.meets("bob").await;
    let given = scratch.allows(&bob, &id).await;
    (id, given)
}

async fn authenticates(scratch: &Scratch, id: &ClientId, secret: &Plain, at: Time) -> Result<(), Why> {
    let form = [("client_id", id.as_str()), ("client_secret", secret.expose())];
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let presented = client_auth::presented(None, &Params::parse(body.as_bytes()).unwrap()).unwrap();
    match authenticate::client(&scratch.desk, &Call { now: at, ..call() }, presented).await {
        Ok(_) => Ok(()),
        Err(Stop::Refuse(error)) => Err(error.why()),
        Err(Stop::Fail(error)) => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_revoked_registration_is_gone_with_all_that_hung_on_it() {
    let scratch = Scratch::new(&[]).await;
    let (id, given) = in_use(&scratch).await;
    let waiting = digest::of(&random::token(TokenKind::Request));
    let row = Parked {
        digest: waiting.clone(),
        client: Some(id.clone()),
        request: "{}".into(),
        browser: waiting.clone(),
        user: None,
        auth_time: None,
        created_at: NOW,
        expires_at: NOW + Span::minutes(10),
        returned_at: None,
        decided_at: None,
        answer: None,
    };
    scratch.wrote(move |tx| parked::insert(tx, &row)).await;
    assert_eq!(scratch.verdict(&given), Verdict::Good);

    let ended = revoke(&scratch.desk, &call(), &ada(), &id, " made by a stranger ").await.unwrap();

    assert_eq!(ended, Ended { people: 1, grants: 1, tokens: 1 });
    assert_eq!(scratch.verdict(&given), Verdict::Ended);
    assert!(found(&scratch, &id).await.is_none());
    let stone = stone(&scratch, &id).await.unwrap();
    assert_eq!((stone.why, stone.by.as_ref()), (Departure::Revoked, Some(&UserId::new("local:ada"))));
    assert!(!scratch.stands(&given).await && !scratch.remembers(&given).await);
    let code = given.code.clone();
    assert!(scratch.finds(move |reader| codes::find(reader, &code)).await.is_none());
    let emptied = scratch.finds(move |reader| parked::find(reader, &waiting, NOW)).await.unwrap();
    assert_eq!((emptied.request.as_str(), emptied.client.as_ref()), ("", Some(&id)), "whoever waits hears why");
    assert_eq!(scratch.last(1).await, ["user client_revoked"]);

    let again = revoke(&scratch.desk, &call(), &ada(), &id, "").await.unwrap();
    assert_eq!((again, scratch.last(1).await), (Ended::default(), vec!["user client_revoked".to_owned()]));
    assert_eq!(self::stone(&scratch, &id).await.unwrap(), stone, "who ended it first stays written");
    let unknown = revoke(&scratch.desk, &call(), &ada(), &ClientId::new("client_unknown"), "").await;
    assert_eq!(refusal(unknown), (Why::NotFound, 404));
    assert_eq!(refusal(revive(&scratch.desk, &call(), &ada(), &id).await), (Why::StoneFinal, 409));
    assert!(found(&scratch, &id).await.is_none());
}

#[tokio::test]
async fn a_disabled_client_is_refused_until_it_is_enabled() {
    let scratch = Scratch::new(&[]).await;
    let (id, given) = in_use(&scratch).await;

    disable(&scratch.desk, &call(), &ada(), &id).await.unwrap();
    assert_eq!(scratch.verdict(&given), Verdict::ClientDisabled);
    assert_eq!(found(&scratch, &id).await.unwrap().disabled_at, Some(NOW));
    let lines = scratch.trail().await.len();
    disable(&scratch.desk, &call(), &ada(), &id).await.unwrap();
    assert_eq!(scratch.trail().await.len(), lines);

    enable(&scratch.desk, &call(), &Actor::CommandLine, &id).await.unwrap();
    assert_eq!(scratch.verdict(&given), Verdict::Good);
    assert_eq!(scratch.last(2).await, ["user client_disabled", "command_line client_enabled"]);

    let unknown = ClientId::new("client_unknown");
    assert_eq!(refusal(disable(&scratch.desk, &call(), &ada(), &unknown).await), (Why::NotFound, 404));
}

#[tokio::test]
async fn both_secrets_work_in_the_overlap_and_only_the_new_one_after_it() {
    let scratch = Scratch::new(&[]).await;
    let (id, old) = scratch.registers(confidential()).await;
    let old = old.unwrap();
    authenticates(&scratch, &id, &old, NOW).await.unwrap();

    let rotated = rotate_secret(&scratch.desk, &call(), &ada(), &id, Span::hours(1)).await.unwrap();

    let until = NOW + Span::hours(1);
    assert_eq!(rotated.old_until, Some(until));
    authenticates(&scratch, &id, &rotated.secret, NOW).await.unwrap();
    authenticates(&scratch, &id, &old, until - Span::seconds(1)).await.unwrap();
    assert_eq!(authenticates(&scratch, &id, &old, until).await, Err(Why::SecretWrong));
    authenticates(&scratch, &id, &rotated.secret, until).await.unwrap();
    assert_eq!(scratch.last(1).await, ["user secret_rotated"]);

    end_old_secret(&scratch.desk, &call(), &ada(), &id).await.unwrap();
    assert_eq!(authenticates(&scratch, &id, &old, NOW).await, Err(Why::SecretWrong));
    assert_eq!(scratch.last(1).await, ["user old_secret_ended"]);
}

#[tokio::test]
async fn without_an_overlap_the_old_secret_ends_at_once_though_it_was_just_verified() {
    let scratch = Scratch::new(&[]).await;
    let (id, old) = scratch.registers(confidential()).await;
    let old = old.unwrap();
    authenticates(&scratch, &id, &old, NOW).await.unwrap();

    let rotated = rotate_secret(&scratch.desk, &call(), &ada(), &id, Span::ZERO).await.unwrap();

    assert_eq!(rotated.old_until, None);
    assert_eq!(authenticates(&scratch, &id, &old, NOW).await, Err(Why::SecretWrong));
    let client = found(&scratch, &id).await.unwrap();
    assert!(client.secret.is_some() && client.old_secret.is_none());
}

#[tokio::test]
async fn a_second_rotation_ends_the_secret_before_the_last() {
    let scratch = Scratch::new(&[]).await;
    let (id, first) = scratch.registers(confidential()).await;
    let second = rotate_secret(&scratch.desk, &call(), &ada(), &id, Span::days(1)).await.unwrap().secret;
    let third = rotate_secret(&scratch.desk, &call(), &ada(), &id, Span::days(400)).await.unwrap();
    assert_eq!(third.old_until, Some(NOW + LONGEST_OVERLAP));
    assert_eq!(authenticates(&scratch, &id, &first.unwrap(), NOW).await, Err(Why::SecretWrong));
    authenticates(&scratch, &id, &second, NOW).await.unwrap();
    authenticates(&scratch, &id, &third.secret, NOW).await.unwrap();
}

#[tokio::test]
async fn a_public_client_has_no_secret_to_rotate() {
    let scratch = Scratch::new(&[]).await;
    let (id, _) = scratch.registers(public()).await;
    let refused = rotate_secret(&scratch.desk, &call(), &ada(), &id, Span::ZERO).await;
    assert_eq!(refusal(refused), (Why::SecretOfPublic, 409));
    assert!(found(&scratch, &id).await.unwrap().secret.is_none());
}

#[tokio::test]
async fn a_registration_token_is_replaced_and_taken_away() {
    let scratch = Scratch::new(&[]).await;
    let (id, _) = scratch.registers(public()).await;
    let before = found(&scratch, &id).await.unwrap().registration_token;

    let token = rotate_registration_token(&scratch.desk, &call(), &ada(), &id).await.unwrap();
    let after = found(&scratch, &id).await.unwrap().registration_token;
    assert_eq!(after, Some(digest::of(&token)));
    assert_ne!(before, after);

    revoke_registration_token(&scratch.desk, &call(), &ada(), &id).await.unwrap();
    assert_eq!(found(&scratch, &id).await.unwrap().registration_token, None);
    assert_eq!(scratch.last(2).await, ["user registration_token_rotated", "user registration_token_revoked"]);
}

#[tokio::test]
async fn revoked_tokens_leave_the_client_in_the_book() {
    let scratch = Scratch::new(&[]).await;
    let (id, given) = in_use(&scratch).await;
    let ended = revoke_tokens(&scratch.desk, &call(), &ada(), &id).await.unwrap();
    assert_eq!(ended, Ended { people: 1, grants: 1, tokens: 1 });
    assert_eq!(scratch.verdict(&given), Verdict::Ended);
    assert!(found(&scratch, &id).await.is_some());
    assert!(!scratch.remembers(&given).await);
    assert_eq!(scratch.last(1).await, ["user tokens_revoked"]);
}

#[tokio::test]
async fn an_administrator_makes_a_client_though_registration_is_closed() {
    let scratch = Scratch::new(&[("DOORBOOK_REGISTRATION", "closed")]).await;
    let request = Request::members(confidential().to_string().as_bytes()).and_then(Request::of).unwrap();
    let made = create(&scratch.desk, &call(), &ada(), request).await.unwrap();
    let client = found(&scratch, &made.client.id).await.unwrap();
    assert_eq!((client.origin, client.created_by), (Origin::Administrator, Some(UserId::new("local:ada"))));
    authenticates(&scratch, &client.id, &made.secret.unwrap(), NOW).await.unwrap();
    assert_eq!(client.registration_token, made.registration_token.as_ref().map(digest::of));
    assert_eq!(scratch.last(1).await, ["user client_created"]);

    let bad = Request::members(br#"{"redirect_uris":["http://app.example/cb"]}"#).and_then(Request::of).unwrap();
    let refused = create(&scratch.desk, &call(), &ada(), bad).await;
    assert_eq!(refusal(refused), (Why::RedirectPlainHttp, 400));
}

#[tokio::test]
async fn trust_that_is_withdrawn_takes_remembered_consents_with_it() {
    let scratch = Scratch::new(&[]).await;
    let (id, given) = in_use(&scratch).await;
    trust(&scratch.desk, &call(), &ada(), &id, true).await.unwrap();
    assert!(found(&scratch, &id).await.unwrap().trusted && scratch.remembers(&given).await);
    trust(&scratch.desk, &call(), &ada(), &id, false).await.unwrap();
    assert!(!found(&scratch, &id).await.unwrap().trusted && !scratch.remembers(&given).await);
    assert_eq!(scratch.last(2).await, ["user client_trusted", "user client_trusted"]);
}

/// Takes a client out as the job does that looks for unused ones.
async fn retire(scratch: &Scratch, id: &ClientId) {
    let client = found(scratch, id).await.unwrap();
    scratch.wrote(move |tx| departures::strike_out(tx, &call(), client, Departure::Unused, None).map(|_| ())).await;
}

#[tokio::test]
async fn an_unused_registration_comes_back_under_its_id() {
    let scratch = Scratch::new(&[]).await;
    let (id, _) = scratch.registers(public()).await;
    let before = found(&scratch, &id).await.unwrap();
    disable(&scratch.desk, &call(), &ada(), &id).await.unwrap();
    retire(&scratch, &id).await;

    let back = revive(&scratch.desk, &call(), &ada(), &id).await.unwrap();

    assert_eq!(found(&scratch, &id).await.as_ref(), Some(&back));
    assert_eq!(back.metadata, before.metadata);
    assert_eq!((back.registration_token, back.disabled_at), (None, None));
    assert!(stone(&scratch, &id).await.is_none());
    let bob = scratch.meets("bob").await;
    let given = scratch.allows(&bob, &id).await;
    assert_eq!(scratch.verdict(&given), Verdict::Good);
    let again = revive(&scratch.desk, &call(), &ada(), &id).await.unwrap();
    assert_eq!(found(&scratch, &id).await, Some(again));
    assert_eq!(scratch.last(1).await, ["user client_revived"]);
    let unknown = revive(&scratch.desk, &call(), &ada(), &ClientId::new("client_unknown")).await;
    assert_eq!(refusal(unknown), (Why::NotFound, 404));
}

#[tokio::test]
async fn a_registration_whose_secret_was_not_kept_stays_out() {
    let scratch = Scratch::new(&[]).await;
    let (id, _) = scratch.registers(confidential()).await;
    retire(&scratch, &id).await;
    assert_eq!(refusal(revive(&scratch.desk, &call(), &ada(), &id).await), (Why::StoneWithSecret, 409));
    assert!(stone(&scratch, &id).await.is_some() && found(&scratch, &id).await.is_none());
}
