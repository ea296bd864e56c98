//! The authorization endpoint (RFC 6749 section 4.1.1): find the client, run the score sheet, park the request, and say where
//! the browser goes. A GET uses nothing up.

use std::sync::Arc;

use crate::{
    base::{
        call::Call,
        client::{Client, Tombstone},
        grant::Parked,
        id::{ClientId, UserId},
        secret::Plain,
        time::Time,
        token::TokenKind,
    },
    crypto::{digest, random},
    flows::{Desk, FlowResult, consent, documents},
    oauth::{
        authorize::{self, AuthorizeRequest, Checked, Refusal, Waiting, checks, consent::Question, outcome},
        error::{OAuthError, consent_required, login_required},
        params::Params,
        why::Why,
    },
    store::{Stop, StoreResult, parked, tombstones},
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
    Back(String),
    /// To the sign-in, carrying this request.
    SignIn(Plain),
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
    let request = match AuthorizeRequest::parse(params) {
        Ok(request) => request,
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
    match authorize::check(&request, &client, &register, &desk.config.policy) {
        Ok(checked) => go_on(desk, call, checked, client, visitor).await,
        Err(Refusal::Page(error)) => Ok(dead_end(desk, call, error, Some(client.id), None)),
        Err(Refusal::Back { to, state, error }) => {
            desk.refused(call, "authorize", &error, Some(&client.id), None);
            let url = outcome::error(&desk.config.issuer, &to, state.as_deref(), &error);
            let at_once = authorize::goes_back_at_once(&client, &to, request.wants_no_page());
            if at_once || visitor.signed_in.is_some() {
                return Ok(Begun::Back(url));
            }
            Ok(Begun::SignIn(park(desk, call, client.id, &Waiting::GoesBack(url), visitor, false).await?))
        }
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
    let known = visitor.signed_in.as_ref().filter(|(user, auth_time)| {
        desk.store.standing().role(user).is_some() && checked.accepts_earlier_sign_in(*auth_time, call.now)
    });
    let silent = checked.prompt().none;
    let Some((user, auth_time)) = known else {
        if silent {
            return Ok(back(desk, call, &checked, &login_required(), None));
        }
        let waiting = Waiting::Asks(checked);
        return Ok(Begun::SignIn(park(desk, call, client.id, &waiting, visitor, false).await?));
    };
    if consent::question_for(desk, &checked, &client, user).await? == Question::None {
        let url = consent::grant(desk, call, &checked, user, *auth_time, checked.scope().clone(), None).await?;
        return Ok(Begun::Back(url));
    }
    if silent {
        return Ok(back(desk, call, &checked, &consent_required(), Some(user)));
    }
    Ok(Begun::Ask(park(desk, call, client.id, &Waiting::Asks(checked), visitor, true).await?))
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
    let id = random::token(TokenKind::Request);
    let person = visitor.signed_in.as_ref().filter(|_| signed_in);
    let row = Parked {
        digest: digest::of(&id),
        client: Some(client),
        request: waiting.to_json(),
        browser: digest::of(&visitor.browser),
        user: person.map(|(user, _)| user.clone()),
        auth_time: person.map(|(_, at)| *at),
        created_at: call.now,
        expires_at: call.now + desk.config.policy.lifetimes.request,
        returned_at: None,
        decided_at: None,
        answer: None,
    };
    desk.store.record(move |tx| parked::insert(tx, &row)).await?;
    Ok(id)
}

fn back(desk: &Desk, call: &Call, checked: &Checked, error: &OAuthError, user: Option<&UserId>) -> Begun {
    desk.refused(call, "authorize", error, Some(checked.client()), user);
    Begun::Back(outcome::error(&desk.config.issuer, checked.to(), checked.state(), error))
}

fn dead_end(desk: &Desk, call: &Call, error: OAuthError, client: Option<ClientId>, stone: Option<Tombstone>) -> Begun {
    let error = if stone.is_some() && error.why() == Why::ClientUnknown {
        crate::oauth::error::invalid_client(Why::ClientGone).with_status(400)
    } else {
        error
    };
    desk.refused(call, "authorize", &error, client.as_ref(), None);
    Begun::DeadEnd(Box::new(DeadEnd { error, client, stone }))
}
