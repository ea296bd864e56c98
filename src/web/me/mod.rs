//! My access: what a person allowed, and where they are signed in. For everybody who may come in, not only administrators.
//! Every handler takes a [`Person`], so that none can forget to ask who it is, or for the mark of the form.

pub mod actions;
pub mod page;

use std::{future::Future, pin::Pin, sync::Arc};

use actix_session::{Session, SessionExt as _};
use actix_web::{
    Error, FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    error::InternalError,
    http::{Method, StatusCode},
    web::{self, Data},
};

use super::{
    extract::{self, CallFrom, FormBody},
    headers::Kind,
    limit::LimitName,
    pages::{
        authorize::{failed, html, message, see, site},
        message::{MessagePage, SignedIn},
        sign_in,
    },
    routes::{Door, Entry, Verb},
    session,
    view::{Flash, Phrase, State},
};
use crate::{
    base::{call::Call, event::Actor, id::UserId, user::Role},
    flows::{Desk, FlowResult, forms, login::Errand},
    oauth::{
        error::{OAuthError, access_denied, invalid_request},
        params::Params,
        why::Why,
    },
    store::{Reader, Stop, StoreResult},
};

/// Its part of the table.
pub fn routes() -> Vec<Entry> {
    let own = |name, path| Entry::new(name, path, Door::Person, Kind::Page).limited(LimitName::Page);
    vec![
        own("me", "/me").on(Verb::Get, || web::to(page::get)),
        own("me-revoke", "/me/revoke")
            .on(Verb::Get, || web::to(actions::ask))
            .on(Verb::Post, || web::to(actions::revoke)),
        own("me-revoke-all", "/me/revoke-all")
            .on(Verb::Get, || web::to(actions::ask_all))
            .on(Verb::Post, || web::to(actions::revoke_all)),
        own("me-sign-out", "/me/sign-out").on(Verb::Post, || web::to(actions::sign_out)),
        own("me-sign-out-all", "/me/sign-out-everywhere").on(Verb::Post, || web::to(actions::sign_out_everywhere)),
    ]
}

/// What a handler answers: a page, or the page that says why not.
pub type Answer = Result<HttpResponse, Error>;

/// Somebody who is signed in and may come in.
pub struct Person {
    desk: Arc<Desk>,
    call: Call,
    user: UserId,
    login: String,
    role: Role,
    csrf: String,
    sent: Params,
    session: Session,
}

impl FromRequest for Person {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let req = req.clone();
        let form = (*req.method() == Method::POST).then(|| FormBody::from_request(&req, payload));
        Box::pin(async move {
            let CallFrom(call) = CallFrom::extract(&req).await?;
            let desk = Data::<Desk>::extract(&req).await?;
            let Some(signed_in) = session::signed_in(&req) else {
                return Err(turned(match form {
                    None => {
                        sign_in::to_enter(&desk, &call, &req, &sign_in::here(&desk, &req), &Errand::default()).await
                    }
                    Some(_) => failed(&desk, &call, Stop::Refuse(invalid_request(Why::SessionOver).with_status(403))),
                }));
            };
            let Some(role) = desk.store.standing().role(&signed_in.user) else {
                return Err(turned(may_not(&desk, &call, &signed_in)));
            };
            let sent = match form {
                None => extract::query(&req),
                Some(form) => form.await.map(|form| form.0).unwrap_or_default(),
            };
            let session::SignedIn { user, login, csrf, .. } = signed_in;
            let session = req.get_session();
            let person = Self { desk: desk.into_inner(), call, user, login, role, csrf, sent, session };
            let marked = forms::same(&person.csrf, person.one("csrf"));
            if *req.method() == Method::POST && !marked {
                return Err(person.refused(Stop::Refuse(invalid_request(Why::FormToken).with_status(403))));
            }
            Ok(person)
        })
    }
}

impl Person {
    fn actor(&self) -> Actor {
        Actor::User(self.user.clone())
    }

    fn one(&self, name: &str) -> &str {
        self.sent.text(name)
    }

    fn at(&self, path: &str) -> String {
        format!("{}/me{path}", self.desk.config.issuer.path())
    }

    async fn read<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut Reader<'_>) -> StoreResult<T> + Send + 'static,
    {
        self.desk.store.read(work).await.map_err(|error| self.refused(Stop::Fail(error)))
    }

    /// What a flow gave; or the page that says why it was not done.
    fn take<T>(&self, result: FlowResult<T>) -> Result<T, Error> {
        result.map_err(|stop| self.refused(stop))
    }

    fn refused(&self, stop: Stop<OAuthError>) -> Error {
        turned(failed(&self.desk, &self.call, stop))
    }

    /// Done: leads back to the page, which says so.
    fn done(&self, words: &str) -> Answer {
        session::leave_flash(&self.session, words)?;
        Ok(see(&self.desk.config.issuer.url("/me")))
    }

    fn flash(&self) -> Option<Flash> {
        session::take_flash(&self.session).map(|words| Flash { done: true, words: words.into() })
    }
}

fn turned(answer: HttpResponse) -> Error {
    InternalError::from_response("not theirs", answer).into()
}

/// Signed in, and no longer let in: suspended, or off the list.
fn may_not(desk: &Desk, call: &Call, person: &session::SignedIn) -> HttpResponse {
    let error = access_denied(Why::PersonNotAllowed);
    desk.refused(call, "me", &error, None, Some(&person.user));
    let page = MessagePage {
        csrf: Some(person.csrf.clone()),
        title: "You may not come in at present".into(),
        stamp: State::refused(error.why().code()),
        lede: "Nothing that you allowed works meanwhile, so there is nothing to take back.".into(),
        who: Some(SignedIn { name: person.login.clone(), ..SignedIn::default() }),
        steps: vec![
            Phrase::from("Ask the administrator of ")
                .strong(site(desk).host)
                .text(" whether that is as it should be, and tell them the reference below."),
        ],
        ..message(desk, call, &error)
    };
    html(StatusCode::FORBIDDEN, &page, Some(error.why()))
}
