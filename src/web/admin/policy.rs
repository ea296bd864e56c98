//! The registration policy: what is in force, where it comes from, and every change that was made to it.
use std::collections::HashMap;

use askama::Template;
use serde_json::{Map, Value};

use super::{
    audit::Change,
    guard::{Admin, Answer, Numbers},
    links::counted,
};
use crate::{
    base::{
        id::UserId,
        redirect::{Destination, RedirectUri},
    },
    config::registration::{self, AS_REGISTRATION},
    oauth::why::Why,
    store::{
        Reader, StoreResult,
        policies::{self, Version},
        users,
    },
    web::view::{Ago, Field, Phrase, Pick, Section, Shell},
};

/// How many changes a page of the history has.
const HISTORY: usize = 20;

/// One member of the policy, as a field.
#[derive(Clone, Debug, Default)]
pub struct PolicyField {
    /// Its name, as the configuration has it.
    pub name: &'static str,
    /// Its label.
    pub label: &'static str,
    /// What it does.
    pub help: &'static str,
    /// What the configuration says, where it was changed here.
    pub configured: Option<String>,
    /// The choices, for a choice of few.
    pub picks: Vec<Pick>,
    /// How many lines it has, for a list; 0 for a short text.
    pub rows: usize,
    /// What stands in it, and what is wrong with that.
    pub field: Field,
}

/// Members that belong together.
#[derive(Clone, Debug, Default)]
pub struct PolicyPart {
    /// Its place on the page.
    pub id: &'static str,
    /// In the margin.
    pub title: &'static str,
    /// Its members.
    pub fields: Vec<PolicyField>,
}

/// One change of the policy.
#[derive(Clone, Debug, Default)]
pub struct VersionRow {
    /// Its number.
    pub version: i64,
    /// When.
    pub when: Ago,
    /// By whom.
    pub by: String,
    /// What was changed.
    pub changes: Vec<Change>,
    /// What the administrator said about it; may be empty.
    pub note: String,
    /// It is what is in force.
    pub in_force: bool,
}

/// `GET /admin/policy`. Its form posts to `/admin/policy`, which shows what the change would do before it is made.
#[derive(Template)]
#[template(path = "admin/policy.html")]
pub struct PolicyPage {
    /// The frame.
    pub shell: Shell,
    /// Whose policy it is.
    pub lede: Phrase,
    /// Links to the fields that are wrong.
    pub problems: Vec<crate::web::view::Link>,
    /// The version that is looked at.
    pub seen: i64,
    /// The fields.
    pub parts: Vec<PolicyPart>,
    /// Whose software statements count.
    pub statement_issuers: Vec<String>,
    /// The changes, last first.
    pub history: Vec<VersionRow>,
    /// Where the older changes are.
    pub older: Option<String>,
}

