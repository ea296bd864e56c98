//! The token endpoint (RFC 6749 section 3.2): authenticate, read, judge, sign, then one short guarded write.

use std::sync::Arc;

use crate::{
    base::{
        call::Call,
        event::{Actor, Event},
        grant::{Access, Grant, GrantEnd, Refresh},
        secret::{Digest, Plain},
        user::User,
    },
    crypto::{digest, jwt, random, seal::Sealer},
    flows::{Desk, FlowResult, authenticate, client_credentials, desk::Use, device, exchange, id_jag},
    oauth::{
        client_auth::{self, Proven},
        dpop::{self, Proof},
        error::{OAuthError, invalid_client, invalid_dpop_proof, invalid_grant},
        openid,
        params::Params,
        token::{
            CodeExchange, Grantable, RefreshRequest, TokenRequest, code as code_rule,
            exchange::ExchangeRequest,
            issue::{self, Claims, TokenReply},
            refresh as refresh_rule,
        },
        why::Why,
    },
    store::{
        Stop, StoreError, StoreResult, Tx, access, audit, clients, codes, grants,
        refresh::{self, Found},
        tallies, users,
    },
};

/// What one exchange issues: signed before the write, dropped unseen when the write is lost.
pub(super) struct Issued {
    pub(super) reply: String,
    pub(super) access: Access,
    refresh: Option<Refresh>,
}

/// Exchanges a code or a refresh token. Gives the JSON of the answer.
pub async fn exchange(
    desk: &Arc<Desk>,
    call: &Call,
    header: Option<&str>,
    proofs: &[&str],
    form: &Params,
) -> FlowResult<String> {
    let mut claimed = None;
    let result = async {
        if ExchangeRequest::is_meant(form)? {
            return exchange::issue(desk, call, header, proofs, form, &mut claimed).await;
        }
        let presented = client_auth::presented(header, form)?;
        claimed = Some(presented.client_id().clone());
        let by = authenticate::client(desk, call, presented).await?;
        let request = TokenRequest::parse(form)?;
        let proof = proof(desk, call, proofs, &["/token", "/oauth/token"])?;
        match request.with_proof(&by, proof.as_ref())? {
            TokenRequest::Code(request) => code(desk, call, by, request).await,
            TokenRequest::Refresh(request) => refreshed(desk, call, by, request).await,
            TokenRequest::Device(request) => device::poll(desk, call, by, request).await,
            TokenRequest::Client(request) => client_credentials::issue(desk, call, by, request).await,
            TokenRequest::IdJag(request) => id_jag::issue(desk, call, by, *request).await,
        }
    }
    .await;
    if let Err(Stop::Refuse(error)) = &result
        && !error.is_a_step()
    {
        desk.refused(call, "token", error, claimed.as_ref(), None);
    }
    result
}

/// The proof that came with a request to one of these paths of ours, when one came.
pub(super) fn proof(desk: &Desk, call: &Call, proofs: &[&str], paths: &[&str]) -> Result<Option<Proof>, OAuthError> {
    if proofs.is_empty() {
        return Ok(None);
    }
    let addresses: Vec<_> = paths.iter().map(|path| desk.config.issuer.url(path)).collect();
    let request = dpop::Request { method: "POST", addresses: &addresses, token: None, now: call.now };
    desk.proofs.take(proofs, &request).map(Some)
}

async fn code(desk: &Arc<Desk>, call: &Call, by: Proven, request: CodeExchange) -> FlowResult<String> {
    let spent = digest::of(&request.code);
    let wanted = spent.clone();
    let found = desk
        .store
        .glance(move |reader| {
            let Some(code) = codes::find(reader, &wanted)? else { return Ok(None) };
            let Some(grant) = grants::find(reader, &code.grant)? else { return Ok(None) };
            Ok(users::find(reader, &grant.user)?.map(|person| (code, grant, person)))
        })
        .await?;
    let (code, grant, person) = found.ok_or_else(|| invalid_grant(Why::CodeUnknown))?;
    let grantable = code_rule::check(&code, &grant, &by, &request)?;
    allowed(desk, &grantable)?;
    let issued = issue(desk, call, &grantable, Some(&person))?;
    let (call, client) = (call.clone(), by.into_client());
    let reply = desk
        .store
        .write(move |tx| {
            if !clients::is_active(tx, &client.id)? {
                return Err(invalid_client(Why::AuthClientUnknown).into());
            }
            if !codes::spend(tx, &spent, call.now)? {
                // The proof came first: whoever shows it again is the thief or the robbed.
                grants::end(tx, &code.grant, GrantEnd::CodeReplayed, call.now)?;
                let event = Event::CodeReplayed { client: grant.client, user: grant.user, grant: grant.id };
                audit::record(tx, &call, &Actor::Client(client.id.clone()), &event)?;
                return Err(invalid_grant(Why::CodeReplayed).into());
            }
            let grant = grants::find(tx, &code.grant)?.ok_or_else(|| invalid_grant(Why::CodeUnknown))?;
            code_rule::in_time(&code, &grant, call.now)?;
            write_down_issued(tx, &call, &issued)?;
            Ok(issued.reply)
        })
        .await?;
    desk.metrics.issued("authorization_code");
    Ok(reply)
}

