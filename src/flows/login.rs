//! Sign-in: to GitHub and back, or by name in local mode. Whoever is let in gets a session; the first administrator is made
//! by the claim link.

use std::{collections::HashMap, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    base::{
        access::{AccessList, Admission},
        call::Call,
        event::{Actor, Event},
        grant::Parked,
        id::UserId,
        secret::{Digest, Plain},
        time::Time,
        token::TokenKind,
        user::{Identity, Provider, Role, User, Who},
    },
    config::SignIn,
    crypto::digest,
    flows::{
        Desk, FlowResult, consent,
        parking::{self, Waits},
    },
    identity::{github, local},
    oauth::{
        authorize::{Answer, Checked, Waiting, outcome},
        error::{OAuthError, access_denied, invalid_request, temporarily_unavailable},
        why::Why,
    },
    store::{Stop, StoreError, StoreResult, allowlist, audit, claims, parked, tallies, users},
};

pub use crate::identity::github::Errand;

/// Why somebody signs in when no client asks.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Purpose {
    /// To open a page of ours.
    Visit {
        /// Its path.
        path: String,
        /// Whether the page asks for their e-mail address.
        email: bool,
    },
    /// To become the first administrator, by the link of that digest.
    Claim(String),
}

/// Where a sign-in goes from here.
pub enum Next {
    /// To a page of ours, by its path.
    Page(String),
    /// To the question of consent, carrying this request.
    Ask(Plain),
}

/// A person who was just let in.
pub struct SignedIn {
    /// Who.
    pub user: UserId,
    /// Their login, for pages.
    pub login: String,
    /// When.
    pub auth_time: Time,
    /// Where they go.
    pub next: Next,
}

/// Somebody who signed in and is not let in.
pub struct Turned {
    /// Why.
    pub error: OAuthError,
    /// Who they are signed in as.
    pub login: String,
    /// Where the client hears of it, when one asked.
    pub back: Option<Answer>,
}

/// How a sign-in ends.
pub enum Ended {
    /// With a session.
    In(SignedIn),
    /// At the door.
    Out(Box<Turned>),
}

/// Parks a sign-in for a page of ours, and gives its id.
pub async fn visit(desk: &Arc<Desk>, call: &Call, browser: &Plain, path: &str, errand: &Errand) -> FlowResult<Plain> {
    park(desk, call, browser, &Purpose::Visit { path: own_path(path), email: errand.email }).await
}

/// Parks a sign-in through the claim link, while the link is good.
pub async fn claim(desk: &Arc<Desk>, call: &Call, browser: &Plain, link: &str) -> FlowResult<Plain> {
    live_claim(desk, call, link).await?;
    park(desk, call, browser, &Purpose::Claim(claim_digest(link)?.hex().to_owned())).await
}

/// Until when a claim link is good.
pub async fn live_claim(desk: &Arc<Desk>, call: &Call, link: &str) -> FlowResult<Time> {
    let over = || invalid_request(Why::ClaimOver);
    let digest = claim_digest(link)?;
    let now = call.now;
    let until = desk.store.read(move |reader| claims::good_until(reader, &digest, now)).await?;
    let needed = !desk.store.standing().access().has_administrator();
    Ok(until.filter(|_| needed).ok_or_else(over)?)
}

fn claim_digest(link: &str) -> Result<Digest, OAuthError> {
    Plain::parse(TokenKind::Claim, link).map(|link| digest::of(&link)).ok_or_else(|| invalid_request(Why::ClaimOver))
}

/// What a sign-in for this request is for, as far as GitHub must know.
pub(super) fn errand(checked: &Checked) -> Errand {
    Errand { login: checked.login_hint().map(str::to_owned), email: checked.wants_email() }
}

fn errand_of(parked: &Parked) -> Errand {
    match (Waiting::from_json(&parked.request), serde_json::from_str(&parked.request)) {
        (Some(Waiting::Asks(checked)), _) => errand(&checked),
        (None, Ok(Purpose::Visit { email, .. })) => Errand { email, login: None },
        _ => Errand::default(),
    }
}

/// Whether GitHub was never asked for the e-mail address of somebody, so that they must go there once more before a client may
/// know it.
pub(super) fn owes_email(desk: &Desk, person: &User) -> bool {
    !desk.config.sign_in.is_local() && person.email_asked_at.is_none()
}