/// How a member is written on the page.
enum Kind {
    Choice(&'static [(&'static str, &'static str)]),
    Lines,
    Text,
}

type Member = (&'static str, &'static str, &'static str, Kind);

const SWITCH: [(&str, &str); 2] = [("on", "Yes"), ("off", "No")];

fn members() -> [(&'static str, &'static str, Vec<Member>); 5] {
    use Kind::{Choice, Lines, Text};
    [
        (
            "who",
            "Who may sign",
            vec![(
                "registration",
                "Clients may register themselves",
                "What is registered already is not touched by it.",
                Choice(&[
                    ("open", "Any client"),
                    ("approval", "Any client, but it waits until an administrator approves it"),
                    ("token", "Those with an initial access token"),
                    ("closed", "None: they are written into the book by hand"),
                ]),
            )],
        ),
        (
            "where",
            "Where codes go",
            vec![
                (
                    "allowed_redirect_hosts",
                    "Only to these sites",
                    "One a line, as in claude.ai or *.vscode.dev. Empty: to any site. Programs on people's own computers are not meant by it.",
                    Lines,
                ),
                ("denied_redirect_hosts", "Never to these sites", "One a line. It wins over everything else.", Lines),
                (
                    "redirect_schemes",
                    "To programs with these schemes",
                    "One a line, without colons. Schemes with a period in them are always good; those that run code never are.",
                    Lines,
                ),
                (
                    "out_of_band",
                    "Codes may be shown to be copied",
                    "For old programs that register urn:ietf:wg:oauth:2.0:oob.",
                    Choice(&SWITCH),
                ),
            ],
        ),
        (
            "names",
            "Names",
            vec![
                (
                    "refused_names",
                    "Names that no client may have",
                    "One a line. Names that look the same are refused with them.",
                    Lines,
                ),
                (
                    "look_alikes",
                    "A client with the name of a known product, whose answers go elsewhere",
                    "Known are the products that people connect most, and the sites that are theirs.",
                    Choice(&[("warn", "Comes in; whoever is asked is warned"), ("refuse", "Is refused")]),
                ),
            ],
        ),
        (
            "documents",
            "Documents",
            vec![
                (
                    "client_documents",
                    "Clients whose id leads to a document that describes them",
                    "The site of that document is what is proven about such a client.",
                    Choice(&[
                        (AS_REGISTRATION, "As registration: of any site, of those you approve, or only of these"),
                        ("open", "Of any site"),
                        ("ask", "Of any site, but they wait until an administrator approves it"),
                        ("closed", "Only of these"),
                    ]),
                ),
                ("client_document_hosts", "These sites always", "One a line, as in claude.ai or *.vscode.dev.", Lines),
            ],
        ),
        (
            "room",
            "Room",
            vec![
                (
                    "reuse_registrations",
                    "A public client that registers what another one did gets the entry of that one",
                    "For clients that register anew at every start. Nobody can change or delete such an entry from outside any more.",
                    Choice(&SWITCH),
                ),
                (
                    "most_clients",
                    "At most so many clients that came by themselves",
                    "Then those that nobody ever let in make room, from the address that brought most.",
                    Text,
                ),
                (
                    "unused_client_lifetime",
                    "A client that nobody let in stays",
                    "As in 24h or 7d. It leaves a tombstone and can be put back.",
                    Text,
                ),
                (
                    "idle_client_lifetime",
                    "A client without a live grant stays",
                    "From its last use on, as in 90d.",
                    Text,
                ),
            ],
        ),
    ]
}

/// What is read for the page.
struct Facts {
    last: Option<Version>,
    history: Vec<Version>,
    logins: HashMap<UserId, String>,
}

fn facts(reader: &mut Reader<'_>, older_than: Option<i64>) -> StoreResult<Facts> {
    let history = policies::latest(reader, older_than, HISTORY as i64 + 1)?;
    let people: Vec<UserId> = history.iter().map(|version| UserId::new(&*version.actor)).collect();
    Ok(Facts { last: policies::last(reader)?, logins: users::logins(reader, &people)?, history })
}

/// `GET /admin/policy`.
pub async fn get(admin: Admin) -> Answer {
    let page = page(&admin, &Typed::default()).await?;
    admin.page(&page)
}

/// What was typed into the form, and what is wrong with it.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) texts: HashMap<&'static str, String>,
    pub(super) problems: HashMap<&'static str, String>,
}

impl Typed {
    /// Reads the form: the members as they are kept, unless something is wrong.
    pub(super) fn read(admin: &Admin) -> Result<Map<String, Value>, Self> {
        let mut typed = Self::default();
        let mut set = Map::new();
        for facts in registration::MEMBERS {
            // A field without text counts as absent: here it is an empty list.
            let text = admin.one(facts.key);
            match registration::value(facts.key, text) {
                Ok(value) => drop(set.insert(facts.key.to_owned(), value)),
                Err(problem) => drop(typed.problems.insert(facts.key, problem)),
            }
            typed.texts.insert(facts.key, text.to_owned());
        }
        if typed.problems.is_empty() { Ok(set) } else { Err(typed) }
    }
}

/// The page, with what was typed where it could not be used.
pub(super) async fn page(admin: &Admin, typed: &Typed) -> Result<PolicyPage, actix_web::Error> {
    let older_than = admin.one("older").parse().ok();
    let (facts, numbers) = admin.read(move |reader| facts(reader, older_than)).await?;
    Ok(written(admin, &numbers, facts, typed))
}

fn written(admin: &Admin, numbers: &Numbers, facts: Facts, typed: &Typed) -> PolicyPage {
    let standing = admin.desk.store.standing();
    let (rules, configured) = (standing.registration().members(), standing.configured_registration().members());
    let changes = facts.last.as_ref().map(|last| &last.changes);
    let field = |(name, label, help, kind): Member| {
        let text = |members: &Map<String, Value>, between| {
            members.get(name).map(|value| registration::text(name, value, between)).unwrap_or_default()
        };
        let value = typed.texts.get(name).cloned().unwrap_or_else(|| text(&rules, "\n"));
        let is_changed = changes.is_some_and(|changes| changes.contains_key(name));
        PolicyField {
            name,
            label,
            help,
            configured: is_changed.then(|| Some(text(&configured, ", ")).filter(|t| !t.is_empty())).map(or_nothing),
            picks: match kind {
                Kind::Choice(picks) => picks.iter().map(|(pick, words)| Pick::new(pick, words, &value)).collect(),
                Kind::Lines | Kind::Text => Vec::new(),
            },
            rows: if matches!(kind, Kind::Lines) { value.lines().count().clamp(2, 12) } else { 0 },
            field: Field { value, error: typed.problems.get(name).cloned() },
        }
    };
    let part = |(id, title, members): (_, _, Vec<Member>)| PolicyPart {
        id,
        title,
        fields: members.into_iter().map(field).collect(),
    };
    let parts: Vec<PolicyPart> = members().into_iter().map(part).collect();
    let wrong = parts.iter().flat_map(|part| &part.fields).filter(|field| field.field.error.is_some());
    let problems = wrong.map(|field| crate::web::view::Link::new(field.label, format!("#{}", field.name))).collect();
    let in_force = facts.last.as_ref().map_or(0, |last| last.version);
    let more = facts.history.len() > HISTORY;
    let history: Vec<VersionRow> =
        facts.history.iter().take(HISTORY).map(|version| row(admin, version, &facts.logins, in_force)).collect();
    PolicyPage {
        shell: admin.shell(Section::Policy, numbers),
        lede: lede(&facts),
        problems,
        seen: in_force,
        parts,
        older: history.last().filter(|_| more).map(|last| admin.at(&format!("/policy?older={}#history", last.version))),
        statement_issuers: admin.desk.config.statement_issuers.iter().map(|known| known.issuer.clone()).collect(),
        history,
    }
}

fn or_nothing(text: Option<String>) -> String {
    text.unwrap_or_else(|| "nothing".into())
}

fn lede(facts: &Facts) -> Phrase {
    let begin = Phrase::from("Who may come into this book by itself, and what it may say there. ");
    match facts.last.as_ref().map(|last| last.changes.len()) {
        None | Some(0) => begin.text("Everything is as the configuration has it."),
        Some(n) => begin
            .text(format!("{} otherwise than in the configuration.", counted(n as i64, "setting is", "settings are"))),
    }
}

fn row(admin: &Admin, version: &Version, logins: &HashMap<UserId, String>, in_force: i64) -> VersionRow {
    let by = match version.actor_kind.as_str() {
        "user" => logins.get(version.actor.as_str()).cloned().unwrap_or_else(|| version.actor.clone()),
        _ => "command line".into(),
    };
    VersionRow {
        version: version.version,
        when: Ago::of(version.at.unix(), admin.call.now.unix()),
        by,
        changes: differences(&version.before.members(), &version.after.members()),
        note: version.note.clone().unwrap_or_default(),
        in_force: version.version == in_force,
    }
}

/// What is otherwise, member by member. Of lists only what came and what went.
pub(super) fn differences(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<Change> {
    let fields = members().into_iter().flat_map(|(_, _, members)| members);
    let differ = fields.filter(|(name, ..)| before.get(*name) != after.get(*name));
    differ
        .map(|(name, label, _, kind)| {
            let side = |own: &Map<String, Value>, other: &Map<String, Value>| match (own.get(name), other.get(name)) {
                (Some(Value::Array(own)), Some(Value::Array(other))) => {
                    let only = own.iter().filter(|entry| !other.contains(entry)).cloned().collect();
                    registration::text(name, &Value::Array(only), ", ")
                }
                (Some(value), _) => {
                    let text = registration::text(name, value, ", ");
                    match kind {
                        Kind::Choice(picks) => {
                            picks.iter().find(|(pick, _)| *pick == text).map_or(text, |(_, words)| (*words).into())
                        }
                        Kind::Lines | Kind::Text => text,
                    }
                }
                (None, _) => String::new(),
            };
            Change { label: label.into(), before: side(before, after), after: side(after, before) }
        })
        .collect()
}

/// What would let in what was refused for that reason: words, and the page that asks.
pub(super) fn remedy(why: Why, value: &str) -> Option<(String, String)> {
    let ask = |name, value: &str| format!("/policy/allow?{name}={}", super::links::segment(value));
    match why {
        Why::RedirectUnknownScheme => {
            let scheme = value.split(':').next()?.to_ascii_lowercase();
            Some((format!("Allow {scheme}:…"), ask("scheme", &scheme)))
        }
        Why::RedirectHostDenied | Why::RedirectHostUnlisted => {
            let Destination::Site(site) = RedirectUri::stored(value).destination() else { return None };
            let host = site.rsplit_once(':').map_or(site.as_str(), |(host, _)| host);
            Some((format!("Allow {host}…"), ask("redirect_host", host)))
        }
        Why::DocumentHost | Why::DocumentsClosed => Some((format!("Allow {value}…"), ask("document_host", value))),
        _ => None,
    }
}
