//! What letting a client in writes: a grant, its code, and the answer that is remembered.

use std::sync::Arc;

use super::parties;
use crate::{
    base::{
        call::Call,
        client::Client,
        event::{Actor, Event},
        grant::{Code, Consent, Grant},
        id::{ClientId, UserId},
        scope::{self, ScopeSet},
        secret::Digest,
        time::Time,
        token::TokenKind,
    },
    crypto::{digest, random},
    flows::{Desk, FlowResult},
    oauth::{
        authorize::{Answer, Checked, consent as rule, outcome},
        error::{OAuthError, invalid_request},
        par,
        why::Why,
    },
    store::{Stop, StoreResult, Tx, audit, clients, codes, consents, grants, parked, users},
};

/// Gives a grant and its code without a question, because it was answered before.
pub(in crate::flows) async fn grant(
    desk: &Arc<Desk>,
    call: &Call,
    checked: &Checked,
    user: &UserId,
    auth_time: Time,
    until: Option<Time>,
) -> FlowResult<Answer> {
    let (client, _) = parties(desk, checked, user).await?;
    let scope = checked.scope().clone();
    let (answer, writes) = prepare(desk, call, checked, &client, user, auth_time, scope, until);
    let (call, pushed) = (call.clone(), checked.pushed());
    desk.store
        .write::<(), OAuthError, _>(move |tx| {
            still_welcome(tx, &client.id)?;
            spend(tx, pushed.as_ref(), call.now)?;
            Ok(writes.write(tx, &call)?)
        })
        .await?;
    Ok(answer)
}

/// Spends what the client pushed, when the request was pushed: it is decided once, in however many browsers it was opened.
pub(super) fn spend(tx: &mut Tx<'_>, pushed: Option<&Digest>, now: Time) -> Result<(), Stop<OAuthError>> {
    match pushed {
        Some(pushed) if !parked::spend(tx, pushed, now)? => Err(par::spent().into()),
        _ => Ok(()),
    }
}

/// The client may have been disabled or revoked since the page was shown.
pub(super) fn still_welcome(tx: &mut Tx<'_>, client: &ClientId) -> FlowResult<()> {
    if clients::is_active(tx, client)? { Ok(()) } else { Err(invalid_request(Why::ClientGone).into()) }
}

/// Everything that letting a client in writes.
pub(super) struct Writes {
    grant: Grant,
    code: Code,
    remembered: Option<Consent>,
}

impl Writes {
    pub(super) fn write(self, tx: &mut Tx<'_>, call: &Call) -> StoreResult<()> {
        grants::insert(tx, &self.grant)?;
        codes::insert(tx, &self.code)?;
        clients::authorized(tx, &self.grant.client, call.now)?;
        users::seen(tx, &self.grant.user, call.now)?;
        if let Some(consent) = &self.remembered {
            consents::remember(tx, consent, call.now)?;
        }
        let event = Event::ConsentGiven {
            client: self.grant.client,
            user: self.grant.user.clone(),
            grant: self.grant.id,
            scope: self.grant.scope,
            audience: self.grant.audience,
            remembered: self.remembered.is_some(),
        };
        audit::record(tx, call, &Actor::User(self.grant.user), &event)
    }
}

/// Draws grant and code.
#[expect(clippy::too_many_arguments, reason = "each of them is one fact of the grant")]
pub(super) fn prepare(
    desk: &Desk,
    call: &Call,
    checked: &Checked,
    client: &Client,
    user: &UserId,
    auth_time: Time,
    scope: ScopeSet,
    until: Option<Time>,
) -> (Answer, Writes) {
    let code = random::token(TokenKind::Code);
    let grant = Grant {
        id: random::id("dbg_", call.millis),
        client: client.id.clone(),
        user: user.clone(),
        scope: scope.clone(),
        audience: checked.audience().clone(),
        redirect_uri: Some(checked.to().uri().clone()),
        auth_time,
        created_at: call.now,
        expires_at: until,
        ended_at: None,
        last_used_at: None,
    };
    let remembered = (rule::may_be_remembered(checked, client) && until.is_none()).then(|| Consent {
        user: user.clone(),
        client: client.id.clone(),
        redirect_uri: checked.to().uri().clone(),
        audience: checked.audience().clone(),
        scope,
    });
    let row = Code {
        digest: digest::of(&code),
        grant: grant.id.clone(),
        client: client.id.clone(),
        redirect_uri: checked.to().uri().clone(),
        challenge: checked.challenge().as_str().to_owned(),
        key: checked.key().map(str::to_owned),
        nonce: checked.nonce().filter(|_| grant.scope.contains(scope::OPENID)).map(str::to_owned),
        expires_at: call.now + desk.config.policy.lifetimes.code,
        spent_at: None,
    };
    (outcome::code(&desk.config.issuer, checked, &code), Writes { grant, code: row, remembered })
}
