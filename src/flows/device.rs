//! A device without a browser (RFC 8628): it begins, a person answers in a browser of theirs, it polls until it hears.

use std::sync::Arc;

use crate::{
    base::{
        approval::{Decided, Wait},
        call::Call,
        client::{Client, GrantType},
        event::{Actor, Event},
        grant::{Device, Grant},
        id::UserId,
        redirect::Destination,
        register::Resource,
        resource::ResourceUri,
        scope,
        time::Time,
        token::TokenKind,
        user::User,
        user_code::{ALPHABET, LENGTH, UserCode},
    },
    crypto::{digest, random},
    flows::{
        Desk, FlowResult,
        approvals::{self, Stand, Wish},
        authenticate,
        consent::{self, Choice, Others},
        login, token,
    },
    oauth::{
        authorize::{
            checks,
            choice::{self, Meant},
            consent::{self as consent_rule, Question},
            look_alike::disguise,
        },
        client_auth::{self, Proven},
        device::{self as rule, Reply},
        error::{OAuthError, access_denied, invalid_client, invalid_grant, invalid_request},
        params::Params,
        token::{
            DeviceRequest,
            device::{self as poll_rule, Decision, INTERVAL},
        },
        why::Why,
    },
    store::{Stop, StoreError, StoreResult, Tx, audit, clients, devices, grants, users},
};

/// A device that waits, and whom it is about.
pub struct Asked {
    /// What it asks for.
    pub device: Device,
    /// Which client it is.
    pub client: Client,
    /// Who is asked.
    pub person: User,
    /// Whether GitHub must be asked for their e-mail address first.
    pub owes_email: bool,
}

/// What a person is asked about a device that waits.
pub enum Standing {
    /// Whether it may come in; with those who use a client like it.
    Ready(Box<Asked>, Others),
    /// First, for which of these resources it is.
    Choose(Box<Asked>, Vec<Resource>),
}

/// What a device waits for, begun. Gives the answer that it shows to its person.
pub async fn begin(desk: &Arc<Desk>, call: &Call, header: Option<&str>, form: &Params) -> FlowResult<Reply> {
    let presented = client_auth::presented(header, form)?;
    let claimed = presented.client_id().clone();
    let result = async {
        let by = authenticate::client(desk, call, presented).await?;
        begun(desk, call, &by, form).await
    };
    let result = result.await;
    if let Err(Stop::Refuse(error)) = &result {
        desk.refused(call, "device_authorization", error, Some(&claimed), None);
    }
    result
}

async fn begun(desk: &Arc<Desk>, call: &Call, by: &Proven, form: &Params) -> FlowResult<Reply> {
    let book = desk.store.standing().register();
    let asked = rule::check(by, form, &book, &desk.config.policy)?;
    let code = random::token(TokenKind::Device);
    let letters: String = random::letters::<LENGTH>(ALPHABET);
    let user_code = UserCode::parse(&letters).ok_or_else(|| StoreError::Other("a user code is malformed".into()))?;
    let life = desk.config.policy.lifetimes.request;
    let device = Device {
        digest: digest::of(&code),
        client: by.id.clone(),
        scope: asked.scope().clone(),
        audience: asked.audience().clone(),
        open: asked.open().map(str::to_owned),
        ip: call.ip.clone(),
        created_at: call.now,
        expires_at: call.now + life,
        interval: INTERVAL,
        polled_at: None,
        decided_at: None,
        grant: None,
        spent_at: None,
    };
    let (shown, now) = (digest::of(user_code.letters()), call.now);
    desk.store
        .write::<(), OAuthError, _>(move |tx| {
            if !clients::is_active(tx, &device.client)? {
                return Err(invalid_client(Why::AuthClientUnknown).into());
            }
            // One in billions: whoever drew the same letters asks again.
            if !devices::insert(tx, &device, &shown)? {
                return Err(Stop::Fail(StoreError::Busy));
            }
            Ok(clients::used(tx, &device.client, now)?)
        })
        .await?;
    Ok(Reply::new(&desk.config.issuer, &code, &user_code, life))
}

