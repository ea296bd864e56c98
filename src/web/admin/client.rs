//! One client: everything known of it, and everything that can be done to it.
use actix_web::web::Path;
use askama::Template;

use super::{
    client_setup,
    clients::{proof, state, used},
    grants::row,
    guard::{Admin, Answer, Numbers},
    lines::Names,
    links::{SIZE, View, counted, segment},
    tombstone::{self, Left},
};
use crate::{
    base::{
        client::{AuthMethod, Client, Described, GrantType, Origin, StoredSecret},
        event::Ended,
        id::ClientId,
        registration::RegistrationPolicy,
        time::Time,
    },
    flows::{
        approvals::{self, Stand},
        client_edit::changes_here,
    },
    store::{
        Reader, StoreResult, audit, clients, documents,
        grants::{self, Of},
        page::Page,
        tombstones, users,
    },
    web::view::{Ago, Code, Ident, Line, Link, Pager, Phrase, Pick, SecretOnce, Section, Shape, Shell, State, cut},
};

/// A redirect address, in words and as it is.
#[derive(Clone, Debug, Default)]
pub struct Redirect {
    /// "the site **claude.ai**".
    pub words: Phrase,
    /// The address.
    pub uri: Ident,
}

/// The secret: age, use, end; and what can be done.
#[derive(Clone, Debug, Default)]
pub struct SecretState {
    /// "Made 162 days ago, used 4 minutes ago. Does not expire."
    pub now: Phrase,
    /// "Old one: works until ..., last used ... from ..."; may be empty.
    pub before: Phrase,
    /// The client has a secret, so it can be rotated.
    pub can_rotate: bool,
    /// An old one still works, so it can be ended.
    pub can_end: bool,
    /// How long the old one goes on: seconds as value.
    pub overlaps: Vec<Pick>,
}

impl SecretState {
    /// The four overlaps: none, 1 hour, 24 hours (chosen), 7 days; the values are seconds.
    pub fn overlaps() -> Vec<Pick> {
        [("0", "0"), ("3600", "1 h"), ("86400", "24 h"), ("604800", "7 days")]
            .iter()
            .map(|(value, label)| Pick::new(value, label, "86400"))
            .collect()
    }
}

/// The registration access token.
#[derive(Clone, Debug, Default)]
pub struct TokenState {
    /// "Made 162 days ago, never used."
    pub now: Phrase,
    /// There is one to revoke.
    pub alive: bool,
}

/// A grant, as it stands on the pages of clients, people and grants.
#[derive(Clone, Debug, Default)]
pub struct GrantRow {
    /// Its id.
    pub id: String,
    /// Last used.
    pub used: Ago,
    /// Login; "itself" for a service account.
    pub person: String,
    /// Page of the person; may be empty.
    pub person_href: String,
    /// Name of the client.
    pub client: String,
    /// Page of the client.
    pub client_href: String,
    /// Host or name of the resource.
    pub resource: String,
    /// Scopes, as sent.
    pub scopes: String,
    /// When it was given.
    pub given: Ago,
    /// "until taken back" (`Ago::never`) or a moment.
    pub until: Ago,
    /// Live tokens.
    pub tokens: u64,
    /// Address of the page that asks before revoking: `/admin/grants/revoke?grant_id=...`.
    pub revoke: String,
    /// It has ended.
    pub ended: bool,
}

/// How an attempt went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Went {
    /// Filled dot.
    Well,
    /// Ring: a step on the way.
    #[default]
    Step,
    /// Red diamond.
    Refused,
}

impl Went {
    /// Its class in the stylesheet.
    pub fn class(&self) -> &'static str {
        match self {
            Went::Well => "ok",
            Went::Step => "step",
            Went::Refused => "no",
        }
    }
}

/// One entry of a timeline.
#[derive(Clone, Debug, Default)]
pub struct EventRow {
    /// When.
    pub when: Ago,
    /// How it went.
    pub kind: Went,
    /// One sentence.
    pub sentence: Phrase,
    /// Address it came from; may be empty.
    pub place: String,
    /// Reason code of a refusal.
    pub code: Option<State>,
    /// What was compared with what; may be empty.
    pub why: Phrase,
    /// Who does what; may be empty.
    pub fix: Phrase,
}

