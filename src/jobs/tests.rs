//! What jobs take out, and what they leave.

use serde_json::json;

use super::{collect, expire};
use crate::{
    base::{
        call::Call,
        client::Departure,
        id::ClientId,
        time::{Span, Time},
    },
    flows::scratch::{NOW, Scratch},
    store::{access, clients, codes, grants, stats, tombstones},
};

fn program(name: &str) -> serde_json::Value {
    json!({"client_name": name, "redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "none"})
}

fn at(now: Time) -> Call {
    Call::inside(now, "test")
}

async fn departure(scratch: &Scratch, id: &ClientId) -> Option<Departure> {
    let id = id.clone();
    scratch.finds(move |reader| tombstones::find(reader, &id)).await.map(|stone| stone.why)
}

#[actix_web::test]
async fn a_registration_that_nobody_uses_goes_after_a_day_and_leaves_a_stone() {
    let scratch = Scratch::new(&[]).await;
    let (unused, _) = scratch.registers(program("Unused")).await;
    let (used, _) = scratch.registers(program("Used")).await;
    let ada = scratch.meets("ada").await;
    scratch.allows(&ada, &used).await;
    collect::all(&scratch.desk, &at(NOW + Span::hours(23))).await.unwrap();
    assert_eq!(departure(&scratch, &unused).await, None);
    collect::all(&scratch.desk, &at(NOW + Span::hours(25))).await.unwrap();
    assert_eq!(departure(&scratch, &unused).await, Some(Departure::Unused));
    assert_eq!(departure(&scratch, &used).await, None);
    assert_eq!(scratch.last(1).await, ["system client_retired"]);
}

#[actix_web::test]
async fn a_registration_that_was_used_goes_when_it_has_no_grant_left_and_was_quiet_for_long() {
    let scratch = Scratch::new(&[]).await;
    let (client, _) = scratch.registers(program("Once used")).await;
    let ada = scratch.meets("ada").await;
    let given = scratch.allows(&ada, &client).await;
    let late = NOW + Span::days(91);
    collect::all(&scratch.desk, &at(late)).await.unwrap();
    assert_eq!(departure(&scratch, &client).await, None, "its grant still stands");
    expire::all(&scratch.desk, &at(late)).await.unwrap();
    let id = given.grant.clone();
    let grant = scratch.finds(move |reader| grants::find(reader, &id)).await.unwrap();
    assert!(grant.ended_at.is_some(), "no token is left of it, so it has ended");
    collect::all(&scratch.desk, &at(late)).await.unwrap();
    assert_eq!(departure(&scratch, &client).await, Some(Departure::Unused));
}

#[actix_web::test]
async fn what_has_ended_is_removed_and_what_lives_stays() {
    let scratch = Scratch::new(&[]).await;
    let (client, _) = scratch.registers(program("Claude")).await;
    let ada = scratch.meets("ada").await;
    let given = scratch.allows(&ada, &client).await;
    scratch.browses(&ada).await;
    expire::all(&scratch.desk, &at(NOW + Span::seconds(30))).await.unwrap();
    let left = |given: &crate::flows::scratch::Given| {
        let (code, token) = (given.code.clone(), given.token.clone());
        scratch
            .finds(move |reader| Ok((codes::find(reader, &code)?.is_some(), access::find(reader, &token)?.is_some())))
    };
    assert_eq!(left(&given).await, (true, true));
    assert!(scratch.stands(&given).await);
    expire::all(&scratch.desk, &at(NOW + Span::hours(9))).await.unwrap();
    assert_eq!(left(&given).await, (true, false), "a code is known for a day, in case it is shown again");
    assert_eq!(scratch.browsers(&ada).await, 0);
    assert!(!scratch.stands(&given).await, "nobody came for its code in time");
    expire::all(&scratch.desk, &at(NOW + Span::days(2))).await.unwrap();
    assert_eq!(left(&given).await, (false, false));
    expire::all(&scratch.desk, &at(NOW + Span::days(100))).await.unwrap();
    let id = given.grant.clone();
    assert!(scratch.finds(move |reader| grants::find(reader, &id)).await.is_none());
    let counts = scratch.finds(|reader| stats::counts(reader, NOW, NOW)).await;
    assert_eq!((counts.clients, counts.people), (1, 1), "clients and people are nobody's to expire");
    let id = client.clone();
    assert!(scratch.finds(move |reader| clients::find(reader, &id)).await.is_some());
}
