//! The authorization endpoint (RFC 6749 section 4.1.1): find the client, run the score sheet, park the request, and say where
//! the browser goes. A GET uses nothing up.

use std::sync::Arc;

use crate::{
    base::{
        call::Call,
        client::{Client, Tombstone},
        id::{ClientId, UserId},
        secret::Plain,
        time::Time,
        token::TokenKind,
    },
    crypto::{digest, jwt},
    flows::{
        Desk, FlowResult,
        approvals::{self, Stand},
        consent, documents,
        login::{self, Errand},
        parking::{self, Waits},
    },
    oauth::{
        authorize::{
            self, Answer, AuthorizeRequest, Checked, Refusal, Via, Waiting, checks, consent::Question, outcome,
        },
        error::{OAuthError, access_denied, consent_required, invalid_client, login_required},
        par::{self, Reference},
        params::Params,
        why::Why,
    },
    store::{Stop, StoreResult, parked, tombstones, users},
};

/// Who sits in front of the browser, as far as it is known.
pub struct Visitor {
    /// The value of the cookie that binds requests to this browser.
    pub browser: Plain,
    /// Who is signed in here, and since when.
    pub signed_in: Option<(UserId, Time)>,
}

/// Where the browser goes.
pub enum Begun {
    /// Back to the client with an answer.
    Back(Answer),
    /// To the sign-in, carrying this request.
    SignIn(Plain, Errand),
    /// To the question, carrying this request.
    Ask(Plain),
    /// Nowhere: a page says why.
    DeadEnd(Box<DeadEnd>),
}

/// Why a request ends on a page.
pub struct DeadEnd {
    /// What is wrong.
    pub error: OAuthError,
    /// The id that the client showed.
    pub client: Option<ClientId>,
    /// What that registration left, when it was in the book once.
    pub stone: Option<Tombstone>,
}

/// A client asks to be let in.
pub async fn begin(desk: &Arc<Desk>, call: &Call, params: Params, visitor: &Visitor) -> FlowResult<Begun> {
    if let Some(reference) = Reference::parse(&params) {
        return match reference {
            Ok(reference) => pushed(desk, call, reference, visitor).await,
            Err(error) => Ok(dead_end(desk, call, error, None, None)),
        };
    }
    let request = match AuthorizeRequest::parse(params) {
        Ok(request) => request.hinted(|token| jwt::verify_id_token(&desk.keys.ring(), token)),
        Err(error) => return Ok(dead_end(desk, call, error, None, None)),
    };
    let id = request.client_id().clone();
    let found = match documents::find(desk, call, &id).await {
        Ok(found) => found,
        Err(Stop::Refuse(error)) => return Ok(dead_end(desk, call, error, Some(id), None)),
        Err(stop) => return Err(stop),
    };
    let stone = match &found {
        Some(_) => None,
        None => desk.store.glance(move |reader| tombstones::find(reader, &id)).await?,
    };
    let client = match checks::client(found) {
        Ok(client) => client,
        Err(error) => return Ok(dead_end(desk, call, error, Some(request.client_id().clone()), stone)),
    };
    let register = desk.store.standing().register();
    match authorize::check(&request, &client, Via::Authorize, &register, &desk.config.policy) {
        Ok(checked) => go_on(desk, call, checked, client, visitor).await,
        Err(Refusal::Page(error)) => Ok(dead_end(desk, call, error, Some(client.id), None)),
        Err(Refusal::Back { to, mode, state, error }) => {
            desk.refused(call, "authorize", &error, Some(&client.id), None);
            let answer = outcome::error(&desk.config.issuer, &to, mode, state.as_deref(), &error);
            let at_once = authorize::goes_back_at_once(&client, &to, request.wants_no_page());
            if at_once || visitor.signed_in.is_some() {
                return Ok(Begun::Back(answer));
            }
            let id = park(desk, call, client.id, &Waiting::GoesBack(answer), visitor, false).await?;
            Ok(Begun::SignIn(id, Errand::default()))
        }
    }
}

/// A browser comes with the name of a request that its client pushed (RFC 9126 section 4).
async fn pushed(desk: &Arc<Desk>, call: &Call, named: Reference, visitor: &Visitor) -> FlowResult<Begun> {
    let found = match documents::find(desk, call, &named.client).await {
        Ok(found) => found,
        Err(Stop::Refuse(error)) => return Ok(dead_end(desk, call, error, Some(named.client), None)),
        Err(stop) => return Err(stop),
    };
    let (id, row, now) = (found.is_none().then(|| named.client.clone()), digest::of(&named.id), call.now);
    let (stone, waiting) = desk
        .store
        .glance(move |reader| {
            let stone = id.map(|id| tombstones::find(reader, &id)).transpose()?.flatten();
            Ok((stone, parked::find(reader, &row, now)?))
        })
        .await?;
    let taken = checks::client(found).and_then(|client| {
        let checked = par::take_up(waiting, &client, call.now)?;
        let client = checks::still_good(&checked, Some(client))?;
        Ok((checked, client))
    });
    match taken {
        Ok((checked, client)) => go_on(desk, call, checked, client, visitor).await,
        Err(error) => Ok(dead_end(desk, call, error, Some(named.client), stone)),
    }
}

