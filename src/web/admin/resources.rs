//! The register of protected servers, and the scopes of this server in the words that consent uses.
use std::collections::HashMap;

use actix_web::http::StatusCode;
use askama::Template;

use super::{
    guard::{Admin, Answer},
    links::{Column, Columns, Compare, View, counted, segment},
};
use crate::{
    base::{resource::ResourceUri, time::Time},
    flows::resources::{self as flow, Worded},
    store::{
        Stop, grants,
        resources::{self, Entry},
        tallies,
        traffic::{self, Counts},
    },
    web::{
        pages::authorize::html,
        view::{Ago, Field, Heads, Phrase, Section, Shape, Shell, State, Tone, grouped},
    },
};

/// One resource of the list.
#[derive(Clone, Debug, Default)]
pub struct ResourceRow {
    /// When the gate last let somebody through.
    pub passed: Ago,
    /// Its page.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Its URL.
    pub uri: String,
    /// "everybody", "2 entries".
    pub people: String,
    /// The scopes that every request needs; may be empty.
    pub required: String,
    /// Live grants.
    pub grants: String,
    /// Let through in the last 24 hours.
    pub let_through: String,
    /// Refused in the last 24 hours.
    pub refused: String,
    /// Comes from the configuration.
    pub fixed: bool,
}

/// One scope of the server.
#[derive(Clone, Debug, Default)]
pub struct ScopeRow {
    /// The id of its field.
    pub id: String,
    /// The scope.
    pub scope: String,
    /// Its sentence: as it is said, or as it was typed.
    pub words: Field,
    /// "configuration", "dashboard", "Doorbook's own".
    pub from: &'static str,
    /// Comes from the configuration: cannot be changed here.
    pub fixed: bool,
}

/// `GET /admin/resources`. Scopes post to `/admin/scopes/say` with `scope` and `words`.
#[derive(Template)]
#[template(path = "admin/resources.html")]
pub struct ResourcesPage {
    /// The frame.
    pub shell: Shell,
    /// How many, and what that means.
    pub lede: Phrase,
    /// What sorts it.
    pub heads: Heads,
    /// The register.
    pub rows: Vec<ResourceRow>,
    /// The register held one once: unknown servers are refused.
    pub ever_held: bool,
    /// The scopes on offer.
    pub scopes: Vec<ScopeRow>,
}

/// A resource with what is counted of it.
struct Listed {
    entry: Entry,
    passed: Option<Time>,
    grants: i64,
    through: i64,
    refused: i64,
}

impl Listed {
    fn name(&self) -> String {
        self.entry.resource.name.to_lowercase()
    }
}

const ENDS: [&str; 2] = ["Before", "After"];
const COLUMNS: Columns<Compare<Listed>> = Columns {
    usual: Column { name: "name", by: |a, b| a.name().cmp(&b.name()), falls: false, ends: ENDS },
    others: &[
        Column { name: "passed", by: |a, b| b.passed.cmp(&a.passed), falls: true, ends: ENDS },
        Column { name: "grants", by: |a, b| b.grants.cmp(&a.grants), falls: true, ends: ENDS },
        Column { name: "through", by: |a, b| b.through.cmp(&a.through), falls: true, ends: ENDS },
        Column { name: "refused", by: |a, b| b.refused.cmp(&a.refused), falls: true, ends: ENDS },
    ],
};

/// What the list is made from.
struct Facts {
    entries: Vec<Entry>,
    grants: HashMap<ResourceUri, i64>,
    traffic: Vec<(String, i64, Counts)>,
}

/// `GET /admin/resources`.
pub async fn get(admin: Admin) -> Answer {
    admin.page(&page(&admin, None).await?)
}

/// `POST /admin/scopes/say`: puts a scope into words.
pub async fn say(admin: Admin) -> Answer {
    let (scope, words) = (admin.one("scope").to_owned(), admin.one("words").to_owned());
    match flow::say(&admin.desk, &admin.call, &admin.actor(), &scope, &words).await {
        Ok(()) => admin.done(&format!("Consent says it so from now on: {scope}."), "/resources"),
        Err(Stop::Refuse(error)) if error.status() == 400 => {
            let typed = Field { value: words, error: Some(error.why().fix().to_owned()) };
            let page = page(&admin, Some((&scope, typed))).await?;
            Ok(html(StatusCode::BAD_REQUEST, &page, Some(error.why())))
        }
        Err(stop) => admin.take(Err(stop)).await,
    }
}

