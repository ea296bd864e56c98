//! Initial access tokens: what an administrator hands to whoever may register. Shown once, kept as a digest.

use crate::{
    base::{
        call::Call,
        client::GrantType,
        event::{Actor, Event},
        id::InitialTokenId,
        initial_token::InitialToken,
        registration::{RegistrationMode, RegistrationPolicy},
        scope::ScopeSet,
        secret::Plain,
        time::Span,
        token::TokenKind,
    },
    config::parse,
    crypto::{digest, random},
    flows::{Desk, FlowResult, clients::person},
    oauth::{
        error::{OAuthError, invalid_request, not_found},
        registration::policy,
        why::Why,
    },
    store::{audit, initial_tokens},
};

/// The longest label.
pub const LONGEST_LABEL: usize = 100;
/// The longest life.
pub const LONGEST_LIFE: Span = Span::days(3_650);
/// No more clients than so many are registered by one token that is counted.
pub const MOST_USES: i64 = 1_000_000;

/// What a new token is to be.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Its name for people.
    pub label: String,
    /// The most that its clients may ever ask for; empty: everything on offer.
    pub scopes: ScopeSet,
    /// The only sites that its clients may have codes sent to; empty: those that the policy allows.
    pub redirect_hosts: Vec<String>,
    /// The only grants that its clients may use; empty: those of any client that registers itself.
    pub grant_types: Vec<GrantType>,
    /// How many clients may be registered by it; `None`: any number.
    pub most_uses: Option<i64>,
    /// How long it works; `None`: for ever.
    pub life: Option<Span>,
}

/// A token that was just made.
pub struct Made {
    /// What is known of it.
    pub token: InitialToken,
    /// The token itself, shown once.
    pub secret: Plain,
}

/// Makes one.
pub async fn create(desk: &Desk, call: &Call, actor: &Actor, wanted: Wanted) -> FlowResult<Made> {
    let wanted = sound(desk, wanted)?;
    let secret = random::token(TokenKind::Initial);
    let token = InitialToken {
        id: random::id("dbit_", call.millis),
        label: wanted.label,
        scopes: wanted.scopes,
        redirect_hosts: wanted.redirect_hosts,
        grant_types: wanted.grant_types,
        most_uses: wanted.most_uses,
        uses: 0,
        expires_at: wanted.life.map(|life| call.now + life),
        created_at: call.now,
        created_by: person(actor),
        last_used_at: None,
        revoked_at: None,
    };
    let (row, key, call, actor) = (token.clone(), digest::of(&secret), call.clone(), actor.clone());
    desk.store
        .record(move |tx| {
            initial_tokens::insert(tx, &row, &key)?;
            audit::record(tx, &call, &actor, &Event::InitialTokenMade { token: row.id, label: row.label })
        })
        .await?;
    Ok(Made { token, secret })
}

/// What can be a token.
fn sound(desk: &Desk, wanted: Wanted) -> Result<Wanted, OAuthError> {
    let wrong = |member: &str| Err(invalid_request(Why::InitialTokenMember).about(member));
    let label = wanted.label.trim().to_owned();
    if label.is_empty() || label.chars().count() > LONGEST_LABEL || label.chars().any(char::is_control) {
        return wrong("label");
    }
    if !wanted.scopes.is_subset_of(&desk.config.policy.scopes) {
        return wrong("scopes");
    }
    if wanted.redirect_hosts.iter().any(|host| parse::hosts(host).ok().as_deref() != Some(std::slice::from_ref(host))) {
        return wrong("redirect_hosts");
    }
    if wanted.grant_types == [GrantType::RefreshToken] {
        return wrong("grant_types");
    }
    if wanted.most_uses.is_some_and(|most| !(1..=MOST_USES).contains(&most)) {
        return wrong("uses");
    }
    if wanted.life.is_some_and(|life| life <= Span::ZERO || life > LONGEST_LIFE) {
        return wrong("expires");
    }
    Ok(Wanted { label, ..wanted })
}

/// Ends one. What was registered by it stays.
pub async fn revoke(desk: &Desk, call: &Call, actor: &Actor, id: &InitialTokenId) -> FlowResult<()> {
    let (call, actor, id) = (call.clone(), actor.clone(), id.clone());
    desk.store
        .write(move |tx| {
            let token = initial_tokens::find(tx, &id)?.ok_or_else(not_found)?;
            if !initial_tokens::revoke(tx, &id, call.now)? {
                return Ok(());
            }
            Ok(audit::record(tx, &call, &actor, &Event::InitialTokenRevoked { token: id, label: token.label })?)
        })
        .await
}

/// The token that came with a registration, if one did and it works. While anybody may register, other tokens that a client
/// happens to send mean nothing here.
pub(super) async fn shown(
    desk: &Desk,
    call: &Call,
    shown: Option<&str>,
    rules: &RegistrationPolicy,
) -> FlowResult<Option<InitialToken>> {
    let Some(text) = shown.filter(|_| rules.takes_registrations()) else { return Ok(None) };
    let Some(token) = Plain::parse(TokenKind::Initial, text) else {
        return match rules.mode {
            RegistrationMode::Token => Err(policy::token_refused(Why::InitialTokenWrong).into()),
            RegistrationMode::Open | RegistrationMode::Approval | RegistrationMode::Closed => Ok(None),
        };
    };
    let key = digest::of(&token);
    let found = desk.store.glance(move |reader| initial_tokens::by_digest(reader, &key)).await?;
    Ok(Some(policy::invitation(found, call.now)?))
}
