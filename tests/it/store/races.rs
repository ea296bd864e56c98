//! What may happen once happens once, however many ask: lessons 1 and 2 (COD-04, RFT-03). Half of the racers come through
//! another process' store on the same file.

use doorbook::store::{Reader, Store, StoreResult, Tx, assertions, claims, codes, devices, grants, parked, refresh};
use futures_util::future::join_all;

use crate::support::store::{
    NOW, Scratch, code, device, digest, grant, later, parked as waiting, refresh_token, spent_by,
};

/// Lets 50 race and counts the winners.
async fn winners<F>(scratch: &Scratch, racer: impl Fn(usize) -> F) -> usize
where
    F: FnOnce(&mut Tx<'_>) -> StoreResult<bool> + Send + 'static,
{
    let stores: [Store; 2] = [scratch.store.clone(), scratch.another()];
    let racers = (0..50).map(|n| {
        let (store, racer) = (stores[n % 2].clone(), racer(n));
        tokio::spawn(async move { store.record(racer).await })
    });
    let won: Vec<bool> = join_all(racers).await.into_iter().map(|r| r.unwrap().unwrap()).collect();
    won.into_iter().filter(|won| *won).count()
}

#[tokio::test]
async fn rfc6749_4_1_2_a_code_is_spent_by_exactly_one_of_fifty() {
    let scratch = Scratch::furnished().await;
    scratch.wrote(|tx| codes::insert(tx, &code(1, "g1"))).await;
    assert_eq!(winners(&scratch, |_| |tx: &mut Tx<'_>| codes::spend(tx, &digest(1), NOW)).await, 1);
    let kept = scratch.reads(|r| codes::find(r, &digest(1))).await.unwrap();
    assert_eq!(kept.spent_at, Some(NOW));
}

#[tokio::test]
async fn rfc6749_10_4_a_refresh_token_has_exactly_one_successor() {
    let scratch = Scratch::furnished().await;
    scratch.wrote(|tx| refresh::insert(tx, &refresh_token(1, "g1"))).await;
    let turn = |n: usize| {
        move |tx: &mut Tx<'_>| {
            let won = refresh::spend(tx, &refresh_token(1, "g1"), &spent_by(100 + n), NOW)?;
            if won {
                refresh::insert(tx, &refresh_token(100 + n, "g1"))?;
            }
            Ok(won)
        }
    };
    assert_eq!(winners(&scratch, turn).await, 1);
    let kept = |r: &mut Reader<'_>| (100..150).map(|n| refresh::find(r, &digest(n))).collect::<StoreResult<Vec<_>>>();
    assert_eq!(scratch.reads(kept).await.into_iter().flatten().count(), 1);
    let spent = scratch.reads(|r| refresh::find_whole(r, &digest(1))).await.unwrap();
    assert_eq!(spent.token.spent_at, Some(NOW));
    // It is there only if the token that took its place is the one that is kept, and waits.
    assert_eq!(spent.reply.unwrap().spent_for, "scope=mcp");
}

#[tokio::test]
async fn rfc7523_3_an_assertion_is_good_for_exactly_one_of_fifty_and_kept_until_it_ends() {
    let scratch = Scratch::new();
    let spend = |_| |tx: &mut Tx<'_>| assertions::spend(tx, &digest(1), later(60));
    assert_eq!(winners(&scratch, spend).await, 1);
    scratch.wrote(|tx| assertions::delete_expired(tx, later(60), 10)).await;
    assert_eq!(winners(&scratch, spend).await, 0);
    scratch.wrote(|tx| assertions::delete_expired(tx, later(61), 10)).await;
    assert_eq!(winners(&scratch, spend).await, 1);
}

#[tokio::test]
async fn a_claim_link_makes_one_administrator() {
    let scratch = Scratch::new();
    scratch.wrote(|tx| claims::replace(tx, &digest(1), later(60))).await;
    assert_eq!(winners(&scratch, |_| |tx: &mut Tx<'_>| claims::spend(tx, &digest(1), NOW)).await, 1);
    assert_eq!(scratch.reads(|r| claims::good_until(r, &digest(1), NOW)).await, None);
}

#[tokio::test]
async fn an_answer_of_the_sign_in_is_taken_once_and_a_request_decided_once() {
    let scratch = Scratch::new();
    scratch.wrote(|tx| parked::insert(tx, &waiting(1))).await;
    assert_eq!(winners(&scratch, |_| |tx: &mut Tx<'_>| parked::returned(tx, &digest(1), NOW)).await, 1);
    let decide = |n| move |tx: &mut Tx<'_>| parked::decide(tx, &digest(1), &format!("answer {n}"), NOW);
    assert_eq!(winners(&scratch, decide).await, 1);
    let kept = scratch.reads(|r| parked::find(r, &digest(1), NOW)).await.unwrap();
    assert!(kept.answer.unwrap().starts_with("answer "));
}

#[tokio::test]
async fn a_grant_is_ended_by_one_and_all_hear_of_it() {
    let scratch = Scratch::furnished().await;
    let end = |_| |tx: &mut Tx<'_>| grants::end(tx, &grant("g1").id, doorbook::base::grant::GrantEnd::TakenBack, NOW);
    assert_eq!(winners(&scratch, end).await, 1);
}

#[tokio::test]
async fn rfc8628_3_4_a_device_is_answered_once_and_its_code_spent_once() {
    let scratch = Scratch::furnished().await;
    scratch.wrote(|tx| devices::insert(tx, &device(1), &digest(2)).map(drop)).await;
    assert!(!scratch.wrote(|tx| devices::insert(tx, &device(3), &digest(2))).await, "the user code is taken");
    let unanswered = winners(&scratch, |_| |tx: &mut Tx<'_>| devices::spend(tx, &digest(1), NOW)).await;
    assert_eq!(unanswered, 0);
    let answer = |n: usize| {
        move |tx: &mut Tx<'_>| {
            let id = grant("g1").id;
            devices::decide(tx, &digest(1), n.is_multiple_of(2).then_some(&id), NOW)
        }
    };
    assert_eq!(winners(&scratch, answer).await, 1);
    let answered = scratch.reads(|r| devices::find(r, &digest(1))).await.unwrap();
    let spent = winners(&scratch, |_| |tx: &mut Tx<'_>| devices::spend(tx, &digest(1), NOW)).await;
    assert_eq!(spent, usize::from(answered.grant.is_some()));
}
