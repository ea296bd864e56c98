//! A request that a person let in and that waits for an administrator to approve its client.

use std::sync::Arc;

use super::{Asked, Settled, Standing, conclude, given, settle, waiting};
use crate::{
    base::{
        approval::Wait,
        call::Call,
        scope::ScopeSet,
        secret::{Digest, Plain},
        time::Time,
    },
    flows::{
        Desk, FlowResult,
        approvals::{self, Wish},
    },
    oauth::{
        authorize::{Answer, outcome},
        error::{OAuthError, invalid_request},
        why::Why,
    },
    store::StoreResult,
};

/// A request that was let in and waits for an administrator.
pub struct Waits {
    /// The request.
    pub asked: Asked,
    /// Who waits, and until when.
    pub wait: Wait,
}

/// Whether a request waits for an administrator, for the browser that it is bound to.
pub async fn still_waits(desk: &Arc<Desk>, call: &Call, id: &Plain, browser: &Plain) -> FlowResult<bool> {
    let parked = waiting(desk, call, id, browser).await?;
    let wait = approvals::of_request(desk, &parked.digest).await?;
    Ok(wait.is_some_and(|wait| wait.decided.is_none() && call.now < wait.expires_at))
}

/// From now on the request waits for an administrator.
pub(super) async fn begin(
    desk: &Arc<Desk>,
    call: &Call,
    row: &Digest,
    asked: &Asked,
    scope: ScopeSet,
    ends_at: Option<Time>,
) -> StoreResult<Wait> {
    let wish = Wish {
        request: row.clone(),
        pushed: asked.checked.pushed(),
        auth_time: asked.auth_time,
        scope,
        audience: asked.checked.audience().clone(),
        ends_at,
        until: None,
    };
    approvals::wait(desk, call, &asked.client, &asked.person.id, wish).await
}

/// A request that was let in before: it goes on once an administrator approved it.
pub(super) async fn look(
    desk: &Arc<Desk>,
    call: &Call,
    id: &Plain,
    browser: &Plain,
    asked: Asked,
    wait: Wait,
) -> FlowResult<Standing> {
    if let Some(error) = approvals::refusal(&wait, call.now) {
        return Ok(Standing::Answered(turned_away(desk, call, &asked, &error)));
    }
    let Some(decided) = wait.decided else { return Ok(Standing::Waits(Box::new(Waits { asked, wait }))) };
    let Asked { checked, client, person, auth_time } = asked;
    let checked = match settle(desk, checked, &client, &person, Some(&wait.audience))? {
        Settled::For(checked) => checked,
        Settled::Choose(..) => return Err(invalid_request(Why::ChoiceUnknown).into()),
    };
    let until = approvals::earlier(wait.ends_at, decided.until);
    let (answer, writes) = given::prepare(desk, call, &checked, &client, &person.id, auth_time, wait.scope, until);
    let asked = Asked { checked, client, person, auth_time };
    let answer = conclude(desk, call, id, browser, asked, answer, Some(writes)).await?;
    Ok(Standing::Answered(answer))
}

/// What the client hears of an administrator who did not approve it.
pub(super) fn turned_away(desk: &Desk, call: &Call, asked: &Asked, error: &OAuthError) -> Answer {
    desk.refused(call, "consent", error, Some(&asked.client.id), Some(&asked.person.id));
    outcome::refusal(&desk.config.issuer, &asked.checked, error)
}
