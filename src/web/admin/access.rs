//! The access list: who may come in, and where each entry comes from.
use std::collections::HashMap;

use askama::Template;

use super::guard::{Admin, Answer, Numbers};
use crate::{
    base::{
        id::UserId,
        user::{Role, User, Who, company_of},
    },
    facts::access::{entry_id, person_of},
    store::{Reader, StoreResult, allowlist, users},
    web::view::{Ago, Field, Phrase, Pick, Section, Shell},
};

/// One entry of the list.
#[derive(Clone, Debug, Default)]
pub struct AccessRow {
    /// Id of the entry, for the page that asks (`entry_id`).
    pub id: String,
    /// Since when; `Ago::never("start")` for the configuration.
    pub since: Ago,
    /// Login, `id:` number, `*`.
    pub entry: String,
    /// "person, bound to id:583231"; may be empty.
    pub about: String,
    /// "get tokens", "administer, get tokens".
    pub may: String,
    /// "configuration", "dashboard, octavia-k".
    pub origin: String,
    /// "1 person", "nobody yet".
    pub lets_in: String,
    /// Comes from the configuration: cannot be removed here.
    pub fixed: bool,
}

/// `GET /admin/access`. Add posts to `/admin/access/add` with `entries` and `role` (`user`, `admin`); Remove leads to
/// `/admin/access/remove?entry_id=...`; both answer with a `ConfirmPage` first.
#[derive(Template)]
#[template(path = "admin/access.html")]
pub struct AccessPage {
    /// The frame.
    pub shell: Shell,
    /// Who may get tokens, and when it is asked.
    pub lede: Phrase,
    /// The entries.
    pub rows: Vec<AccessRow>,
    /// What was typed into the form, and what is wrong with it.
    pub entries: Field,
    /// `user` and `admin`.
    pub roles: Vec<Pick>,
}

/// The list as it is kept, with the people that it lets in.
struct Facts {
    added: Vec<allowlist::Entry>,
    makers: HashMap<UserId, String>,
    bound: HashMap<String, UserId>,
    people: HashMap<UserId, User>,
}

/// `GET /admin/access`.
pub async fn get(admin: Admin) -> Answer {
    let (facts, numbers) = read(&admin).await?;
    let entries = Field { value: admin.one("entries").to_owned(), error: None };
    admin.page(&page(&admin, &facts, &numbers, entries, "user"))
}

/// The page again, with what was typed and what is wrong with it.
pub(super) async fn again(admin: &Admin, entries: Field, role: &str) -> Result<AccessPage, actix_web::Error> {
    let (facts, numbers) = read(admin).await?;
    Ok(page(admin, &facts, &numbers, entries, role))
}

async fn read(admin: &Admin) -> Result<(Facts, Numbers), actix_web::Error> {
    let configured = admin.desk.store.standing().configured_entries().to_vec();
    admin.read(move |reader| facts(reader, &configured)).await
}

fn facts(reader: &mut Reader<'_>, configured: &[(Who, Role)]) -> StoreResult<Facts> {
    let added = allowlist::entries(reader)?;
    let bound = allowlist::bound(reader)?;
    let makers: Vec<UserId> = added.iter().filter_map(|entry| entry.created_by.clone()).collect();
    let named = configured.iter().map(|(who, _)| who).chain(added.iter().map(|entry| &entry.who));
    let mut people = HashMap::new();
    for id in named.filter_map(|who| person_of(who, &bound)).collect::<Vec<_>>() {
        if let Some(person) = users::find(reader, &id)? {
            people.insert(id, person);
        }
    }
    Ok(Facts { makers: users::logins(reader, &makers)?, added, bound, people })
}

/// Which of these entries lets a person in: the one that allows most.
pub(super) fn entry_for<'e>(
    entries: &'e [(Who, Role)],
    bound: &HashMap<String, UserId>,
    id: &UserId,
) -> Option<&'e Who> {
    let own = entries.iter().filter(|(who, _)| person_of(who, bound).as_ref() == Some(id));
    let best = own.max_by_key(|(_, role)| *role);
    let all = || {
        let company = company_of(id);
        entries.iter().find(|(who, _)| match who {
            Who::Everybody => company.is_none(),
            Who::WholeCompany(name) => company == Some(name),
            _ => false,
        })
    };
    best.or_else(all).map(|(who, _)| who)
}

fn page(admin: &Admin, facts: &Facts, numbers: &Numbers, entries: Field, role: &str) -> AccessPage {
    let local = admin.desk.config.sign_in.is_local();
    let configured = admin.desk.store.standing().configured_entries();
    let mut rows: Vec<AccessRow> = configured
        .iter()
        .map(|(who, role)| AccessRow {
            since: Ago::never("start"),
            origin: "configuration".into(),
            fixed: true,
            ..row(facts, who, *role)
        })
        .collect();
    rows.extend(facts.added.iter().map(|entry| {
        let by = entry.created_by.as_ref().map(|id| facts.makers.get(id).cloned().unwrap_or_else(|| id.to_string()));
        AccessRow {
            since: Ago::of(entry.created_at.unix(), admin.call.now.unix()),
            origin: by.map_or_else(|| "command line or claim link".into(), |by| format!("dashboard, {by}")),
            ..row(facts, &entry.who, entry.role)
        }
    }));
    AccessPage {
        shell: admin.shell(Section::Access, numbers),
        lede: if local {
            "Local mode: any name gets tokens. Here stands who may administer.".into()
        } else {
            "Who may get tokens, and who keeps this book. It is asked at every sign-in, every refresh and at the gate."
                .into()
        },
        rows,
        entries,
        roles: [("user", "Get tokens"), ("admin", "Administer, and get tokens")]
            .iter()
            .map(|(value, label)| Pick::new(value, label, role))
            .collect(),
    }
}

fn row(facts: &Facts, who: &Who, role: Role) -> AccessRow {
    let person = person_of(who, &facts.bound).and_then(|id| facts.people.get(&id));
    AccessRow {
        id: entry_id(who, role),
        since: Ago::default(),
        entry: who.to_string(),
        about: match (who, person) {
            (Who::Everybody, _) => "everybody whom the sign-in knows".into(),
            (Who::WholeCompany(name), _) => format!("everybody whom the identity provider {name} knows"),
            (Who::Login(login), Some(person)) if *login == person.login.to_lowercase() => {
                format!("bound to {}", person.id)
            }
            (Who::Login(_), Some(person)) => format!("bound to {}, now called {}", person.id, person.login),
            (Who::Login(_), None) => "bound to the first who comes with it".into(),
            (_, Some(person)) => person.login.clone(),
            (_, None) => String::new(),
        },
        may: match role {
            Role::Member => "get tokens".into(),
            Role::Administrator => "administer, get tokens".into(),
        },
        origin: String::new(),
        lets_in: match (who, person) {
            (Who::Everybody, _) => "everybody".into(),
            (_, Some(_)) => "1 person".into(),
            (_, None) => "nobody yet".into(),
        },
        fixed: false,
    }
}
