//! Consent: the whole question on one leaf, read in five seconds. Before it, where several servers could be meant, the page on
//! which the person says which.
use askama::Template;

use super::authorize::{site, through};
use crate::{
    base::{
        call::Call,
        client::{Client, Origin},
        grant::Life,
        redirect::Destination,
        register::Resource,
        resource::ResourceUri,
        scope::ScopeSet,
        secret::Plain,
        user::User,
    },
    flows::{
        Desk,
        consent::{Asked, Choice, Others, Ready},
        forms,
    },
    oauth::{
        authorize::{
            consent::{self as rule, Question, sentence},
            look_alike::{Known, disguise},
        },
        error::{OAuthError, invalid_request},
        params::Params,
        why::Why,
    },
    web::view::{Ago, Face, Hidden, Line, Phrase, Pick, Site, State},
};

/// A scope as a sentence.
#[derive(Clone, Debug, Default)]
pub struct ConsentScope {
    /// As sent.
    pub name: String,
    /// As read.
    pub words: String,
    /// May be left out by the person: a tick box. Otherwise it is a line and a hidden field.
    pub optional: bool,
}

/// The known client that this one passes itself off as.
#[derive(Clone, Debug, Default)]
pub struct LookAlike {
    /// Name of the known one.
    pub known: String,
    /// Where the known one sends people.
    pub known_host: String,
    /// "sends you to", "is described by".
    pub this_verb: &'static str,
    /// Where this one sends people, or who describes it.
    pub this_host: String,
}

/// What every form of a question carries back.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// Where it goes: "/consent", "/device".
    pub action: &'static str,
    /// The token that marks it.
    pub csrf: String,
    /// What it is about: the parked request, or the code of the device.
    pub about: Vec<Hidden>,
    /// The resource that the person chose, when they were asked.
    pub resource: Option<String>,
}

/// `GET /consent`: fields `request`, `csrf`, `resource`, `scope` (repeated), `life`, `decision` (`approve` or `deny`).
#[derive(Template)]
#[template(path = "pages/consent.html")]
pub struct ConsentPage {
    /// Which server.
    pub site: Site,
    /// What its forms carry.
    pub form: Form,
    /// Name of the client, as it says.
    pub client: String,
    /// Host or name of what it wants to use.
    pub resource: String,
    /// Login of the person.
    pub who: String,
    /// "through GitHub", "local name".
    pub through: String,
    /// Initials; `Face::unknown().large()` for look-alikes.
    pub face: Face,
    /// `State::proven("claude.ai")`, `State::vouched(..)`, or a state "Nobody vouches for it".
    pub proof: State,
    /// One line why.
    pub proof_why: Phrase,
    /// "the site **claude.ai**", "a program on this computer".
    pub sends_to: Phrase,
    /// The redirect address itself.
    pub redirect_uri: String,
    /// When this client was first seen here.
    pub first_seen: Ago,
    /// More lines: who else uses it, where it is described, a warning.
    pub notes: Vec<Line>,
    /// "It may"; "New" when only new scopes are asked.
    pub may_label: String,
    /// What is asked: only what is new, where consent is remembered.
    pub scopes: Vec<ConsentScope>,
    /// What was allowed before.
    pub already: Vec<String>,
    /// How long.
    pub lives: Vec<Pick>,
    /// A word beside it.
    pub life_note: String,
    /// Set for a look-alike: the page warns and the filled button refuses.
    pub lookalike: Option<LookAlike>,
}

/// A server that the person may choose.
#[derive(Clone, Debug, Default)]
pub struct Server {
    /// Its URL.
    pub uri: String,
    /// Its name.
    pub name: String,
}

/// `GET /consent` or `GET /device` for a client that named no server while several could be meant: a form that comes back to the
/// same address with `resource`, and one that says no.
#[derive(Template)]
#[template(path = "pages/choose.html")]
pub struct ChoosePage {
    /// Which server.
    pub site: Site,
    /// What its forms carry.
    pub form: Form,
    /// Name of the client, as it says.
    pub client: String,
    /// Initials.
    pub face: Face,
    /// Login of the person.
    pub who: String,
    /// "through GitHub", "local name".
    pub through: String,
    /// Who vouches for the client.
    pub proof: State,
    /// One line why.
    pub proof_why: Phrase,
    /// The servers.
    pub among: Vec<Server>,
}