/// Where GitHub is asked, for a parked sign-in; `None` in local mode.
pub fn github_url(desk: &Desk, id: &Plain, errand: &Errand) -> Option<String> {
    match &desk.config.sign_in {
        SignIn::GitHub(app) => {
            let challenge = digest::sha256_base64url(verifier(desk, id).expose().as_bytes());
            Some(github::authorize_url(app, &desk.config.issuer, id.expose(), &challenge, errand))
        }
        SignIn::Local | SignIn::Unset => None,
    }
}

/// Takes GitHub's answer. It is taken once, and only in the browser that began.
pub async fn returned(desk: &Arc<Desk>, call: &Call, id: &Plain, browser: &Plain, code: &str) -> FlowResult<Ended> {
    let parked = take(desk, call, id, browser).await?;
    let (SignIn::GitHub(app), Some(http)) = (&desk.config.sign_in, &desk.http) else {
        return Err(invalid_request(Why::CallbackUnknown).into());
    };
    let errand = errand_of(&parked);
    let identity = github::identify(http, app, &desk.config.issuer, code, &verifier(desk, id), &errand).await;
    let identity = identity.map_err(|error| {
        log::warn!("a sign-in failed: {error}");
        match error {
            github::GitHubError::Code => invalid_request(Why::CallbackUnknown),
            ref slow if slow.timed_out() => temporarily_unavailable(Why::GitHubFailed).with_status(504),
            _ => temporarily_unavailable(Why::GitHubFailed).with_status(502),
        }
    })?;
    admit(desk, call, id, parked, identity).await
}

/// The person did not go through with it at GitHub: where their client hears of it, when one asked.
pub async fn declined(desk: &Arc<Desk>, call: &Call, id: &Plain, browser: &Plain) -> FlowResult<Option<Answer>> {
    let parked = take(desk, call, id, browser).await?;
    let error = access_denied(Why::GitHubDenied);
    desk.refused(call, "callback", &error, parked.client.as_ref(), None);
    Ok(way_back(desk, &parked, &error))
}

/// What is wrong with a name that was typed in local mode; `None` when it will do.
pub fn problem_with(name: &str) -> Option<&'static str> {
    local::identity(name).is_none().then_some(local::RULE)
}

/// Takes the name that was typed in local mode.
pub async fn named(desk: &Arc<Desk>, call: &Call, id: &Plain, browser: &Plain, name: &str) -> FlowResult<Ended> {
    if !desk.config.sign_in.is_local() {
        return Err(invalid_request(Why::CallbackUnknown).into());
    }
    let identity = local::identity(name).ok_or_else(|| invalid_request(Why::LocalName))?;
    let parked = take(desk, call, id, browser).await?;
    admit(desk, call, id, parked, identity).await
}

async fn park(desk: &Arc<Desk>, call: &Call, browser: &Plain, purpose: &Purpose) -> FlowResult<Plain> {
    let waits = Waits {
        client: None,
        request: serde_json::to_string(purpose).map_err(|e| StoreError::Other(e.to_string()))?,
        browser: Some(digest::of(browser)),
        person: None,
        until: call.now + desk.config.policy.lifetimes.request,
    };
    Ok(parking::park(desk, call, TokenKind::Request, waits).await?)
}

/// The parked sign-in, spent: exactly one answer is taken for it.
async fn take(desk: &Arc<Desk>, call: &Call, id: &Plain, browser: &Plain) -> FlowResult<Parked> {
    let parked = consent::waiting(desk, call, id, browser).await?;
    let (row, now) = (parked.digest.clone(), call.now);
    if desk.store.record(move |tx| parked::returned(tx, &row, now)).await? {
        Ok(parked)
    } else {
        Err(invalid_request(Why::RequestOver).into())
    }
}

