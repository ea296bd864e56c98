//! My access: what a person allowed, and where they are signed in. For everybody who may come in, not only administrators.
//! Every handler takes a [`Person`], so that none can forget to ask who it is, or for the mark of the form.

pub mod actions;
pub mod page;

use std::{future::Future, pin::Pin, sync::Arc};

use actix_session::Session;
use actix_web::{Error, FromRequest, HttpRequest, HttpResponse, dev::Payload, http::StatusCode, web};

use super::{
    headers::Kind,
    limit::LimitName,
    pages::{
        authorize::{failed, html, message, see, site},
        message::{MessagePage, SignedIn},
    },
    routes::{Door, Entry, Verb},
    session,
    signed::{Coming, Signed, turned},
    view::{Flash, Phrase, State},
};
use crate::{
    base::{call::Call, event::Actor, id::UserId, user::Role},
    flows::{Desk, FlowResult},
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
        let coming = Coming::of(req, payload);
        Box::pin(async move {
            let (signed, role) = coming
                .enters(|desk, call, person| {
                    let role = desk.store.standing().role(&person.user);
                    role.ok_or_else(|| turned(may_not(desk, call, person)))
                })
                .await?;
            let Signed { desk, call, person, session, sent, unmarked } = signed;
            let session::SignedIn { user, login, csrf, .. } = person;
            let person = Self { desk: desk.into_inner(), call, user, login, role, csrf, sent, session };
            if unmarked {
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
