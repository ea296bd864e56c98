//! Removes what has ended, a few hundred rows to a commit, so that nobody waits for it.

use crate::{
    base::{
        call::Call,
        grant::GrantEnd,
        id::GrantId,
        time::{Span, Time},
    },
    flows::Desk,
    store::{
        Reader, StoreResult, Tx, access, activity, api_tokens, approvals, assertions, codes, devices, grants, parked,
        refresh, seals, sessions, standing, tallies, tombstones, traffic, users,
    },
};

/// Rows to a commit.
const BATCH: i64 = 500;
/// Commits to a run of one kind of row: what is left is removed next time.
const MOST_BATCHES: usize = 200;
/// A code that comes back after this ends nothing any more, because it is not known any more.
const REPLAY: Span = Span::hours(24);
/// How long whoever comes too late with a refresh token hears why, and not only that nobody knows it.
const LATE: Span = Span::hours(24);
/// How long a grant without tokens may be quiet before it ends.
const LAPSED: Span = Span::days(1);
/// How long an ended grant stays to be looked at.
const ENDED_GRANT: Span = Span::days(90);
/// How long a token of the API that is over stays to be looked at.
const ENDED_API_TOKEN: Span = Span::days(90);
/// How long an e-mail address stays that no client may know: by then whoever asked for it has been answered.
const EMAIL: Span = Span::days(1);
/// How long other processes have to follow a change.
const FOLLOWED: Span = Span::days(1);
/// How long is remembered who waited for an administrator: longer than what waited for them.
const WAITED: Span = Span::hours(1);
/// How long counts by the hour are kept.
const TALLIES: Span = Span::days(400);

/// Everything of every drawer that has ended. Gives how many rows that were.
pub(super) async fn all(desk: &Desk, call: &Call) -> StoreResult<usize> {
    let (now, lives) = (call.now, &desk.config.policy.lifetimes);
    desk.store.standing().prune(now);
    let mut removed = end_grants(desk, now, now, grants::never_collected).await?;
    removed += end_grants(desk, now, now - LAPSED, move |reader, before, at_most| {
        grants::lapsed(reader, before, now, at_most)
    })
    .await?;
    removed += in_batches(desk, now - REPLAY, codes::delete_expired).await?;
    removed += in_batches(desk, now, parked::delete_expired).await?;
    removed += in_batches(desk, now, devices::delete_expired).await?;
    removed += in_batches(desk, now - WAITED, approvals::delete_expired).await?;
    removed += in_batches(desk, now, approvals::delete_ended).await?;
    removed += in_batches(desk, now, assertions::delete_expired).await?;
    removed += in_batches(desk, now - LATE, refresh::delete_expired).await?;
    removed += in_batches(desk, now, access::delete_expired).await?;
    removed += in_batches(desk, now, sessions::delete_expired).await?;
    removed += in_batches(desk, now - ENDED_GRANT, grants::delete_ended).await?;
    removed += in_batches(desk, now - ENDED_API_TOKEN, api_tokens::delete_ended).await?;
    removed += in_batches(desk, now - EMAIL, users::forget_emails).await?;
    removed += in_batches(desk, now - FOLLOWED, standing::forget).await?;
    removed += in_batches(desk, now - lives.tombstone, tombstones::delete_older).await?;
    removed += in_batches(desk, now - lives.audit, seals::delete_older).await?;
    desk.store.record(move |tx| traffic::delete_older(tx, now - TALLIES).map(drop)).await?;
    desk.store.record(move |tx| tallies::delete_older(tx, now - TALLIES).map(drop)).await?;
    desk.store.record(move |tx| activity::delete_older(tx, now - TALLIES).map(drop)).await?;
    Ok(removed)
}

/// Replies that need not be given a second time any more.
pub(super) async fn replies(desk: &Desk, call: &Call) -> StoreResult<usize> {
    in_batches(desk, call.now, refresh::wipe_replies).await
}

/// Grants that gave all they could: they end, so that nothing shows as allowed that is not.
async fn end_grants<F>(desk: &Desk, now: Time, before: Time, find: F) -> StoreResult<usize>
where
    F: Fn(&mut Reader<'_>, Time, i64) -> StoreResult<Vec<GrantId>> + Copy + Send + 'static,
{
    in_batches(desk, before, move |tx, before, at_most| {
        let grants = find(tx, before, at_most)?;
        for id in &grants {
            grants::end(tx, id, GrantEnd::Expired, now)?;
        }
        Ok(grants.len())
    })
    .await
}

/// Runs a removal until a batch is not full. Gives how many rows were removed.
async fn in_batches<F>(desk: &Desk, before: Time, remove: F) -> StoreResult<usize>
where
    F: Fn(&mut Tx<'_>, Time, i64) -> StoreResult<usize> + Copy + Send + 'static,
{
    let mut all = 0;
    for _ in 0..MOST_BATCHES {
        let removed = desk.store.record(move |tx| remove(tx, before, BATCH)).await?;
        all += removed;
        if i64::try_from(removed).unwrap_or(0) < BATCH {
            break;
        }
    }
    Ok(all)
}
