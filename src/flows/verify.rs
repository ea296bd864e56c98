//! The gate: decides in memory. A token that it sees for the first time is looked for in the book, and if it is not the one that
//! stands there, its signature decides; whether it is in time and whether anything speaks against it is asked every time.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use quick_cache::sync::Cache;

use crate::{
    base::{
        call::Call,
        event::{Actor, Event},
        id::GrantId,
        resource::ResourceUri,
        time::Time,
    },
    crypto::{digest, jwt},
    flows::{Desk, FlowResult, desk::Use},
    oauth::{
        dpop::{self, Proof},
        error::{ErrorKind, OAuthError, not_found},
        token::issue::Claims,
        verify::{self as rule, Identity, Presented, Question, Standing, Target, Token},
    },
    store::{
        Reader, access, audit,
        standing::{Bearer, Verdict},
    },
};

/// How many tokens are remembered: each takes some 1,500 bytes, and one more a look into the book.
const REMEMBERED: usize = 12_000;
/// Stands for a token that was not used since the last look.
const UNUSED: i64 = i64::MIN;

/// What the gate remembers: the claims of tokens that are ours, by the digest of the token.
pub struct Gate(Cache<[u8; 32], Arc<Known>>);

/// A token that one of our keys signed.
pub(super) struct Known {
    pub(super) claims: Claims,
    identity: Identity,
    /// After which exchange of keys that was. Later ones may say otherwise.
    exchange: u64,
    used: AtomicI64,
}

impl Known {
    /// Notes that the token was used.
    pub(super) fn used_at(&self, now: Time) {
        self.used.fetch_max(now.unix(), Ordering::Relaxed);
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self(Cache::new(REMEMBERED))
    }
}

impl Gate {
    /// Which grants were used since the last time this was asked, each once. For a job that writes it down.
    pub fn uses_since_last(&self) -> Vec<Use> {
        let mut uses: HashMap<GrantId, Use> = HashMap::new();
        for (_, known) in self.0.iter() {
            let at = known.used.swap(UNUSED, Ordering::Relaxed);
            if at == UNUSED {
                continue;
            }
            let (grant, client) = (known.claims.grant.clone(), known.claims.client_id.clone());
            let at = Time::from_unix(at);
            let last = uses.entry(grant.clone()).or_insert(Use { grant, client, at });
            last.at = last.at.max(at);
        }
        uses.into_values().collect()
    }

    /// The token's claims, if one of the keys in force signed them: then it is in the book as it was given, or says so itself.
    pub(super) fn claims(&self, desk: &Desk, token: &str) -> Option<Arc<Known>> {
        // The number first: a token that is looked at while keys are exchanged is looked at once more rather than never.
        let exchange = desk.keys.exchanged();
        let place = digest::sha256(token.as_bytes());
        if let Some(known) = self.0.get(&place).filter(|known| known.exchange == exchange) {
            return Some(known);
        }
        desk.metrics.gate().verified.inc();
        // A row by its key takes a sixth of the time of a signature.
        let is_given = |claims: &Claims| {
            let given = |reader: &mut Reader<'_>| access::is_given(reader, &claims.jti, &digest::hex(&place));
            desk.store.peek(given).unwrap_or(false)
        };
        let claims = jwt::verify_unless(&desk.keys.ring(), jwt::ACCESS_TOKEN, token, is_given)?;
        let known = Known { identity: Identity::of(&claims), claims, exchange, used: AtomicI64::new(UNUSED) };
        let known = Arc::new(known);
        self.0.insert(place, known.clone());
        Some(known)
    }
}

/// A request that a proxy asks about.
pub struct Asked<'a> {
    /// All its `Authorization` headers.
    pub authorization: &'a [&'a str],
    /// All its `DPoP` headers; asked for only when the token is presented as a bound one.
    pub proofs: &'a [&'a str],
    /// What the proxy guards, as forwarded.
    pub target: Option<Target>,
    /// Its method, as forwarded.
    pub method: Option<&'a str>,
}

/// That a request may pass.
pub struct Pass(Option<Arc<Known>>);

/// What goes on with a preflight.
static NOBODY: Identity = Identity::NOBODY;

impl Pass {
    /// Whether it passes by a token that this server gave. A preflight may pass without, whatever it brings.
    pub const fn has_token(&self) -> bool {
        self.0.is_some()
    }

    /// What goes on with it.
    pub fn identity(&self) -> &Identity {
        self.0.as_ref().map_or(&NOBODY, |known| &known.identity)
    }
}

