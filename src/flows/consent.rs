//! Consent: what is asked, and what an answer does. An answer is given once; a form that is sent twice gets the same one.

mod approval;
mod given;

use std::sync::Arc;

pub use self::approval::{Waits, still_waits};
pub(super) use self::given::grant;
use crate::{
    base::{
        call::Call,
        client::Client,
        event::{Actor, Event},
        grant::{Consent, Parked},
        id::UserId,
        register::Resource,
        resource::ResourceUri,
        scope::ScopeSet,
        secret::{Digest, Plain},
        time::{Span, Time},
        user::{Role, User},
    },
    crypto::{digest, seal::Sealer},
    flows::{
        Desk, FlowResult,
        approvals::{self, Stand},
        authorize::{DeadEnd, client_left},
        login::{self, Errand},
    },
    oauth::{
        authorize::{
            Answer, Checked, Waiting, checks,
            choice::{self, Meant},
            consent as rule,
            consent::Question,
            look_alike::disguise,
            outcome,
        },
        error::{OAuthError, access_denied, invalid_request, login_required},
        why::Why,
    },
    store::{StoreError, StoreResult, audit, clients, consents, grants, parked, users},
};

/// For how long somebody who used a client counts among those who do.
const RECENT: Span = Span::days(90);
/// How many of them an administrator is told by name.
const NAMED: usize = 5;

/// A parked request, and whom it is about.
pub struct Asked {
    /// The request.
    pub checked: Checked,
    /// Who asks.
    pub client: Client,
    /// Who is asked.
    pub person: User,
    /// When they signed in.
    pub auth_time: Time,
}

/// A parked request that is ready to be put to a person.
pub struct Ready {
    /// The request.
    pub asked: Asked,
    /// What is to be asked.
    pub question: Question,
    /// Who else uses a client like this one.
    pub others: Others,
    /// Where the client stands with an administrator.
    stand: Stand,
}

impl Ready {
    /// Whether an administrator has to approve the client once the person let it in.
    pub fn needs_approval(&self) -> bool {
        self.stand == Stand::Open
    }
}

/// A request that named no resource, for a person who has to say which of several is meant.
pub struct Choosing {
    /// The request.
    pub asked: Asked,
    /// The resources that they may use.
    pub among: Vec<Resource>,
}

/// Where a request that waits for consent stands.
pub enum Standing {
    /// Ask.
    Ready(Box<Ready>),
    /// Ask first for which resource it is.
    Choose(Box<Choosing>),
    /// Nothing is to be asked: the browser goes to the client.
    Answered(Answer),
    /// It was let in, and an administrator has to approve the client.
    Waits(Box<Waits>),
    /// Nobody has signed in for it yet.
    SignIn(Errand),
    /// Its client left the book meanwhile: nothing comes of it.
    DeadEnd(Box<DeadEnd>),
}

/// What comes of a person's answer.
pub enum Concluded {
    /// The browser goes to the client.
    Answered(Answer),
    /// An administrator has to approve the client first.
    Waits,
}

/// Who else here uses a client like one.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Others {
    /// How many people.
    pub people: usize,
    /// Who they are; only an administrator learns that.
    pub logins: Vec<String>,
}

/// The choices that a person made.
pub struct Choice {
    /// Whether they let it in.
    pub approve: bool,
    /// For which resource, where they were asked.
    pub resource: Option<ResourceUri>,
    /// Which scopes they ticked.
    pub scope: ScopeSet,
    /// For how long, by the name of a `Life`.
    pub life: Option<String>,
}

