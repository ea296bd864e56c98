//! What waits for a person is kept here once, and the browser carries only its name. Nothing is read twice from what a client sent,
//! and nothing can be swapped between a page and its form.

use crate::{
    base::{
        call::Call,
        grant::Parked,
        id::{ClientId, UserId},
        secret::{Digest, Plain},
        time::Time,
        token::TokenKind,
    },
    crypto::{digest, random},
    flows::Desk,
    store::{StoreResult, parked},
};

/// What waits.
pub(super) struct Waits {
    /// The client that asks; `None` when somebody just signs in.
    pub(super) client: Option<ClientId>,
    /// What it is, in the words of whoever takes it up.
    pub(super) request: String,
    /// The browser that it is bound to; `None` while none has come with it.
    pub(super) browser: Option<Digest>,
    /// Who signed in for it, and when.
    pub(super) person: Option<(UserId, Time)>,
    /// Until when.
    pub(super) until: Time,
}

/// Parks it, and gives its name.
pub(super) async fn park(desk: &Desk, call: &Call, kind: TokenKind, waits: Waits) -> StoreResult<Plain> {
    let id = random::token(kind);
    let (user, auth_time) = waits.person.unzip();
    let row = Parked {
        digest: digest::of(&id),
        client: waits.client,
        request: waits.request,
        // Nothing digests to nothing.
        browser: waits.browser.unwrap_or_else(|| Digest::from_hex("")),
        user,
        auth_time,
        created_at: call.now,
        expires_at: waits.until,
        returned_at: None,
        decided_at: None,
        answer: None,
    };
    desk.store.record(move |tx| parked::insert(tx, &row)).await?;
    Ok(id)
}