/// The page of one client.
#[derive(Template)]
#[template(path = "admin/client.html")]
pub struct ClientPage {
    /// The frame.
    pub shell: Shell,
    /// Its id, for the forms (`client_id`).
    pub id: String,
    /// Its id cut, for the buttons (`view::cut`).
    pub short_id: String,
    /// Its name as shown here.
    pub name: String,
    /// Its state, in the margin of the title.
    pub state: State,
    /// "Vouched for by octavia-k."
    pub proof: State,
    /// "Used by 3 people, last 4 minutes ago for files.example.net".
    pub lede: Phrase,
    /// The form that changes it; empty where it is changed elsewhere.
    pub edit: String,
    /// It is disabled: the page offers Enable.
    pub disabled: bool,
    /// An administrator vouches for it, or may; `None` where one made it.
    pub trusted: Option<bool>,
    /// Why nobody may use it before an administrator approves it; `None` where one need not.
    pub unapproved: Option<&'static str>,
    /// A secret that was just made, this once.
    pub secret_once: Option<SecretOnce>,
    /// "As it registered itself, and what Doorbook made of it."
    pub entry_lede: String,
    /// Its id to copy.
    pub ident: Ident,
    /// Its name as registered.
    pub registered_name: String,
    /// Where it sends people.
    pub redirects: Vec<Redirect>,
    /// May use, Signs with, Came in, Contact, ...
    pub lines: Vec<Line>,
    /// The registration as JSON, without secrets; may be empty.
    pub json: String,
    /// Ready configuration, where it was written by hand.
    pub setup: Option<Code>,
    /// Its secret.
    pub secret: SecretState,
    /// Its registration access token; `None` for documents and static clients.
    pub registration_token: Option<TokenState>,
    /// "5 grants of 3 people, 12 tokens alive."
    pub grants_lede: Phrase,
    /// Its grants.
    pub grants: Vec<GrantRow>,
    /// "Everything" and "Refusals only", as links; may be empty.
    pub views: Vec<Pick>,
    /// What it tried, newest first.
    pub events: Vec<EventRow>,
    /// Foot of the timeline.
    pub pager: Pager,
}

/// What the page of a client is made from.
pub(super) struct Facts {
    described: Option<Described>,
    client: Client,
    stand: Stand,
    maker: Option<String>,
    ended: Ended,
    grants: Page<grants::Line>,
    tried: Page<audit::Line>,
    names: Names,
}

/// What stands under an id.
enum Entry {
    Here(Box<Facts>),
    Gone(Box<Left>),
    Never,
}

/// `GET /admin/clients/{id}`.
pub async fn get(admin: Admin, id: Path<String>) -> Answer {
    let id = ClientId::new(id.into_inner());
    let view = View::of(&admin, &format!("/clients/{}", segment(id.as_str())), &["view"]);
    let (desk, now, wanted, seek) = (admin.desk.clone(), admin.call.now, id.clone(), view.seek());
    let rules = desk.store.standing().registration();
    let filter = audit::Filter {
        client: Some(id.clone()),
        event: (view.get("view") == "refused").then(|| "refused".to_owned()),
        ..audit::Filter::default()
    };
    let base = desk.config.issuer.path().to_owned();
    let (entry, numbers) = admin
        .read(move |reader| {
            let tried = audit::page(reader, &filter, seek.as_ref(), SIZE)?;
            let names = Names::load(reader, &base, &tried.rows)?;
            if let Some(client) = clients::find(reader, &wanted)? {
                return Ok(Entry::Here(Box::new(facts(reader, &rules, client, tried, names, now)?)));
            }
            let Some(stone) = tombstones::find(reader, &wanted)? else { return Ok(Entry::Never) };
            let by = login(reader, stone.by.as_ref())?;
            Ok(Entry::Gone(Box::new(Left { stone, by, tried, names })))
        })
        .await?;
    match entry {
        Entry::Here(facts) => admin.page(&page(&admin, &view, *facts, &numbers)),
        Entry::Gone(left) => tombstone::page(&admin, *left, &numbers),
        Entry::Never => {
            let back = Link::new("All clients", admin.at("/clients"));
            Err(admin.missing(Section::Clients, &numbers, "No client with this id is in the book", back))
        }
    }
}

fn facts(
    reader: &mut Reader<'_>,
    rules: &RegistrationPolicy,
    client: Client,
    tried: Page<audit::Line>,
    names: Names,
    now: Time,
) -> StoreResult<Facts> {
    let of = grants::Filter { client: Some(client.id.clone()), ..grants::Filter::default() };
    Ok(Facts {
        stand: approvals::stand_with(reader, rules, &client, None, now)?,
        maker: login(reader, client.created_by.as_ref())?,
        described: documents::find(reader, &client.id)?,
        ended: grants::weigh(reader, &Of::Client(client.id.clone()), now)?,
        grants: grants::page(reader, &of, None, SIZE, now)?,
        client,
        tried,
        names,
    })
}