/// Looks a waiting request up for the browser that it is bound to. `chosen`: for which resource, should the person have to say.
pub async fn look(
    desk: &Arc<Desk>,
    call: &Call,
    id: &Plain,
    browser: &Plain,
    chosen: Option<&ResourceUri>,
) -> FlowResult<Standing> {
    let parked = waiting(desk, call, id, browser).await?;
    if let Some(answer) = &parked.answer {
        return Ok(Standing::Answered(open(id, &parked.digest, answer)?));
    }
    let checked = match Waiting::from_json(&parked.request) {
        Some(Waiting::Asks(checked)) => *checked,
        Some(Waiting::GoesBack(answer)) if parked.user.is_some() => return Ok(Standing::Answered(answer)),
        Some(Waiting::GoesBack(_)) => return Ok(Standing::SignIn(Errand::default())),
        Some(Waiting::Pushed { .. }) | None => {
            return match parked.client {
                Some(client) if parked.request.is_empty() => Ok(Standing::DeadEnd(client_left(desk, client).await?)),
                _ => Err(invalid_request(Why::RequestOver).into()),
            };
        }
    };
    let (Some(user), Some(auth_time)) = (parked.user.clone(), parked.auth_time) else {
        return Ok(Standing::SignIn(login::errand(&checked)));
    };
    if !checked.expects(&user) {
        let error = login_required(Why::HintOther);
        desk.refused(call, "consent", &error, Some(checked.client()), Some(&user));
        return Ok(Standing::Answered(outcome::refusal(&desk.config.issuer, &checked, &error)));
    }
    let (client, person) = parties(desk, &checked, &user).await?;
    if let Some(wait) = approvals::of_request(desk, &parked.digest).await? {
        if wait.user != user {
            return Err(invalid_request(Why::SessionOver).into());
        }
        let asked = Asked { checked, client, person, auth_time };
        return approval::look(desk, call, id, browser, asked, wait).await;
    }
    let checked = match settle(desk, checked, &client, &person, chosen)? {
        Settled::For(checked) => checked,
        Settled::Choose(checked, among) => {
            let asked = Asked { checked, client, person, auth_time };
            return Ok(Standing::Choose(Box::new(Choosing { asked, among })));
        }
    };
    let stand = approvals::stand(desk, call, &client, &user).await?;
    let question = question_for(desk, &checked, &client, &user).await?;
    match (stand, &question) {
        (Stand::Denied, _) => {
            let asked = Asked { checked, client, person, auth_time };
            Ok(Standing::Answered(approval::turned_away(desk, call, &asked, &access_denied(Why::ApprovalDenied))))
        }
        (Stand::Allowed(until), Question::None) => {
            let scope = checked.scope().clone();
            let (answer, writes) = given::prepare(desk, call, &checked, &client, &user, auth_time, scope, until);
            let asked = Asked { checked, client, person, auth_time };
            Ok(Standing::Answered(conclude(desk, call, id, browser, asked, answer, Some(writes)).await?))
        }
        (Stand::Open, Question::None) => {
            let scope = checked.scope().clone();
            let asked = Asked { checked, client, person, auth_time };
            let wait = approval::begin(desk, call, &parked.digest, &asked, scope, None).await?;
            Ok(Standing::Waits(Box::new(Waits { asked, wait })))
        }
        (Stand::Allowed(_) | Stand::Open, _) => {
            let others = others(desk, call, &client, &user).await?;
            let asked = Asked { checked, client, person, auth_time };
            Ok(Standing::Ready(Box::new(Ready { asked, question, others, stand })))
        }
    }
}

/// For which resource a request is, as far as it can be said.
enum Settled {
    For(Checked),
    Choose(Checked, Vec<Resource>),
}

fn settle(
    desk: &Desk,
    checked: Checked,
    client: &Client,
    person: &User,
    chosen: Option<&ResourceUri>,
) -> Result<Settled, OAuthError> {
    let book = desk.store.standing().register();
    if !checked.is_open() {
        return Ok(Settled::For(checked));
    }
    Ok(match choice::meant(&book, &person.id, &person.login, chosen)? {
        Meant::One(resource) => Settled::For(checked.meant_for(&resource, client, &book, &desk.config.policy)),
        Meant::Of(among) => Settled::Choose(checked, among),
    })
}

