//! Who may go behind the desk. Every handler of the dashboard takes an [`Admin`], which only a signed-in administrator gets:
//! their role is asked at each request, and a form without the mark of the session does nothing. So no handler can forget it.

use std::{future::Future, pin::Pin, sync::Arc};

use actix_session::Session;
use actix_web::{Error, FromRequest, HttpRequest, HttpResponse, dev::Payload, http::StatusCode, web::Data};

use super::{confirm::AdminMessagePage, needs};
use crate::{
    base::{
        call::Call,
        event::Actor,
        id::UserId,
        time::{Span, Time},
        user::{Role, Who},
    },
    flows::{Desk, FlowResult, forms, setup},
    oauth::{
        error::{OAuthError, access_denied, invalid_request},
        params::Params,
        why::Why,
    },
    store::{Reader, Stop, StoreError, StoreResult, approvals, sessions, stats},
    web::{
        once::Once,
        pages::{
            authorize::{failed, html, see, site},
            login::NotAdminPage,
        },
        reply, session,
        signed::{Coming, Signed, turned},
        view::{Ago, Counts, Flash, Link, Phrase, SecretOnce, Section, Shape, Shell, State, Tone},
    },
};

/// What a handler of the dashboard answers: a page, or the page that says why not.
pub type Answer = Result<HttpResponse, Error>;

/// An administrator at the dashboard.
pub struct Admin {
    /// What flows work with.
    pub desk: Arc<Desk>,
    /// This request.
    pub call: Call,
    /// Who it is.
    pub user: UserId,
    /// What was sent: the query of a GET, the form of a POST.
    pub sent: Params,
    login: String,
    csrf: String,
    session: Session,
    path: String,
    once: Data<Once>,
}

/// The numbers of the contents, read together with what a page shows.
#[derive(Clone, Copy, Default)]
pub struct Numbers {
    /// How much there is of everything.
    pub counts: stats::Counts,
    /// How many things wait for the reader.
    pub needs: u64,
    /// Refusals of the last 24 hours.
    pub refusals: u64,
    /// Entries of the access list, from everywhere.
    pub access: u64,
    /// People who wait for an administrator.
    pub approvals: i64,
}

impl FromRequest for Admin {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, coming) = (req.clone(), Coming::of(req, payload));
        Box::pin(async move {
            let once = Data::<Once>::extract(&req).await?;
            let (signed, ()) = coming
                .enters(|desk, call, person| match desk.store.standing().role(&person.user) {
                    Some(Role::Administrator) => Ok(()),
                    _ => Err(turned(not_admin(desk, call, person))),
                })
                .await?;
            let Signed { desk, call, person, session, sent, unmarked } = signed;
            let session::SignedIn { user, login, csrf, .. } = person;
            let (desk, path) = (desk.into_inner(), req.path().to_owned());
            let admin = Self { desk, call, user, sent, login, csrf, session, path, once };
            if unmarked {
                let error = invalid_request(Why::FormToken).with_status(403);
                admin.desk.refused(&admin.call, "admin", &error, None, Some(&admin.user));
                return Err(admin.not_done(&error).await);
            }
            Ok(admin)
        })
    }
}

impl Admin {
    /// Who acts, for flows.
    pub fn actor(&self) -> Actor {
        Actor::User(self.user.clone())
    }

    /// A value that was sent; empty when it was not, or more than once.
    pub fn one(&self, name: &str) -> &str {
        self.sent.text(name)
    }

    /// Whether they are an administrator still: asked again and again by what stays open.
    pub fn is_still_one(&self) -> bool {
        self.desk.store.standing().role(&self.user) == Some(Role::Administrator)
    }

    /// Whether this session lasts still.
    pub async fn is_still_signed_in(&self, now: Time) -> bool {
        let user = self.user.clone();
        let kept = self.desk.store.glance(move |reader| sessions::of_user(reader, &user, now)).await;
        let is_this = |mark: String| forms::same(&mark, &self.csrf);
        kept.is_ok_and(|kept| kept.iter().any(|kept| session::mark_of(&self.desk, &kept.state).is_some_and(is_this)))
    }

    /// What every form of this session carries in `csrf`.
    pub fn csrf(&self) -> &str {
        &self.csrf
    }

    /// Whether the page that asks was answered.
    pub fn is_sure(&self) -> bool {
        self.one("confirm") == "yes"
    }

    /// The address of a page of the dashboard.
    pub fn at(&self, path: &str) -> String {
        format!("{}/admin{path}", self.desk.config.issuer.path())
    }

    /// Where this request went, as [`Admin::at`] takes it.
    pub fn path_below(&self) -> String {
        self.path.strip_prefix(&self.at("")).unwrap_or_default().to_owned()
    }

    /// Reads what a page shows, and the numbers of the contents with it.
    pub async fn read<T, F>(&self, work: F) -> Result<(T, Numbers), Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut Reader<'_>) -> StoreResult<T> + Send + 'static,
    {
        let (desk, call) = (self.desk.clone(), self.call.clone());
        let done = self.desk.store.read(move |reader| Ok((work(reader)?, numbers(reader, &desk, &call)?))).await;
        done.map_err(|error| self.failed(error))
    }

