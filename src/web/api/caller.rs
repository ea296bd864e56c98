//! Who may use the API. Every handler takes a [`Caller`], which only a bearer of an API token gets: the token and its
//! administrator are judged at each request, and only then is the body read. A token counts in the Authorization header
//! alone; cookies and addresses are not looked at.

use std::{future::Future, pin::Pin, sync::Arc};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::{Method, StatusCode, header},
    web::{Bytes, Data, Query},
};
use serde::{Serialize, de::DeserializeOwned};

use super::problem::NotDone;
use crate::{
    base::{
        api_token::{ApiRole, ApiToken},
        call::Call,
        event::Actor,
    },
    flows::{Desk, FlowResult, api_tokens},
    oauth::{
        error::{invalid_request, invalid_token},
        why::Why,
    },
    store::{Reader, Stop, StoreResult},
    web::{
        extract::{self, Bearer, CallFrom, JsonBody},
        reply,
    },
};

/// What a handler of the API answers.
pub type Answer = Result<HttpResponse, NotDone>;

/// A program that does an administrator's work.
pub struct Caller {
    /// What flows work with.
    pub desk: Arc<Desk>,
    /// This request.
    pub call: Call,
    /// What it showed.
    pub token: ApiToken,
    asked: String,
    sent: Bytes,
}

impl FromRequest for Caller {
    type Error = NotDone;
    type Future = Pin<Box<dyn Future<Output = Result<Self, NotDone>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = has_body(req).then(|| JsonBody::from_request(req, payload));
        let req = req.clone();
        Box::pin(async move {
            let CallFrom(call) = CallFrom::extract(&req).await?;
            let desk = req.app_data::<Data<Desk>>().ok_or_else(reply::Refused::broken)?.clone().into_inner();
            let token = api_tokens::enter(&desk, &call, shown(&req)?, wants(req.method())).await?;
            let sent = match body {
                Some(body) => body.await.map_err(told)?.0,
                None => Bytes::new(),
            };
            Ok(Self { desk, call, token, asked: req.query_string().to_owned(), sent })
        })
    }
}

/// What a method needs.
fn wants(method: &Method) -> ApiRole {
    match *method {
        Method::GET | Method::HEAD => ApiRole::Read,
        _ => ApiRole::Write,
    }
}

fn shown(req: &HttpRequest) -> Result<&str, NotDone> {
    match extract::bearer(req) {
        Bearer::Token(token) => Ok(token),
        Bearer::Absent => Err(invalid_token(Why::ApiTokenMissing).into()),
        Bearer::Other | Bearer::Malformed => Err(invalid_token(Why::ApiTokenMalformed).into()),
    }
}

fn has_body(req: &HttpRequest) -> bool {
    let headers = req.headers();
    extract::declared(req) > 0 || headers.contains_key(header::TRANSFER_ENCODING)
}

/// A body of another type is no fault of a client's metadata here.
fn told(refused: reply::Refused) -> NotDone {
    match refused.error().why() {
        Why::ContentType => invalid_request(Why::ContentType).with_status(415).into(),
        _ => refused.into(),
    }
}

impl Caller {
    /// Who acts, for flows.
    pub fn actor(&self) -> Actor {
        Actor::ApiToken(self.token.id.clone(), self.token.user.clone())
    }

    /// The parameters of the address.
    pub fn asked<T: DeserializeOwned>(&self) -> Result<T, NotDone> {
        let asked = Query::<T>::from_query(&self.asked);
        asked
            .map(Query::into_inner)
            .map_err(|error| invalid_request(Why::ApiParameter).about(&error.to_string()).into())
    }

    /// The body.
    pub fn sent<T: DeserializeOwned>(&self) -> Result<T, NotDone> {
        serde_json::from_slice(&self.sent)
            .map_err(|error| invalid_request(Why::ApiBody).about(&error.to_string()).into())
    }

    /// The body, where none at all means what an empty object means.
    pub fn sent_or_none<T: DeserializeOwned + Default>(&self) -> Result<T, NotDone> {
        if self.sent.is_empty() { Ok(T::default()) } else { self.sent() }
    }

    /// Reads what an answer tells.
    pub async fn read<T, F>(&self, work: F) -> Result<T, NotDone>
    where
        T: Send + 'static,
        F: FnOnce(&mut Reader<'_>) -> StoreResult<T> + Send + 'static,
    {
        Ok(self.desk.store.read(work).await?)
    }

    /// What a flow gave; a refusal is noted in the audit log.
    pub fn take<T>(&self, result: FlowResult<T>) -> Result<T, NotDone> {
        if let Err(Stop::Refuse(error)) = &result {
            self.desk.refused(&self.call, "api", error, None, Some(&self.token.user));
        }
        Ok(result?)
    }
}

/// 200 with that.
pub fn ok(body: &impl Serialize) -> Answer {
    Ok(reply::json(StatusCode::OK, body))
}

/// 201 with that.
pub fn made(body: &impl Serialize) -> Answer {
    Ok(reply::json(StatusCode::CREATED, body))
}