/// Takes the person's answer.
pub async fn decide(
    desk: &Arc<Desk>,
    call: &Call,
    id: &Plain,
    browser: &Plain,
    choice: Choice,
) -> FlowResult<Concluded> {
    let standing = look(desk, call, id, browser, choice.resource.as_ref()).await?;
    let (asked, answer, writes) = match (standing, choice.approve) {
        (Standing::Answered(answer), _) => return Ok(Concluded::Answered(answer)),
        (Standing::Waits(_), _) => return Ok(Concluded::Waits),
        (Standing::DeadEnd(end), _) => return Err(end.error.into()),
        (Standing::SignIn(_), _) => return Err(invalid_request(Why::SessionOver).into()),
        (Standing::Choose(_), true) => return Err(invalid_request(Why::ChoiceUnknown).into()),
        (Standing::Ready(ready), true) => {
            let (scope, ends_at) = chosen(desk, call, &ready, &choice)?;
            let until = match ready.stand {
                Stand::Allowed(until) => approvals::earlier(ends_at, until),
                Stand::Open | Stand::Denied => {
                    approval::begin(desk, call, &digest::of(id), &ready.asked, scope, ends_at).await?;
                    return Ok(Concluded::Waits);
                }
            };
            let Asked { checked, client, person, auth_time } = &ready.asked;
            let (answer, writes) = given::prepare(desk, call, checked, client, &person.id, *auth_time, scope, until);
            (ready.asked, answer, Some(writes))
        }
        (Standing::Ready(ready), false) => denied(desk, call, ready.asked),
        (Standing::Choose(choosing), false) => denied(desk, call, choosing.asked),
    };
    Ok(Concluded::Answered(conclude(desk, call, id, browser, asked, answer, writes).await?))
}

/// Decides a request, once: whoever comes later is given the answer that stands.
async fn conclude(
    desk: &Arc<Desk>,
    call: &Call,
    id: &Plain,
    browser: &Plain,
    asked: Asked,
    answer: Answer,
    writes: Option<given::Writes>,
) -> FlowResult<Answer> {
    let row = digest::of(id);
    let text = serde_json::to_vec(&answer).map_err(|e| StoreError::Other(e.to_string()))?;
    let sealed = Sealer::under(id, "consent answer").seal(&place(&row), &text)?;
    let (call_, client, user, pushed) = (call.clone(), asked.client.id, asked.person.id, asked.checked.pushed());
    let won = desk
        .store
        .write::<bool, OAuthError, _>(move |tx| {
            given::still_welcome(tx, &client)?;
            if !parked::decide(tx, &row, &sealed, call_.now)? {
                return Ok(false);
            }
            if let Err(spent) = given::spend(tx, pushed.as_ref(), call_.now) {
                // Another browser decided it: no answer of this one may stand.
                parked::remove(tx, &row)?;
                return Err(spent);
            }
            match writes {
                Some(writes) => writes.write(tx, &call_)?,
                None => {
                    let event = Event::ConsentDenied { client, user: user.clone() };
                    audit::record(tx, &call_, &Actor::User(user), &event)?;
                }
            }
            Ok(true)
        })
        .await?;
    if won {
        return Ok(answer);
    }
    match waiting(desk, call, id, browser).await? {
        Parked { answer: Some(answer), digest, .. } => open(id, &digest, &answer),
        _ => Err(invalid_request(Why::RequestOver).into()),
    }
}

/// What the person allows, and until when.
fn chosen(desk: &Desk, call: &Call, ready: &Ready, choice: &Choice) -> Result<(ScopeSet, Option<Time>), OAuthError> {
    let Asked { checked, client, .. } = &ready.asked;
    let book = desk.store.standing().register();
    let needed = rule::needed(checked.scope(), &ready.question, book.find(checked.audience()), &desk.config.policy);
    let scope = rule::allowed(checked.scope(), &needed, &choice.scope)?;
    let disguised = disguise(client, &checked.to().destination()).is_some();
    let life = rule::life(choice.life.as_deref(), rule::lives(disguised))?;
    Ok((scope, life.until(call.now)))
}