impl Form {
    /// The form of a parked request, in the browser that it is bound to.
    pub(super) fn of_request(desk: &Desk, id: &Plain, browser: &Plain, resource: Option<&ResourceUri>) -> Self {
        Self {
            action: "/consent",
            csrf: forms::mark(desk, id.expose(), browser),
            about: vec![Hidden::new("request", id.expose())],
            resource: resource.map(ToString::to_string),
        }
    }
}

/// The resource that was chosen, if one was.
pub(super) fn chosen(params: &Params) -> Result<Option<ResourceUri>, OAuthError> {
    let unknown = || invalid_request(Why::ChoiceUnknown);
    params.one("resource")?.map(|text| ResourceUri::parse(text).ok_or_else(unknown)).transpose()
}

/// What a person chose on a page.
pub(super) fn choice(form: &Params, approve: bool) -> Result<Choice, OAuthError> {
    Ok(Choice {
        approve,
        resource: chosen(form)?,
        scope: form.many("scope").into_iter().collect::<ScopeSet>(),
        life: form.one("life")?.map(str::to_owned),
    })
}

/// The page on which the person says which server is meant.
pub(super) fn choose(desk: &Desk, form: Form, client: &Client, person: &User, among: &[Resource]) -> ChoosePage {
    ChoosePage {
        site: site(desk),
        form,
        client: client.name().to_owned(),
        face: Face::of(client.id.as_str(), client.name()).large(),
        who: person.login.clone(),
        through: through(desk),
        proof: proof(client),
        proof_why: proof_why(client),
        among: among.iter().map(|r| Server { uri: r.uri.to_string(), name: r.name.clone() }).collect(),
    }
}

/// The question as a page.
pub(super) fn question(desk: &Desk, call: &Call, form: Form, ready: Ready) -> ConsentPage {
    let needs_approval = ready.needs_approval();
    let Ready { asked: Asked { checked, client, person, .. }, question, others, .. } = ready;
    let register = desk.store.standing().register();
    let resource = register.find(checked.audience());
    let destination = checked.to().destination();
    let lookalike = disguise(&client, &destination);
    let first_seen = Ago::of(client.created_at.unix(), call.now.unix());
    let sends_to = match &destination {
        Destination::Site(host) => Phrase::from("the site ").strong(host),
        other => Phrase::from(other.to_string()),
    };
    let mut notes = vec![Line::new("First seen", Phrase::default().time(first_seen.clone()))];
    notes.push(used_by(desk, &client, &others));
    if client.origin == Origin::Document {
        notes.push(Line::new("Described at", Phrase::default().code(client.id.to_string())));
        if destination == Destination::ThisComputer {
            // No document can prove which program listens there (MCP, security considerations).
            let mind = "It answers on your computer, where any program could pass itself off as it.";
            notes.push(Line::new("Mind", mind));
        }
    }
    if needs_approval {
        notes.push(Line::new("Then", "An administrator of this server has to approve it. You wait on the next page."));
    }
    let (asked, already) = match &question {
        Question::New(new) => (new.clone(), checked.scope().difference(new)),
        _ => (checked.scope().clone(), ScopeSet::empty()),
    };
    let needed = rule::needed(checked.scope(), &question, resource, &desk.config.policy);
    let words = |name: &str| sentence(name, resource, &register);
    ConsentPage {
        site: site(desk),
        form,
        client: client.name().to_owned(),
        resource: resource.map_or_else(|| checked.audience().host(), |r| r.name.clone()),
        who: person.login,
        through: through(desk),
        face: face(&client, lookalike),
        proof: proof(&client),
        proof_why: proof_why(&client),
        sends_to,
        redirect_uri: checked.to().uri().to_string(),
        notes,
        first_seen,
        may_label: if already.is_empty() { "It may".into() } else { "New".into() },
        scopes: ticks(&asked, &needed, words),
        already: already.iter().map(words).collect(),
        lives: lives(lookalike.is_some()),
        life_note: life_note(call, lookalike.is_some()),
        lookalike: lookalike.map(|known| unmasked(&client, known, &destination)),
    }
}

