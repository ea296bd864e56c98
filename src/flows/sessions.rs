//! Browser sessions: begun, changed and ended for the web room, which knows their key; here only its digest is seen.

use std::collections::HashMap;

use crate::{
    base::{id::UserId, time::Time},
    crypto::digest,
    flows::Desk,
    store::{StoreError, StoreResult, sessions},
};

/// What a session holds.
pub type State = HashMap<String, String>;

/// Whose session it is, and from where it began.
pub struct Facts {
    /// Who is signed in.
    pub user: Option<UserId>,
    /// From which address it began.
    pub ip: String,
    /// With which browser.
    pub user_agent: String,
}

/// What is in the session of that key, while it lasts.
pub async fn load(desk: &Desk, key: &str, now: Time) -> StoreResult<Option<State>> {
    let row = digest::of_text(key);
    let found = desk.store.glance(move |reader| sessions::find(reader, &row, now)).await?;
    found.map(|session| serde_json::from_str(&session.state).map_err(unreadable)).transpose()
}

/// Begins a session.
pub async fn begin(desk: &Desk, key: &str, state: &State, facts: Facts, ends: Time, now: Time) -> StoreResult<()> {
    let row = sessions::Session {
        digest: digest::of_text(key),
        user: facts.user,
        state: serde_json::to_string(state).map_err(unreadable)?,
        ip: facts.ip,
        user_agent: facts.user_agent,
        created_at: now,
        last_seen_at: now,
        expires_at: ends,
    };
    desk.store.record(move |tx| sessions::insert(tx, &row)).await
}

/// Changes what is in a session; `false` when it has ended meanwhile.
pub async fn change(desk: &Desk, key: &str, state: &State, user: Option<UserId>, now: Time) -> StoreResult<bool> {
    let row = digest::of_text(key);
    let text = serde_json::to_string(state).map_err(unreadable)?;
    desk.store.record(move |tx| sessions::update(tx, &row, user.as_ref(), &text, now)).await
}

/// Ends a session.
pub async fn end(desk: &Desk, key: &str) -> StoreResult<()> {
    let row = digest::of_text(key);
    desk.store.record(move |tx| sessions::end(tx, &row).map(|_| ())).await
}

fn unreadable(error: serde_json::Error) -> StoreError {
    StoreError::Other(format!("a session cannot be read or written: {error}"))
}