/// Decides at the door, and writes down who came in.
async fn admit(desk: &Arc<Desk>, call: &Call, id: &Plain, parked: Parked, identity: Identity) -> FlowResult<Ended> {
    let user = identity.user_id();
    let claim = match serde_json::from_str(&parked.request) {
        Ok(Purpose::Claim(digest)) => Some(Digest::from_hex(digest)),
        _ => None,
    };
    if claim.is_none() {
        let refused = match desk.store.standing().access().admit(&identity) {
            Admission::As(_) if is_suspended(desk, &user).await? => Some(Why::PersonSuspended),
            Admission::As(_) => None,
            Admission::LoginTaken => Some(Why::LoginOtherPerson),
            Admission::Unknown => Some(Why::NotOnAccessList),
        };
        if let Some(why) = refused {
            let error = access_denied(why).describe(why.words());
            desk.refused(call, "sign-in", &error.clone().about(&identity.login), parked.client.as_ref(), Some(&user));
            let back = way_back(desk, &parked, &access_denied(why));
            return Ok(Ended::Out(Box::new(Turned { error, login: identity.login, back })));
        }
    }
    let standing = desk.store.standing();
    let may_bind = identity.provider == Provider::GitHub && standing.register().binds(&identity.login);
    let binds = may_bind || standing.access().binds(&identity.login);
    let (at, who, row) = (call.clone(), identity.clone(), parked.digest.clone());
    let provider = standing.access().provider();
    desk.store
        .write::<(), OAuthError, _>(move |tx| {
            let user = who.user_id();
            let actor = Actor::User(user.clone());
            if let Some(link) = &claim {
                // Somebody may have become administrator on the command line since the link was shown.
                let added = allowlist::entries(tx)?.into_iter().map(|entry| (entry.who, entry.role));
                let late = AccessList::new(provider, added, HashMap::new()).has_administrator();
                if late || !claims::spend(tx, link, at.now)? {
                    return Err(Stop::Refuse(invalid_request(Why::ClaimOver)));
                }
                allowlist::add(tx, &entry_of(&who), Role::Administrator, Some(&user), at.now)?;
                audit::record(tx, &at, &actor, &Event::AdministratorClaimed { user: user.clone() })?;
            }
            users::signed_in(tx, &who, at.now)?;
            if binds && allowlist::bind(tx, &who.login, &user, at.now)? {
                let event = Event::LoginBound { user: user.clone(), login: who.login.clone() };
                audit::record(tx, &at, &Actor::System, &event)?;
            }
            parked::signed_in(tx, &row, &user, at.now)?;
            tallies::add(tx, "sign-ins", 1, at.now)?;
            let event = Event::SignedIn { user, login: who.login.clone() };
            Ok(audit::record(tx, &at, &actor, &event)?)
        })
        .await?;
    let next = match serde_json::from_str(&parked.request) {
        Ok(Purpose::Visit { path, .. }) => Next::Page(path),
        Ok(Purpose::Claim(_)) => Next::Page("/admin".into()),
        Err(_) => Next::Ask(Plain::new(id.expose().to_owned())),
    };
    Ok(Ended::In(SignedIn { user, login: identity.login, auth_time: call.now, next }))
}

async fn is_suspended(desk: &Arc<Desk>, user: &UserId) -> StoreResult<bool> {
    let user = user.clone();
    let person = desk.store.read(move |reader| users::find(reader, &user)).await?;
    Ok(person.is_some_and(|person| person.suspended_at.is_some()))
}

/// The entry of the access list that means this person and nobody else.
fn entry_of(identity: &Identity) -> Who {
    match identity.provider {
        Provider::GitHub => Who::Number(identity.stable_id.clone()),
        Provider::Local => Who::Local(identity.stable_id.clone()),
        Provider::Company => Who::Company(identity.stable_id.clone()),
    }
}

fn way_back(desk: &Desk, parked: &Parked, error: &OAuthError) -> Option<Answer> {
    match Waiting::from_json(&parked.request)? {
        Waiting::Asks(checked) => Some(outcome::refusal(&desk.config.issuer, &checked, error)),
        Waiting::GoesBack(answer) => Some(answer),
        Waiting::Pushed { .. } => None,
    }
}

/// The PKCE verifier of the trip to GitHub: derived, so that nothing of it is kept.
fn verifier(desk: &Desk, id: &Plain) -> Plain {
    let key = desk.master.derive(&format!("github verifier {}", digest::of(id).hex()));
    Plain::new(digest::sha256_base64url(key.as_slice()))
}

/// Paths of our own only: a sign-in never ends at somebody else's site.
fn own_path(path: &str) -> String {
    let plain = path.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'\\' | b'@' | b':'));
    let own = plain && path.starts_with('/') && !path.starts_with("//");
    if own { path.chars().take(500).collect() } else { "/".into() }
}