/// A sound request: answered at once, asked about, or sent to the sign-in first.
async fn go_on(
    desk: &Arc<Desk>,
    call: &Call,
    checked: Checked,
    client: Client,
    visitor: &Visitor,
) -> FlowResult<Begun> {
    let mut known = visitor.signed_in.as_ref().filter(|(user, auth_time)| {
        desk.store.standing().role(user).is_some()
            && checked.expects(user)
            && checked.accepts_earlier_sign_in(*auth_time, call.now)
    });
    if let Some((user, _)) = known
        && checked.wants_email()
        && owes_email(desk, user).await?
    {
        known = None;
    }
    let silent = checked.prompt().none;
    let Some((user, auth_time)) = known else {
        if silent {
            let another = visitor.signed_in.as_ref().is_some_and(|(user, _)| !checked.expects(user));
            let why = if another { Why::HintOther } else { Why::LoginRequired };
            return Ok(back(desk, call, &checked, &login_required(why), None));
        }
        let errand = login::errand(&checked);
        let id = park(desk, call, client.id, &Waiting::Asks(Box::new(checked)), visitor, false).await?;
        return Ok(Begun::SignIn(id, errand));
    };
    if checked.is_open() && silent {
        return Ok(back(desk, call, &checked, &consent_required(Why::ResourceToChoose), Some(user)));
    }
    if !checked.is_open() && consent::question_for(desk, &checked, &client, user).await? == Question::None {
        match approvals::stand(desk, call, &client, user).await? {
            Stand::Allowed(until) => {
                let answer = consent::grant(desk, call, &checked, user, *auth_time, until).await?;
                return Ok(Begun::Back(answer));
            }
            Stand::Denied => return Ok(back(desk, call, &checked, &access_denied(Why::ApprovalDenied), Some(user))),
            Stand::Open => (),
        }
    }
    if silent {
        return Ok(back(desk, call, &checked, &consent_required(Why::ConsentRequired), Some(user)));
    }
    Ok(Begun::Ask(park(desk, call, client.id, &Waiting::Asks(Box::new(checked)), visitor, true).await?))
}

async fn owes_email(desk: &Desk, user: &UserId) -> StoreResult<bool> {
    let user = user.clone();
    let person = desk.store.glance(move |reader| users::find(reader, &user)).await?;
    Ok(person.is_none_or(|person| login::owes_email(desk, &person)))
}

/// Parks a request for this browser, and for the person who is signed in, when one is.
async fn park(
    desk: &Arc<Desk>,
    call: &Call,
    client: ClientId,
    waiting: &Waiting,
    visitor: &Visitor,
    signed_in: bool,
) -> StoreResult<Plain> {
    let waits = Waits {
        client: Some(client),
        request: waiting.to_json(),
        browser: Some(digest::of(&visitor.browser)),
        person: visitor.signed_in.clone().filter(|_| signed_in),
        until: call.now + desk.config.policy.lifetimes.request,
    };
    parking::park(desk, call, TokenKind::Request, waits).await
}

fn back(desk: &Desk, call: &Call, checked: &Checked, error: &OAuthError, user: Option<&UserId>) -> Begun {
    desk.refused(call, "authorize", error, Some(checked.client()), user);
    Begun::Back(outcome::refusal(&desk.config.issuer, checked, error))
}

/// The end of a request whose client left the book meanwhile.
pub(super) async fn client_left(desk: &Arc<Desk>, client: ClientId) -> StoreResult<Box<DeadEnd>> {
    let id = client.clone();
    let stone = desk.store.glance(move |reader| tombstones::find(reader, &id)).await?;
    Ok(Box::new(DeadEnd { error: gone(), client: Some(client), stone }))
}

fn gone() -> OAuthError {
    invalid_client(Why::ClientGone).with_status(400)
}

fn dead_end(desk: &Desk, call: &Call, error: OAuthError, client: Option<ClientId>, stone: Option<Tombstone>) -> Begun {
    let error = if stone.is_some() && error.why() == Why::ClientUnknown { gone() } else { error };
    desk.refused(call, "authorize", &error, client.as_ref(), None);
    Begun::DeadEnd(Box::new(DeadEnd { error, client, stone }))
}
