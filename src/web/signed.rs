//! What every page behind the sign-in begins with: who comes, whether the page is for them, what they sent, and whether their form
//! carries the mark of their session. The dashboard and everybody's own page each say for whom they are.

use actix_session::{Session, SessionExt as _};
use actix_web::{
    Error, FromRequest, HttpRequest, HttpResponse, dev::Payload, error::InternalError, http::Method, web::Data,
};

use super::{
    extract::{self, CallFrom, FormBody},
    pages::{authorize::failed, sign_in},
    session::{self, SignedIn},
};
use crate::{
    base::call::Call,
    flows::{Desk, forms, login::Errand},
    oauth::{error::invalid_request, params::Params, why::Why},
    store::Stop,
};

/// A request to a page behind the sign-in, before anybody looked who sent it.
pub(super) struct Coming {
    req: HttpRequest,
    form: Option<<FormBody as FromRequest>::Future>,
}

/// Somebody who is signed in, for whom the page is.
pub(super) struct Signed {
    /// What flows work with.
    pub desk: Data<Desk>,
    /// This request.
    pub call: Call,
    /// Who it is.
    pub person: SignedIn,
    /// Their session.
    pub session: Session,
    /// What was sent: the query of a GET, the form of a POST.
    pub sent: Params,
    /// A form came, and without the mark of the session.
    pub unmarked: bool,
}

impl Coming {
    /// A request; its body is read once it is known who sent it.
    pub(super) fn of(req: &HttpRequest, payload: &mut Payload) -> Self {
        let form = (*req.method() == Method::POST).then(|| FormBody::from_request(req, payload));
        Self { req: req.clone(), form }
    }

    /// Who it is, and what the page is for them, as `may` says. Whoever is not signed in is led to the sign-in and back; a form
    /// is not kept for that long.
    pub(super) async fn enters<R>(
        self,
        may: impl FnOnce(&Desk, &Call, &SignedIn) -> Result<R, Error>,
    ) -> Result<(Signed, R), Error> {
        let Self { req, form } = self;
        let CallFrom(call) = CallFrom::extract(&req).await?;
        let desk = Data::<Desk>::extract(&req).await?;
        let Some(person) = session::signed_in(&req) else {
            return Err(turned(match form {
                None => sign_in::to_enter(&desk, &call, &req, &sign_in::here(&desk, &req), &Errand::default()).await,
                Some(_) => failed(&desk, &call, Stop::Refuse(invalid_request(Why::SessionOver).with_status(403))),
            }));
        };
        let role = may(&desk, &call, &person)?;
        let is_form = form.is_some();
        let sent = match form {
            None => extract::query(&req),
            Some(form) => form.await.map(|form| form.0).unwrap_or_default(),
        };
        let unmarked = is_form && !forms::same(&person.csrf, sent.text("csrf"));
        Ok((Signed { desk, call, person, session: req.get_session(), sent, unmarked }, role))
    }
}

/// Turned away with that answer.
pub(super) fn turned(answer: HttpResponse) -> Error {
    InternalError::from_response("turned away", answer).into()
}