fn login(reader: &mut Reader<'_>, id: Option<&crate::base::id::UserId>) -> StoreResult<Option<String>> {
    let Some(id) = id else { return Ok(None) };
    Ok(users::find(reader, id)?.map(|user| user.login))
}

fn page(admin: &Admin, view: &View, facts: Facts, numbers: &Numbers) -> ClientPage {
    let Facts { client, stand, maker, described, ended, grants, tried, names } = facts;
    let now = admin.call.now;
    let register = admin.desk.store.standing().register();
    let id = client.id.to_string();
    let secret_once = admin.revealed();
    let mut grants_lede = Phrase::from(match ended.grants {
        0 => "Nobody has let it in.".to_owned(),
        n => format!(
            "{} of {}, {} alive. ",
            counted(n, "grant", "grants"),
            counted(ended.people, "person", "people"),
            counted(ended.tokens, "token", "tokens")
        ),
    });
    if grants.older.is_some() {
        grants_lede = grants_lede.link("All of them", format!("{}?client={}", admin.at("/grants"), segment(&id)));
    }
    ClientPage {
        shell: admin.shell(Section::Clients, numbers),
        short_id: cut(&id),
        name: client.name().to_owned(),
        state: state(&client),
        proof: vouched(&client, maker.as_deref()),
        lede: match client.last_used_at {
            Some(_) if ended.people == 0 && client.may_use(GrantType::ClientCredentials) => {
                Phrase::from("Used in its own name, last ").time(used(&client, now)).text(".")
            }
            Some(_) => Phrase::from("Used by ")
                .text(counted(ended.people, "person", "people"))
                .text(", last ")
                .time(used(&client, now))
                .text("."),
            None => "Nobody has used it yet.".into(),
        },
        edit: match changes_here(&client) {
            Ok(()) => admin.at(&format!("/clients/edit?client_id={}", segment(&id))),
            Err(_) => String::new(),
        },
        disabled: client.disabled_at.is_some(),
        trusted: (client.origin != Origin::Administrator).then_some(client.trusted),
        unapproved: match stand {
            Stand::Allowed(_) => None,
            Stand::Open => Some("Not yet: people who let it in wait for you."),
            Stand::Denied => Some("You turned it away, with all clients like it."),
        },
        entry_lede: match client.origin {
            Origin::Dynamic => "As it registered itself, and what Doorbook made of it.".into(),
            Origin::Administrator => "As it was written into the book by hand.".into(),
            Origin::Configured => "As the configuration lists it; it is changed there.".into(),
            Origin::Document => "As the document describes it that its id leads to; it is changed there.".into(),
        },
        ident: Ident::new("client id", &*id),
        registered_name: client.name().to_owned(),
        redirects: client
            .metadata
            .redirect_uris
            .iter()
            .map(|uri| Redirect {
                words: uri.destination().to_string().into(),
                uri: Ident::new("redirect address", uri.as_str()),
            })
            .collect(),
        lines: entry(&client, maker.as_deref(), described.as_ref(), now),
        json: serde_json::to_string_pretty(&client.metadata).unwrap_or_default(),
        setup: match &secret_once {
            Some(panel) if !panel.ready.is_empty() => None,
            _ => client_setup::block(admin, &client, None),
        },
        secret_once,
        secret: secret(&client, now),
        registration_token: (client.origin != Origin::Document).then(|| registration_token(&client, now)),
        grants_lede,
        grants: grants.rows.iter().map(|line| row(admin, &register, line)).collect(),
        views: [("", "Everything"), ("refused", "Refusals only")]
            .iter()
            .map(|(value, label)| Pick {
                value: view.with("view", value),
                label: (*label).into(),
                chosen: view.get("view") == *value,
            })
            .collect(),
        events: tried.rows.iter().map(|line| names.event(line, now)).collect(),
        pager: view.pager(&tried, ["line", "lines"], ["Newer", "Older"]),
        id,
    }
}

/// Who vouches for it, as a sentence.
fn vouched(client: &Client, maker: Option<&str>) -> State {
    let short = proof(client, maker);
    let words = match short.shape {
        Some(Shape::Nobody) => "Nobody vouches for it.".to_owned(),
        _ => format!("Vouched for by {}.", short.words),
    };
    State { words, ..short }
}