fn denied(desk: &Desk, call: &Call, asked: Asked) -> (Asked, Answer, Option<given::Writes>) {
    let error = access_denied(Why::PersonDenied);
    desk.refused(call, "consent", &error, Some(&asked.client.id), Some(&asked.person.id));
    let answer = outcome::refusal(&desk.config.issuer, &asked.checked, &error);
    (asked, answer, None)
}

/// Who else uses a client like this one, in the eyes of that person.
pub(super) async fn others(desk: &Desk, call: &Call, client: &Client, user: &UserId) -> StoreResult<Others> {
    let (likeness, now, user_) = (client.metadata.likeness(), call.now, user.clone());
    let is_administrator = desk.store.standing().role(user) == Some(Role::Administrator);
    desk.store
        .read(move |reader| {
            let mut people = grants::people_alike(reader, &likeness, now - RECENT, now)?;
            people.retain(|other| *other != user_);
            let named = people.iter().take(if is_administrator { NAMED } else { 0 });
            let known = users::logins(reader, &named.cloned().collect::<Vec<_>>())?;
            let mut logins: Vec<_> = known.into_values().collect();
            logins.sort_unstable();
            Ok(Others { people: people.len(), logins })
        })
        .await
}

/// What to ask this person about this request.
pub(super) async fn question_for(
    desk: &Arc<Desk>,
    checked: &Checked,
    client: &Client,
    user: &UserId,
) -> StoreResult<Question> {
    let (user_, client_, checked_) = (user.clone(), client.id.clone(), checked.clone());
    let remembered = desk
        .store
        .glance(move |reader| consents::find(reader, &user_, &client_, checked_.to().uri(), checked_.audience()))
        .await?
        .map(|scope| Consent {
            user: user.clone(),
            client: client.id.clone(),
            redirect_uri: checked.to().uri().clone(),
            audience: checked.audience().clone(),
            scope,
        });
    Ok(rule::question(checked, client, remembered.as_ref()))
}

/// Client and person of a request, both still welcome.
async fn parties(desk: &Arc<Desk>, checked: &Checked, user: &UserId) -> FlowResult<(Client, User)> {
    let (id, who) = (checked.client().clone(), user.clone());
    let (client, person) =
        desk.store.glance(move |reader| Ok((clients::find(reader, &id)?, users::find(reader, &who)?))).await?;
    let client = checks::still_good(checked, client)?;
    let person = person.ok_or_else(|| invalid_request(Why::SessionOver))?;
    if desk.store.standing().role(user).is_none() {
        return Err(access_denied(Why::NotOnAccessList).into());
    }
    if !checked.is_open() {
        choice::may_use(checked.audience(), &desk.store.standing().register(), user, &person.login)?;
    }
    Ok((client, person))
}

/// The parked row, for the browser that it is bound to and nobody else.
pub(super) async fn waiting(desk: &Arc<Desk>, call: &Call, id: &Plain, browser: &Plain) -> FlowResult<Parked> {
    let (row, now) = (digest::of(id), call.now);
    let parked = desk.store.glance(move |reader| parked::find(reader, &row, now)).await?;
    let parked = parked.ok_or_else(|| invalid_request(Why::RequestOver))?;
    let same = digest::constant_time_eq(parked.browser.hex().as_bytes(), digest::of(browser).hex().as_bytes());
    if same { Ok(parked) } else { Err(invalid_request(Why::RequestOtherBrowser).with_status(403).into()) }
}

fn open(id: &Plain, row: &Digest, sealed: &str) -> FlowResult<Answer> {
    let text = Sealer::under(id, "consent answer").open(&place(row), sealed)?;
    Ok(serde_json::from_slice(&text).map_err(|_| invalid_request(Why::RequestOver))?)
}

fn place(row: &Digest) -> String {
    format!("parked/{}/answer", row.hex())
}
