//! One writer for all: refusals commit, failures roll back, a panic harms nobody, and an answer means it is on disk.

use doorbook::store::{Stop, StoreError, StoreResult, Tx, clients, codes, settings};
use futures_util::future::join_all;

use crate::support::store::{NOW, Scratch, client, code, digest, put_code};

#[tokio::test]
async fn a_refusal_keeps_what_was_written() {
    let scratch = Scratch::furnished().await;
    let refused: Result<(), Stop<&str>> = scratch
        .store
        .write(|tx| {
            codes::insert(tx, &code(1, "g1"))?;
            Err(Stop::Refuse("replayed"))
        })
        .await;
    assert!(matches!(refused, Err(Stop::Refuse("replayed"))));
    assert!(scratch.reads(|r| codes::find(r, &digest(1))).await.is_some());
}

#[tokio::test]
async fn a_failure_keeps_nothing() {
    let scratch = Scratch::furnished().await;
    let failed: Result<(), Stop<&str>> = scratch
        .store
        .write(|tx| {
            codes::insert(tx, &code(1, "g1"))?;
            Err(Stop::Fail(StoreError::Other("no luck".into())))
        })
        .await;
    assert!(matches!(failed, Err(Stop::Fail(StoreError::Other(why))) if why == "no luck"));
    assert!(scratch.reads(|r| codes::find(r, &digest(1))).await.is_none());
    scratch.wrote(put_code(1)).await;
}

#[tokio::test]
async fn a_key_that_is_there_is_told_and_a_code_needs_its_grant() {
    let scratch = Scratch::furnished().await;
    scratch.wrote(put_code(1)).await;
    assert!(matches!(scratch.store.record(put_code(1)).await, Err(StoreError::Taken)));
    assert!(scratch.store.record(|tx| codes::insert(tx, &code(2, "nowhere"))).await.is_err());
    assert!(scratch.reads(|r| codes::find(r, &digest(2))).await.is_none());
}

/// Of 100 writes that are queued at once only the fine ones are stored, and each hears its own answer.
#[tokio::test]
async fn bad_neighbours_in_a_batch_harm_nobody() {
    let scratch = Scratch::furnished().await;
    let fate = |n: usize| {
        move |tx: &mut Tx<'_>| -> StoreResult<usize> {
            codes::insert(tx, &code(n, "g1"))?;
            match n % 4 {
                0 => Ok(n),
                1 => Err(StoreError::Other("failed on purpose".into())),
                2 => clients::insert(tx, &client("c1")).map(|()| n),
                _ => panic!("a panic on purpose"),
            }
        }
    };
    let store = &scratch.store;
    let answers = join_all((0..100).map(|n| store.record(fate(n)))).await;
    for (n, answer) in answers.into_iter().enumerate() {
        match (n % 4, &answer) {
            (0, Ok(told)) => assert_eq!(*told, n),
            (1, Err(StoreError::Other(why))) => assert_eq!(why, "failed on purpose"),
            (2, Err(StoreError::Taken)) => (),
            (3, Err(StoreError::Other(why))) => assert_eq!(why, "a write panicked"),
            _ => panic!("{n}: {answer:?}"),
        }
        let stored = scratch.reads(move |r| codes::find(r, &digest(n))).await.is_some();
        assert_eq!(stored, n % 4 == 0, "{n}");
    }
    scratch.wrote(put_code(100)).await;
}

#[tokio::test]
async fn an_answer_comes_after_the_commit() {
    let scratch = Scratch::new();
    let other = scratch.another();
    for n in 0..50 {
        scratch.wrote(move |tx| settings::set(tx, "n", &n.to_string())).await;
        let seen = other.read(|r| settings::get(r, "n")).await.unwrap();
        assert_eq!(seen, Some(n.to_string()));
    }
}

#[tokio::test]
async fn a_write_stands_when_its_caller_went_away() {
    let scratch = Scratch::furnished().await;
    let store = scratch.store.clone();
    let caller = tokio::spawn(async move { store.record(put_code(1)).await });
    tokio::task::yield_now().await;
    caller.abort();
    // One writer, one queue: when this is answered, that is done.
    scratch.wrote(|tx| clients::used(tx, &client("c1").id, NOW)).await;
    assert!(scratch.reads(|r| codes::find(r, &digest(1))).await.is_some());
}

#[tokio::test]
async fn a_stop_finishes_what_was_queued() {
    let scratch = Scratch::furnished().await;
    let store = scratch.store.clone();
    let writes: Vec<_> = (0..200)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { store.record(put_code(n)).await })
        })
        .collect();
    drop(store);
    let scratch_after = async {
        for write in writes {
            write.await.unwrap().unwrap();
        }
        scratch.reopened()
    }
    .await;
    assert!(scratch_after.reads(|r| codes::find(r, &digest(199))).await.is_some());
}