/// What a refresh comes to.
enum Refreshed {
    Rotated(String),
    /// Somebody else of the same client was first: the sealed reply of then.
    Again(String),
}

async fn refreshed(desk: &Arc<Desk>, call: &Call, by: Proven, request: RefreshRequest) -> FlowResult<String> {
    let shown = digest::of(&request.token);
    let wanted = shown.clone();
    let grace = desk.config.policy.lifetimes.refresh_grace;
    let found = desk
        .store
        .glance(move |reader| refresh::find_whole(reader, &wanted))
        .await?
        .ok_or_else(|| invalid_grant(Why::RefreshUnknown))?;
    let sealer = Sealer::under(&request.token, "refresh reply");
    let now = call.now;
    let judge = move |found: &Found, by: &Proven, request: &RefreshRequest| {
        let answered = found.reply.as_ref().map(|reply| reply.spent_for.as_str());
        refresh_rule::check(&found.token, &found.grant, by, request, answered, grace, now)
    };
    let issued = match judge(&found, &by, &request)? {
        refresh_rule::Decision::Rotate(grantable) => {
            allowed(desk, &grantable)?;
            let issued = issue(desk, call, &grantable, Some(&found.person))?;
            let sealed = sealer.seal(&place(&shown), issued.reply.as_bytes())?;
            Some((issued, sealed))
        }
        refresh_rule::Decision::SameReplyAgain | refresh_rule::Decision::Reuse => None,
    };
    let used = Use { grant: found.grant.id.clone(), client: found.grant.client.clone(), at: call.now };
    let (call, id) = (call.clone(), shown.clone());
    let outcome = desk
        .store
        .write(move |tx| {
            if let Some((issued, sealed)) = issued {
                let successor = issued.refresh.as_ref().map(|next| next.digest.clone());
                let spent = refresh::Spent {
                    successor: successor.unwrap_or(id),
                    spent_for: request.spent_for(),
                    reply: sealed,
                    reply_until: call.now + grace,
                };
                // What was judged by a reader a moment ago holds as long as the token can be spent.
                if refresh::spend(tx, &found.token, &spent, call.now)? {
                    return Ok(rotated(tx, &call, found.grant, issued)?);
                }
            }
            let found = refresh::find_whole(tx, &found.token.digest)?;
            let found = found.ok_or_else(|| invalid_grant(Why::RefreshUnknown))?;
            if !clients::is_active(tx, &found.token.client)? {
                return Err(invalid_client(Why::AuthClientUnknown).into());
            }
            not_rotated(tx, &call, judge(&found, &by, &request)?, found)
        })
        .await?;
    desk.metrics.issued("refresh_token");
    match outcome {
        Refreshed::Rotated(reply) => {
            note_use(desk, used);
            Ok(reply)
        }
        Refreshed::Again(sealed) => {
            let reply = sealer.open(&place(&shown), &sealed)?;
            Ok(String::from_utf8_lossy(&reply).into_owned())
        }
    }
}

/// Writes down what takes the place of a token that was just spent.
fn rotated(tx: &mut Tx<'_>, call: &Call, grant: Grant, issued: Issued) -> StoreResult<Refreshed> {
    write_down(tx, &issued)?;
    let by = Actor::Client(grant.client.clone());
    let token = issued.access.id.clone();
    let event = Event::TokenRefreshed { client: grant.client, user: grant.user, grant: grant.id, token };
    audit::record(tx, call, &by, &event)?;
    Ok(Refreshed::Rotated(issued.reply))
}

/// What comes of a token that could not be spent.
fn not_rotated(
    tx: &mut Tx<'_>,
    call: &Call,
    decision: refresh_rule::Decision,
    found: Found,
) -> Result<Refreshed, Stop<OAuthError>> {
    let Found { grant, reply, .. } = found;
    match decision {
        refresh_rule::Decision::SameReplyAgain => {
            let reply = reply.ok_or_else(refresh_rule::reused)?;
            Ok(Refreshed::Again(reply.sealed))
        }
        refresh_rule::Decision::Reuse => {
            grants::end(tx, &grant.id, GrantEnd::RefreshReused, call.now)?;
            let by = Actor::Client(grant.client.clone());
            let event = Event::RefreshReused { client: grant.client, user: grant.user, grant: grant.id };
            audit::record(tx, call, &by, &event)?;
            Err(refresh_rule::reused().into())
        }
        // It looked spent a moment ago and is not: nothing was signed for it, so the client asks again.
        refresh_rule::Decision::Rotate(_) => Err(Stop::Fail(StoreError::Busy)),
    }
}