/// Whether the request may pass, and what goes on with it. `call` is asked for only when a refusal is worth a line.
pub fn ask(desk: &Desk, asked: &Asked<'_>, now: Time, call: impl FnOnce() -> Call) -> Result<Pass, OAuthError> {
    let shown = rule::presented(asked.authorization);
    let known = known(desk, shown);
    let token = token(desk, shown, known.as_deref());
    let book = desk.store.standing().register();
    let proof = match (shown, &known) {
        (Ok(Some(Presented { token, bound: true })), Some(_)) => Some(proof(desk, asked, token, now)),
        _ => None,
    };
    let (target, proof) = (asked.target.as_ref(), proof.as_ref());
    let question = Question { book: &book, target, method: asked.method, token, proof, assumes_proof: false, now };
    let decided = rule::check(&question).map(|claims| claims.is_some());
    if let Some(resource) = target.and_then(|target| book.covering(target.origin(), target.path())) {
        desk.traffic.note(&resource.uri, decided.as_ref().map(drop), now);
    }
    let figures = desk.metrics.gate();
    match &decided {
        Ok(_) => {
            figures.allowed.inc();
            if let Some(known) = &known {
                known.used_at(now);
            }
        }
        Err(error) if error.kind() == ErrorKind::TemporarilyUnavailable => figures.unready.inc(),
        Err(error) => {
            figures.denied.inc();
            if !error.is_a_step() {
                let claims = known.as_ref().map(|known| &known.claims);
                desk.refused(&call(), "verify", error, claims.map(|c| &c.client_id), claims.map(|c| &c.sub));
            }
        }
    }
    decided.map(|has_token| Pass(known.filter(|_| has_token)))
}

/// What is known of a token that was shown.
pub(super) fn known(desk: &Desk, shown: Result<Option<Presented<'_>>, Token<'_>>) -> Option<Arc<Known>> {
    shown.ok().flatten().and_then(|shown| desk.gate.claims(desk, shown.token))
}

/// The same for the rule to judge.
pub(super) fn token<'a>(
    desk: &Desk,
    shown: Result<Option<Presented<'_>>, Token<'static>>,
    known: Option<&'a Known>,
) -> Token<'a> {
    match (shown, known) {
        (Err(token), _) => token,
        (Ok(None), _) => Token::Missing,
        (Ok(Some(_)), None) => Token::Unreadable,
        (Ok(Some(_)), Some(known)) => Token::Signed(&known.claims, standing(desk, &known.claims)),
    }
}

/// What the gate would say of a token.
pub struct Tried {
    /// Whether it would pass, or why not.
    pub decided: Result<(), OAuthError>,
    /// What stands in it, when one of our keys signed it.
    pub claims: Option<Claims>,
    /// Whether it is bound to a key: then this is about a request that comes with the proof.
    pub bound: bool,
}

/// Says of a token what the gate would say at that resource. It counts nowhere, and nothing is kept but that it was tried.
pub async fn try_token(desk: &Desk, call: &Call, actor: &Actor, uri: &ResourceUri, typed: &str) -> FlowResult<Tried> {
    let book = desk.store.standing().register();
    let resource = book.find(uri).ok_or_else(not_found)?;
    let target = Target::parse_url(resource.uri.as_str())?;
    let header = if typed.contains(' ') { typed.to_owned() } else { format!("Bearer {typed}") };
    let authorization = [header.as_str()];
    let shown = rule::presented(&authorization);
    let known = shown.ok().flatten();
    let known = known.and_then(|shown| jwt::verify::<Claims>(&desk.keys.ring(), jwt::ACCESS_TOKEN, shown.token));
    let token = match (&shown, &known) {
        (Err(token), _) => *token,
        (Ok(None), _) => Token::Malformed,
        (Ok(Some(_)), None) => Token::Unreadable,
        (Ok(Some(_)), Some(claims)) => Token::Signed(claims, standing(desk, claims)),
    };
    let question = Question {
        book: &book,
        target: Some(&target),
        method: None,
        token,
        proof: None,
        assumes_proof: true,
        now: call.now,
    };
    let decided = rule::check(&question).map(drop);
    let event = Event::TokenTried {
        resource: resource.uri.clone(),
        token: known.as_ref().map(|claims| claims.jti.clone()),
        said: decided.as_ref().err().map(|error| error.why().code()),
    };
    let (at, actor) = (call.clone(), actor.clone());
    desk.store.record(move |tx| audit::record(tx, &at, &actor, &event)).await?;
    let bound = known.as_ref().is_some_and(|claims| claims.cnf.is_some());
    Ok(Tried { decided, claims: known, bound })
}

/// The proof that came with a bound token: for the request that the proxy asks about, by the address that its client knows.
fn proof(desk: &Desk, asked: &Asked<'_>, token: &str, now: Time) -> Result<Proof, OAuthError> {
    let address = asked.target.iter().map(|target| format!("{}{}", target.origin(), target.path())).collect::<Vec<_>>();
    let method = asked.method.unwrap_or_default();
    desk.proofs.take(asked.proofs, &dpop::Request { method, addresses: &address, token: Some(token), now })
}

fn standing(desk: &Desk, claims: &Claims) -> Standing {
    let bearer = Bearer { token: &claims.jti, grant: &claims.grant, client: &claims.client_id, user: &claims.sub };
    match desk.store.standing().judge(&bearer) {
        Verdict::Good => Standing::Good,
        Verdict::Ended => Standing::Revoked,
        Verdict::ClientDisabled => Standing::ClientOut,
        Verdict::UserSuspended | Verdict::UserNotAllowed => Standing::PersonOut,
        Verdict::Unknown => Standing::Unknown,
    }
}