fn unmasked(client: &Client, known: &Known, destination: &Destination) -> LookAlike {
    let (this_verb, this_host) = match (client.described_by(), destination) {
        (Some(host), _) => ("is described by", host),
        (None, Destination::Site(host)) => ("sends you to", host.clone()),
        (None, other) => ("sends you to", other.to_string()),
    };
    LookAlike {
        known: known.name.to_owned(),
        known_host: known.hosts.first().copied().unwrap_or_default().to_owned(),
        this_verb,
        this_host,
    }
}

/// Its initials; nobody's for one that passes itself off as another.
pub(super) fn face(client: &Client, lookalike: Option<&Known>) -> Face {
    let face = if lookalike.is_some() { Face::unknown() } else { Face::of(client.id.as_str(), client.name()) };
    face.large()
}

/// The scopes, those that may be left out as boxes to tick.
pub(super) fn ticks(asked: &ScopeSet, needed: &ScopeSet, words: impl Fn(&str) -> String) -> Vec<ConsentScope> {
    let tick =
        |name: &str| ConsentScope { name: name.to_owned(), words: words(name), optional: !needed.contains(name) };
    asked.iter().map(tick).collect()
}

/// For how long, the longest chosen.
pub(super) fn lives(disguised: bool) -> Vec<Pick> {
    let offered = rule::lives(disguised);
    let chosen = offered.last().map(|life| life.as_str()).unwrap_or_default();
    let words = |life: &Life| match life {
        Life::Hour => "1 hour",
        Life::Today => "today",
        Life::Month => "30 days",
        Life::Open => "until taken back",
    };
    offered.iter().map(|life| Pick::new(life.as_str(), words(life), chosen)).collect()
}

/// When a day ends that nobody knows the time zone of.
pub(super) fn life_note(call: &Call, disguised: bool) -> String {
    match Life::Today.until(call.now) {
        Some(end) if !disguised => {
            let minutes = (end.since(call.now).as_seconds() + 59) / 60;
            let left = if minutes < 120 { format!("{minutes} minutes") } else { format!("{} hours", minutes / 60) };
            format!("Today ends at midnight UTC, in {left}.")
        }
        _ => String::new(),
    }
}

/// Who else uses a client like this one.
pub(super) fn used_by(desk: &Desk, client: &Client, others: &Others) -> Line {
    let words = match others.people {
        0 => Phrase::from("nobody else here, in the last 90 days"),
        1 => Phrase::from("1 other person here"),
        n => Phrase::from(format!("{n} other people here")),
    };
    if others.logins.is_empty() {
        return Line::new("Used by", words.text("."));
    }
    let more = others.people.saturating_sub(others.logins.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let page =
        desk.config.issuer.url(&format!("/admin/clients/{}", crate::web::admin::links::segment(client.id.as_str())));
    let words = words.text(format!(": {}{more} (", others.logins.join(", "))).link("its page in the book", page);
    Line::new("Used by", words.text(")."))
}

/// Who vouches for a client.
pub(in crate::web) fn proof(client: &Client) -> State {
    match client.origin {
        _ if client.trusted => State::vouched("the administrator"),
        Origin::Administrator | Origin::Configured => State::vouched("the administrator"),
        Origin::Document => State::proven(&client.described_by().unwrap_or_default()),
        Origin::Dynamic => client.stated_by().map_or_else(State::nobody, |issuer| State::proven(&site_of(issuer))),
    }
}

/// The host of an issuer of software statements.
pub(in crate::web) fn site_of(issuer: &str) -> String {
    let url = url::Url::parse(issuer).ok();
    url.as_ref().and_then(url::Url::host_str).unwrap_or(issuer).to_owned()
}

/// How they do.
pub(in crate::web) fn proof_why(client: &Client) -> Phrase {
    match client.origin {
        Origin::Administrator => "An administrator of this server made this client.".into(),
        Origin::Configured => "The configuration of this server lists this client.".into(),
        Origin::Dynamic | Origin::Document if client.trusted => {
            "An administrator of this server knows this client.".into()
        }
        Origin::Document => Phrase::from("The site ")
            .strong(client.described_by().unwrap_or_default())
            .text(" describes it, and that was checked. The name is what that site says."),
        Origin::Dynamic => match client.stated_by() {
            Some(issuer) => Phrase::from("A software statement of ")
                .strong(site_of(issuer))
                .text(" says where it sends people, and its signature was checked."),
            None => "It signed in by itself. The name is only what it says of itself.".into(),
        },
    }
}