async fn page(admin: &Admin, typed: Option<(&str, Field)>) -> Result<ResourcesPage, actix_web::Error> {
    let now = admin.call.now;
    let (facts, numbers) = admin
        .read(move |reader| {
            Ok(Facts {
                entries: resources::all(reader)?,
                grants: grants::count_by_audience(reader, now)?,
                traffic: traffic::since(reader, tallies::hour(now) - 23)?,
            })
        })
        .await?;
    let scopes = admin.take(flow::scopes(&admin.desk).await.map_err(Stop::Fail)).await?;
    let view = View::of(admin, "/resources", &["sort"]);
    let lede = lede(facts.entries.len());
    let mut listed = listed(admin, facts);
    view.sort(&COLUMNS).arrange(&mut listed);
    Ok(ResourcesPage {
        shell: admin.shell(Section::Resources, &numbers),
        lede,
        ever_held: admin.desk.store.standing().register().ever_held(),
        heads: view.heads(&COLUMNS),
        rows: listed.iter().map(|one| row(admin, one)).collect(),
        scopes: scopes.into_iter().enumerate().map(|(at, scope)| scope_row(at, scope, &typed)).collect(),
    })
}

fn lede(resources: usize) -> Phrase {
    match resources {
        0 => "The MCP servers that stand behind the gate. A token is for one of them and opens no other.".into(),
        n => format!("{} behind the gate. A token is for one of them and opens no other.", {
            counted(n as i64, "server stands", "servers stand")
        })
        .into(),
    }
}

fn listed(admin: &Admin, facts: Facts) -> Vec<Listed> {
    let Facts { entries, grants, traffic } = facts;
    let count = |entry: Entry| {
        let uri = &entry.resource.uri;
        let of_it = traffic.iter().filter(|(of, ..)| of == uri.as_str());
        let counts = of_it.fold(Counts::default(), |sum, (_, _, counts)| sum.and(*counts));
        Listed {
            passed: admin.desk.traffic.last(uri).passed,
            grants: grants.get(uri).copied().unwrap_or(0),
            through: counts.passed,
            refused: counts.challenged + counts.refused,
            entry,
        }
    };
    entries.into_iter().map(count).collect()
}

fn row(admin: &Admin, listed: &Listed) -> ResourceRow {
    let resource = &listed.entry.resource;
    ResourceRow {
        passed: passed(listed.passed, admin.call.now),
        href: admin.at(&page_of(&resource.uri)),
        name: resource.name.clone(),
        uri: resource.uri.to_string(),
        people: people(resource.people.len()),
        required: resource.required_scopes.to_string(),
        grants: grouped(listed.grants.unsigned_abs()),
        let_through: grouped(listed.through.unsigned_abs()),
        refused: grouped(listed.refused.unsigned_abs()),
        fixed: listed.entry.configured,
    }
}

fn scope_row(at: usize, Worded { scope, words, said }: Worded, typed: &Option<(&str, Field)>) -> ScopeRow {
    let fixed = said.as_ref().is_some_and(|said| said.configured);
    let words = match typed {
        Some((wrong, typed)) if *wrong == scope => typed.clone(),
        _ => Field { value: words, error: None },
    };
    let from = match said {
        Some(_) if fixed => "configuration",
        Some(_) => "dashboard",
        None => "Doorbook’s own",
    };
    ScopeRow { id: format!("say-{at}"), scope, words, from, fixed }
}

/// When the gate last let somebody through.
pub(super) fn passed(at: Option<Time>, now: Time) -> Ago {
    at.map_or_else(|| Ago::never("–"), |at| Ago::of(at.unix(), now.unix()))
}

/// The page of a resource, below `/admin`.
pub(super) fn page_of(uri: &ResourceUri) -> String {
    format!("/resources/{}", segment(uri.as_str()))
}

fn people(entries: usize) -> String {
    if entries == 0 { "everybody".into() } else { counted(entries as i64, "entry", "entries") }
}

/// Whether the gate was asked about it.
pub(super) fn state(admin: &Admin, uri: &ResourceUri) -> State {
    let last = admin.desk.traffic.last(uri);
    match (last.passed, last.refusal) {
        (Some(_), _) => State::live("Guarded"),
        (None, Some(_)) => State::new(Tone::Calm, Shape::Ring, "Asked for"),
        (None, None) => State::new(Tone::Calm, Shape::Ring, "Not asked"),
    }
}