/// What it registered and how it came in.
fn entry(client: &Client, maker: Option<&str>, described: Option<&Described>, now: Time) -> Vec<Line> {
    let metadata = &client.metadata;
    let grant_types: Vec<&str> = metadata.grant_types.iter().map(|grant| grant.as_str()).collect();
    let came = Ago::of(client.created_at.unix(), now.unix());
    let came_in = match client.origin {
        Origin::Dynamic => Phrase::from("by itself, ").time(came),
        Origin::Configured => Phrase::from("from the configuration, ").time(came),
        Origin::Document => {
            Phrase::from("described by ").strong(client.described_by().unwrap_or_default()).text(", ").time(came)
        }
        Origin::Administrator => {
            Phrase::from("by the hand of ").strong(maker.unwrap_or("an administrator")).text(", ").time(came)
        }
    };
    let from = if client.created_ip.is_empty() { came_in } else { came_in.text(", from ").code(&*client.created_ip) };
    let mut lines = vec![
        Line::new(
            "May use",
            match metadata.scope.is_empty() {
                true => "everything on offer".into(),
                false => Phrase::default().code(metadata.scope.to_string()),
            },
        ),
        Line::new("Gets in with", Phrase::default().code(grant_types.join(" "))),
        Line::new(
            "Shows itself",
            match metadata.token_endpoint_auth_method {
                AuthMethod::None => "with PKCE alone: it has no secret",
                AuthMethod::ClientSecretBasic => "with its secret, in the header",
                AuthMethod::ClientSecretPost => "with its secret, in the form",
                AuthMethod::PrivateKeyJwt => "with a signature of its own key",
            },
        ),
        Line::new("Came in", from),
    ];
    if client.terms.statement.is_some() {
        lines.push(Line::new(
            "Software statement",
            match client.stated_by() {
                Some(issuer) => Phrase::from("signed by ").code(issuer),
                None => "it has one that does not say where it sends people, so it vouches for nothing".into(),
            },
        ));
    }
    if client.updated_at != client.created_at {
        lines.push(Line::new("Changed", Phrase::default().time(Ago::of(client.updated_at.unix(), now.unix()))));
    }
    if let Some(described) = described {
        let fetched = Phrase::from("fetched ").time(Ago::of(described.fetched_at.unix(), now.unix()));
        lines.push(Line::new(
            "Document",
            match &described.trouble {
                Some(trouble) => fetched.text("; since then: ").text(trouble),
                None => fetched,
            },
        ));
    }
    let mut said = |label: &str, value: Option<&str>| {
        if let Some(value) = value {
            lines.push(Line::new(label, Phrase::default().code(value)));
        }
    };
    said("Home page", metadata.client_uri.as_deref());
    said("Terms", metadata.tos_uri.as_deref());
    said("Privacy", metadata.policy_uri.as_deref());
    let software = [metadata.software_id.as_deref(), metadata.software_version.as_deref()];
    let software = software.into_iter().flatten().collect::<Vec<_>>().join(" ");
    said("Software", Some(software.as_str()).filter(|text| !text.is_empty()));
    said("Contact", Some(metadata.contacts.join(", ").as_str()).filter(|text| !text.is_empty()));
    lines
}

fn secret(client: &Client, now: Time) -> SecretState {
    let life = |secret: &StoredSecret| match secret.expires_at {
        None => Phrase::from(". Does not expire."),
        Some(end) if end > now => Phrase::from(". Works until ").time(Ago::exact(end.unix())).text("."),
        Some(end) => Phrase::from(". It ended ").time(Ago::of(end.unix(), now.unix())).text("."),
    };
    let words = |secret: &StoredSecret, made: &str| {
        let mut words = Phrase::from(made).time(Ago::of(secret.issued_at.unix(), now.unix()));
        words.pieces.extend(life(secret).pieces);
        words
    };
    let old = client.old_secret.as_ref().filter(|old| old.is_live(now));
    SecretState {
        now: client.secret.as_ref().map_or_else(|| "It has none.".into(), |secret| words(secret, "Made ")),
        before: old.map_or_else(Phrase::default, |old| words(old, "The old one was made ")),
        can_rotate: client.has_secret(),
        can_end: old.is_some(),
        overlaps: SecretState::overlaps(),
    }
}

fn registration_token(client: &Client, now: Time) -> TokenState {
    let made = client.registration_token_at.unwrap_or(client.created_at);
    match client.registration_token {
        Some(_) => {
            TokenState { now: Phrase::from("Made ").time(Ago::of(made.unix(), now.unix())).text("."), alive: true }
        }
        None => TokenState { now: "There is none: it cannot change its entry.".into(), alive: false },
    }
}