/// The device that shows this code, for a person who is signed in. `chosen`: for which resource, should they have to say.
pub async fn look(
    desk: &Arc<Desk>,
    call: &Call,
    user: &UserId,
    code: &UserCode,
    chosen: Option<&ResourceUri>,
) -> FlowResult<Standing> {
    let (shown, who) = (digest::of(code.letters()), user.clone());
    let found = desk
        .store
        .read(move |reader| {
            let Some(device) = devices::by_user_code(reader, &shown)? else { return Ok(None) };
            let client = clients::find(reader, &device.client)?;
            Ok(Some((device, client, users::find(reader, &who)?)))
        })
        .await?;
    let asked = found.ok_or_else(|| invalid_request(Why::UserCodeUnknown)).and_then(|(device, client, person)| {
        if call.now >= device.expires_at || device.decided_at.is_some() {
            return Err(invalid_request(Why::UserCodeOver));
        }
        let client = checks::client(client)?;
        if !client.may_use(GrantType::DeviceCode) || !client.may_have(&device.scope) {
            return Err(invalid_request(Why::RequestOutdated));
        }
        if desk.store.standing().role(user).is_none() {
            return Err(access_denied(Why::NotOnAccessList));
        }
        let person = person.ok_or_else(|| invalid_request(Why::SessionOver))?;
        let owes_email = device.scope.contains(scope::EMAIL) && login::owes_email(desk, &person);
        Ok(Asked { device, client, person, owes_email })
    });
    let asked = match asked {
        Ok(asked) if approvals::of_request(desk, &asked.device.digest).await?.is_some() => {
            Err(invalid_request(Why::ApprovalWaits))
        }
        asked => asked,
    };
    match asked.and_then(|asked| settle(desk, asked, chosen)) {
        Ok((asked, Some(among))) => Ok(Standing::Choose(Box::new(asked), among)),
        Ok((asked, None)) => {
            let others = consent::others(desk, call, &asked.client, user).await?;
            Ok(Standing::Ready(Box::new(asked), others))
        }
        Err(error) => {
            desk.refused(call, "device", &error, None, Some(user));
            Err(error.into())
        }
    }
}
/// For which resource it is, as far as it can be said; else those that its person has to choose from.
fn settle(
    desk: &Desk,
    asked: Asked,
    chosen: Option<&ResourceUri>,
) -> Result<(Asked, Option<Vec<Resource>>), OAuthError> {
    let book = desk.store.standing().register();
    let person = &asked.person;
    if asked.device.open.is_none() {
        choice::may_use(&asked.device.audience, &book, &person.id, &person.login)?;
        return Ok((asked, None));
    }
    match choice::meant(&book, &person.id, &person.login, chosen)? {
        Meant::One(resource) => {
            let device = rule::meant_for(asked.device, &resource, &asked.client, &book, &desk.config.policy);
            Ok((Asked { device, ..asked }, None))
        }
        Meant::Of(among) => Ok((asked, Some(among))),
    }
}

/// What came of a person's answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Concluded {
    /// The device hears it.
    Answered,
    /// An administrator has to approve the client first.
    Waits,
}

/// Takes the person's answer, once. Gives the client that hears it.
pub async fn decide(
    desk: &Arc<Desk>,
    call: &Call,
    user: &UserId,
    auth_time: Time,
    code: &UserCode,
    choice: Choice,
) -> FlowResult<(Client, Concluded)> {
    let (asked, grant) = match look(desk, call, user, code, choice.resource.as_ref()).await? {
        Standing::Ready(asked, _) if choice.approve => {
            let grant = granted(desk, call, &asked, auth_time, &choice)?;
            match approvals::stand(desk, call, &asked.client, user).await? {
                Stand::Allowed(until) => {
                    let expires_at = approvals::earlier(grant.expires_at, until);
                    (asked, Some(Grant { expires_at, ..grant }))
                }
                Stand::Open => {
                    waits(desk, call, &asked, &grant).await?;
                    return Ok((asked.client, Concluded::Waits));
                }
                Stand::Denied => {
                    let (error, id, now) = (access_denied(Why::ApprovalDenied), asked.device.digest, call.now);
                    desk.store.record(move |tx| devices::decide(tx, &id, None, now)).await?;
                    desk.refused(call, "device", &error, Some(&asked.client.id), Some(user));
                    return Err(error.into());
                }
            }
        }
        Standing::Choose(..) if choice.approve => return Err(invalid_request(Why::ChoiceUnknown).into()),
        Standing::Ready(asked, _) | Standing::Choose(asked, _) => (asked, None),
    };
    let (at, id, client, user) = (call.clone(), asked.device.digest, asked.client.id.clone(), user.clone());
    desk.store
        .write::<(), OAuthError, _>(move |tx| {
            if !devices::decide(tx, &id, grant.as_ref().map(|grant| &grant.id), at.now)? {
                return Err(invalid_request(Why::UserCodeOver).into());
            }
            users::seen(tx, &user, at.now)?;
            let actor = Actor::User(user.clone());
            let Some(grant) = grant else {
                return Ok(audit::record(tx, &at, &actor, &Event::ConsentDenied { client, user })?);
            };
            if !clients::is_active(tx, &client)? {
                return Err(invalid_request(Why::RequestOutdated).into());
            }
            Ok(let_in(tx, &at, grant)?)
        })
        .await?;
    Ok((asked.client, Concluded::Answered))
}

/// From now on the device waits for an administrator, for as long as it does so at all.
async fn waits(desk: &Arc<Desk>, call: &Call, asked: &Asked, grant: &Grant) -> StoreResult<()> {
    let wish = Wish {
        request: asked.device.digest.clone(),
        pushed: None,
        auth_time: grant.auth_time,
        scope: grant.scope.clone(),
        audience: grant.audience.clone(),
        ends_at: grant.expires_at,
        until: Some(asked.device.expires_at),
    };
    approvals::wait(desk, call, &asked.client, &asked.person.id, wish).await.map(drop)
}