    /// The frame of a page. A notice that waits is taken and shown.
    pub fn shell(&self, section: Section, numbers: &Numbers) -> Shell {
        let (counts, now) = (&numbers.counts, Ago::clock(self.call.now.unix()).relative);
        let number = |n: i64| u64::try_from(n).unwrap_or(0);
        Shell {
            site: site(&self.desk),
            section,
            who: self.login.clone(),
            csrf: self.csrf.clone(),
            now: format!("{} UTC", now.get(..5).unwrap_or(&now)),
            sought: String::new(),
            counts: Counts {
                needs: numbers.needs,
                refusals: numbers.refusals,
                clients: number(counts.clients),
                people: number(counts.people),
                grants: number(counts.grants),
                resources: self.desk.store.standing().register().entries().len() as u64,
                access: numbers.access,
                approvals: number(numbers.approvals),
            },
            is_set_up: !setup::is_unfinished(&self.desk),
            flash: session::take_flash(&self.session).map(|words| Flash { done: true, words: words.into() }),
        }
    }

    /// A page.
    pub fn page(&self, page: &impl askama::Template) -> Answer {
        Ok(html(StatusCode::OK, page, None))
    }

    /// Done: leads to a page that says so.
    pub fn done(&self, words: &str, to: &str) -> Answer {
        session::leave_flash(&self.session, words)?;
        Ok(see(&self.desk.config.issuer.url(&format!("/admin{to}"))))
    }

    /// Done, and something is to be shown once: leads to the page that shows it.
    pub fn reveal(&self, panel: SecretOnce, to: &str) -> Answer {
        self.once.leave(&self.user, to, panel, self.call.now);
        Ok(see(&self.desk.config.issuer.url(&format!("/admin{to}"))))
    }

    /// What is to be shown on this page, this once.
    pub fn revealed(&self) -> Option<SecretOnce> {
        self.once.take(&self.user, &self.path_below(), self.call.now)
    }

    /// What a flow gave; or the page that says why it was not done.
    pub async fn take<T>(&self, result: FlowResult<T>) -> Result<T, Error> {
        match result {
            Ok(value) => Ok(value),
            Err(Stop::Refuse(error)) => {
                self.desk.refused(&self.call, "admin", &error, None, Some(&self.user));
                Err(self.not_done(&error).await)
            }
            Err(Stop::Fail(error)) => Err(self.failed(error)),
        }
    }

    /// The page that says why something was not done.
    pub async fn not_done(&self, error: &OAuthError) -> Error {
        let numbers = match self.read(|_| Ok(())).await {
            Ok(((), numbers)) => numbers,
            Err(page) => return page,
        };
        let page = AdminMessagePage {
            shell: self.shell(Section::Overview, &numbers),
            stamp: State::refused(error.why().code()),
            crumb: "Not done".into(),
            title: error.why().words().into(),
            words: error.why().fix_by_hand().into(),
            links: vec![Link::new("To the overview", self.at("")), Link::new("Audit log", self.at("/audit"))],
            reference: self.call.request_id.clone(),
        };
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
        turned(html(status, &page, Some(error.why())))
    }

    /// The page for what is not there, inside its section.
    pub fn missing(&self, section: Section, numbers: &Numbers, title: &str, back: Link) -> Error {
        let page = AdminMessagePage {
            shell: self.shell(section, numbers),
            stamp: State::new(Tone::Past, Shape::Cross, "Not here"),
            crumb: "Not here".into(),
            title: title.into(),
            words: "Perhaps it was cut when it was copied, or it belongs to another server.".into(),
            links: vec![back],
            reference: String::new(),
        };
        turned(html(StatusCode::NOT_FOUND, &page, Some(Why::NotFound)))
    }

    fn failed(&self, error: StoreError) -> Error {
        turned(failed(&self.desk, &self.call, Stop::Fail(error)))
    }
}

fn numbers(reader: &mut Reader<'_>, desk: &Desk, call: &Call) -> StoreResult<Numbers> {
    let counts = stats::counts(reader, call.now - Span::days(30), call.now)?;
    let configured = desk.store.standing().configured_entries().len() as u64;
    Ok(Numbers {
        counts,
        needs: needs::count(reader, desk, call.now)?,
        refusals: needs::refusals(reader, call.now)?,
        access: configured + u64::try_from(counts.access_entries).unwrap_or(0),
        approvals: approvals::count(reader, call.now)?,
    })
}

/// Signed in, and not let behind the desk: suspended, off the list, or never an administrator.
fn not_admin(desk: &Desk, call: &Call, person: &session::SignedIn) -> HttpResponse {
    let error = access_denied(Why::NotAdministrator);
    desk.refused(call, "admin", &error, None, Some(&person.user));
    let through = if desk.config.sign_in.is_local() { ", by a local name" } else { ", through GitHub" };
    let ask = desk.store.standing().configured_entries().iter().find_map(|(who, role)| match who {
        Who::Login(login) if *role == Role::Administrator => Some(login.clone()),
        _ => None,
    });
    let page = NotAdminPage {
        site: site(desk),
        csrf: person.csrf.clone(),
        who: person.login.clone(),
        identity: Phrase::default()
            .strong(&*person.login)
            .text(" (")
            .code(person.user.as_str())
            .text(")")
            .text(through),
        administrator: ask.unwrap_or_default(),
        reference: call.request_id.clone(),
    };
    let mut answer = html(StatusCode::FORBIDDEN, &page, None);
    reply::because(&mut answer, error.why());
    answer
}