/// Notes a use of a grant that gave tokens before. It is written down with others, some time later.
pub(super) fn note_use(desk: &Desk, used: Use) {
    desk.tallies.add("tokens", used.at);
    desk.uses.note(used);
}

/// The access list is asked again at every exchange, from memory.
pub(super) fn allowed(desk: &Desk, grantable: &Grantable) -> FlowResult<()> {
    match desk.store.standing().role(grantable.user()) {
        Some(_) => Ok(()),
        None => Err(invalid_grant(Why::GrantOver).into()),
    }
}

/// Draws and signs.
pub(super) fn issue(desk: &Desk, call: &Call, grantable: &Grantable, person: Option<&User>) -> FlowResult<Issued> {
    let (lifetimes, register) = (&desk.config.policy.lifetimes, desk.store.standing().register());
    let resource = register.find(grantable.audience());
    if grantable.key().is_none() && resource.is_some_and(|resource| resource.require_dpop) {
        return Err(invalid_dpop_proof(Why::ProofMissing).into());
    }
    let life = register.token_life(grantable.audience(), lifetimes.access_token);
    let claims = issue::claims(grantable, &desk.config.issuer, person, random::id("dba_", call.millis), life, call.now);
    let signed = jwt::sign(desk.keys.ring().signing(), jwt::ACCESS_TOKEN, &claims)?;
    let next: Option<Plain> = grantable.refreshable().then(|| random::refresh_token(call.millis));
    let end = call.now + lifetimes.refresh_token;
    let refresh = next.as_ref().map(|next| Refresh {
        digest: digest::of(next),
        grant: grantable.grant().clone(),
        client: grantable.client().clone(),
        key: grantable.refresh_key().map(str::to_owned),
        expires_at: grantable.until().map_or(end, |until| until.min(end)),
        spent_at: None,
    });
    let access = issue::record(&claims, digest::of_text(&signed));
    let id_token = id_token(desk, &claims, grantable.nonce(), &signed)?;
    let reply = serde_json::to_string(&TokenReply::new(signed, next.as_ref(), id_token, &claims))
        .map_err(|e| StoreError::Other(e.to_string()))?;
    Ok(Issued { reply, access, refresh })
}

/// Says who signed in, when the client asked for that and this server does it.
fn id_token(desk: &Desk, claims: &Claims, nonce: Option<&str>, access_token: &str) -> FlowResult<Option<String>> {
    let ring = desk.keys.ring();
    let said = openid::id_token(claims, nonce, access_token).filter(|_| desk.config.policy.has_openid());
    let signed = said.zip(ring.id_tokens()).map(|(said, key)| jwt::sign(key, jwt::ID_TOKEN, &said));
    Ok(signed.transpose()?)
}

/// Writes down the first that a grant gives a client, with its line in the audit log.
pub(super) fn write_down_issued(tx: &mut Tx<'_>, call: &Call, issued: &Issued) -> StoreResult<()> {
    write_down_first(tx, call, issued)?;
    audit_issued(tx, call, issued)
}

/// Writes down what a grant gives that gave before, with its line in the audit log; that it did goes to [`note_use`].
pub(super) fn write_down_again(tx: &mut Tx<'_>, call: &Call, issued: &Issued) -> StoreResult<()> {
    write_down(tx, issued)?;
    audit_issued(tx, call, issued)
}

fn audit_issued(tx: &mut Tx<'_>, call: &Call, issued: &Issued) -> StoreResult<()> {
    let access = &issued.access;
    let event = Event::TokenIssued {
        client: access.client.clone(),
        user: access.user.clone(),
        grant: access.grant.clone(),
        token: access.id.clone(),
    };
    audit::record(tx, call, &Actor::Client(access.client.clone()), &event)
}

/// Writes down the first that a grant gives, and that it and its client were used. Later uses are noted together.
pub(super) fn write_down_first(tx: &mut Tx<'_>, call: &Call, issued: &Issued) -> StoreResult<()> {
    write_down(tx, issued)?;
    grants::used(tx, &issued.access.grant, call.now)?;
    clients::used(tx, &issued.access.client, call.now)?;
    tallies::add(tx, "tokens", 1, call.now)
}

/// Writes down what is issued.
fn write_down(tx: &mut Tx<'_>, issued: &Issued) -> StoreResult<()> {
    access::insert(tx, &issued.access)?;
    issued.refresh.as_ref().map_or(Ok(()), |next| refresh::insert(tx, next))
}

fn place(token: &Digest) -> String {
    format!("refresh_tokens/{}/reply", token.hex())
}