/// An administrator decided about what waited: if it is a device, it hears it at its next poll.
pub(super) fn approved(tx: &mut Tx<'_>, call: &Call, wait: &Wait, decided: Decided) -> StoreResult<()> {
    let Some(device) = devices::find(tx, &wait.request)? else { return Ok(()) };
    if !decided.allowed {
        return devices::decide(tx, &device.digest, None, call.now).map(drop);
    }
    let grant = Grant {
        id: random::id("dbg_", call.millis),
        client: wait.client.clone(),
        user: wait.user.clone(),
        scope: wait.scope.clone(),
        audience: wait.audience.clone(),
        redirect_uri: None,
        auth_time: wait.auth_time,
        created_at: call.now,
        expires_at: approvals::earlier(wait.ends_at, decided.until),
        ended_at: None,
        last_used_at: None,
    };
    if clients::is_active(tx, &grant.client)? && devices::decide(tx, &device.digest, Some(&grant.id), call.now)? {
        let_in(tx, call, grant)?;
    }
    Ok(())
}

/// Writes down what a person allowed a device.
fn let_in(tx: &mut Tx<'_>, call: &Call, grant: Grant) -> StoreResult<()> {
    grants::insert(tx, &grant)?;
    clients::authorized(tx, &grant.client, call.now)?;
    let event = Event::ConsentGiven {
        client: grant.client,
        user: grant.user.clone(),
        grant: grant.id,
        scope: grant.scope,
        audience: grant.audience,
        remembered: false,
    };
    audit::record(tx, call, &Actor::User(grant.user), &event)
}

fn granted(desk: &Desk, call: &Call, asked: &Asked, auth_time: Time, choice: &Choice) -> Result<Grant, OAuthError> {
    let Asked { device, client, person, .. } = asked;
    let book = desk.store.standing().register();
    let needed = consent_rule::needed(&device.scope, &Question::All, book.find(&device.audience), &desk.config.policy);
    let disguised = disguise(client, &Destination::Shown).is_some();
    let life = consent_rule::life(choice.life.as_deref(), consent_rule::lives(disguised))?;
    Ok(Grant {
        id: random::id("dbg_", call.millis),
        client: client.id.clone(),
        user: person.id.clone(),
        scope: consent_rule::allowed(&device.scope, &needed, &choice.scope)?,
        audience: device.audience.clone(),
        redirect_uri: None,
        auth_time,
        created_at: call.now,
        expires_at: life.until(call.now),
        ended_at: None,
        last_used_at: None,
    })
}

/// The device asks whether its person has answered. Gives the JSON of the answer when they let it in.
pub(super) async fn poll(desk: &Arc<Desk>, call: &Call, by: Proven, request: DeviceRequest) -> FlowResult<String> {
    let shown = digest::of(&request.code);
    let wanted = shown.clone();
    let found = desk
        .store
        .glance(move |reader| {
            let Some(device) = devices::find(reader, &wanted)? else { return Ok(None) };
            let grant = match &device.grant {
                Some(id) => grants::find(reader, id)?,
                None => None,
            };
            let person = match &grant {
                Some(grant) => users::find(reader, &grant.user)?,
                None => None,
            };
            Ok(Some((device, grant, person)))
        })
        .await?;
    let (device, grant, person) = found.ok_or_else(|| invalid_grant(Why::DeviceUnknown))?;
    let (grantable, person) = match (poll_rule::check(&device, grant.as_ref(), &by, &request, call.now)?, person) {
        (Decision::Wait(interval, say), _) => {
            let now = call.now;
            desk.store.record(move |tx| devices::polled(tx, &shown, interval, now)).await?;
            return Err(Stop::Refuse(*say));
        }
        (Decision::Give(grantable), Some(person)) => (grantable, person),
        (Decision::Give(_), None) => return Err(invalid_grant(Why::GrantOver).into()),
    };
    token::allowed(desk, &grantable)?;
    let issued = token::issue(desk, call, &grantable, Some(&person))?;
    let (call, client) = (call.clone(), by.into_client());
    let reply = desk
        .store
        .write(move |tx| {
            if !clients::is_active(tx, &client.id)? {
                return Err(invalid_client(Why::AuthClientUnknown).into());
            }
            if !devices::spend(tx, &shown, call.now)? {
                return Err(invalid_grant(Why::DeviceSpent).into());
            }
            if !grants::find(tx, &issued.access.grant)?.is_some_and(|grant| grant.is_live(call.now)) {
                return Err(invalid_grant(Why::GrantOver).into());
            }
            token::write_down_issued(tx, &call, &issued)?;
            Ok(issued.reply)
        })
        .await?;
    desk.metrics.issued("device_code");
    Ok(reply)
}
