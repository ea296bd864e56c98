//! The access list: who may come in, and where each entry comes from.
use std::collections::HashMap;

use askama::Template;

use super::{
    guard::{Admin, Answer, Numbers},
    links::{Column, Columns, Compare, SIZE, View},
};
use crate::{
    base::{
        id::UserId,
        time::Time,
        user::{Role, User, Who, company_of},
    },
    facts::access::{entry_id, person_of},
    store::{Reader, StoreResult, allowlist, page::Page, users},
    web::view::{Ago, Field, Filters, Heads, Pager, Phrase, Pick, Section, Shell},
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
    /// "configuration", "dashboard, octavia-k", "by themselves" for who came by the claim link.
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
    /// Search.
    pub filters: Filters,
    /// What sorts them.
    pub heads: Heads,
    /// The entries, in their order.
    pub rows: Vec<AccessRow>,
    /// There is none at all.
    pub is_empty: bool,
    /// Foot of the list.
    pub pager: Pager,
    /// What was typed into the form, and what is wrong with it.
    pub entries: Field,
    /// `user` and `admin`.
    pub roles: Vec<Pick>,
}

/// An entry and where it comes from.
struct Listed {
    who: Who,
    role: Role,
    /// When it was added and by whom; `None` for the configuration.
    added: Option<(Time, Option<UserId>)>,
}

/// As the list grew: those of the configuration first, then the oldest.
const COLUMNS: Columns<Compare<Listed>> = Columns {
    usual: Column { name: "since", by: |a, b| a.since().cmp(&b.since()), falls: false, ends: ["Before", "After"] },
    others: &[Column {
        name: "entry",
        by: |a, b| a.who.to_string().cmp(&b.who.to_string()),
        falls: false,
        ends: ["Before", "After"],
    }],
};

impl Listed {
    fn since(&self) -> Option<Time> {
        self.added.as_ref().map(|(at, _)| *at)
    }
}

/// A page of the list, with the people that it lets in.
struct Facts {
    entries: Page<Listed>,
    is_empty: bool,
    makers: HashMap<UserId, String>,
    bound: HashMap<String, UserId>,
    people: HashMap<UserId, User>,
}

/// `GET /admin/access`. `q` is a part of an entry; `entries` and `role` are what the form begins with.
pub async fn get(admin: Admin) -> Answer {
    let entries = Field { value: admin.one("entries").to_owned(), error: None };
    let role = if admin.one("role") == Role::Administrator.as_str() { "admin" } else { "user" };
    admin.page(&again(&admin, entries, role).await?)
}

/// The page, with what was typed into its form and what is wrong with it.
pub(super) async fn again(admin: &Admin, entries: Field, role: &str) -> Result<AccessPage, actix_web::Error> {
    let view = View::of(admin, "/access", &["q", "sort"]);
    let configured = admin.desk.store.standing().configured_entries().to_vec();
    let (q, sort, seek) = (view.get("q").to_lowercase(), view.sort(&COLUMNS), view.seek());
    let listed = move |reader: &mut Reader<'_>| {
        let mut all = all(reader, configured)?;
        let is_empty = all.is_empty();
        all.retain(|entry| entry.who.to_string().contains(&q));
        sort.arrange(&mut all);
        facts(reader, Page::of_all(all, SIZE, seek.as_ref()), is_empty)
    };
    let (facts, numbers) = admin.read(listed).await?;
    Ok(page(admin, &view, &facts, &numbers, entries, role))
}

fn all(reader: &mut Reader<'_>, configured: Vec<(Who, Role)>) -> StoreResult<Vec<Listed>> {
    let configured = configured.into_iter().map(|(who, role)| Listed { who, role, added: None });
    let added = allowlist::entries(reader)?.into_iter().map(|entry| Listed {
        who: entry.who,
        role: entry.role,
        added: Some((entry.created_at, entry.created_by)),
    });
    Ok(configured.chain(added).collect())
}

fn facts(reader: &mut Reader<'_>, entries: Page<Listed>, is_empty: bool) -> StoreResult<Facts> {
    let bound = allowlist::bound(reader)?;
    let makers: Vec<UserId> = entries.rows.iter().filter_map(|entry| entry.added.clone()?.1).collect();
    let mut people = HashMap::new();
    for id in entries.rows.iter().filter_map(|entry| person_of(&entry.who, &bound)) {
        if let Some(person) = users::find(reader, &id)? {
            people.insert(id, person);
        }
    }
    Ok(Facts { makers: users::logins(reader, &makers)?, entries, is_empty, bound, people })
}

/// The entries in force, by whom they let in.
#[derive(Default)]
pub(super) struct Entries {
    own: HashMap<UserId, (Role, Who)>,
    wide: Vec<Who>,
}

impl Entries {
    /// Those of the configuration and those that were added.
    pub(super) fn read(reader: &mut Reader<'_>, configured: &[(Who, Role)]) -> StoreResult<Self> {
        let bound = allowlist::bound(reader)?;
        let added = allowlist::entries(reader)?.into_iter().map(|entry| (entry.who, entry.role));
        let mut found = Self::default();
        for (who, role) in configured.iter().cloned().chain(added) {
            match person_of(&who, &bound) {
                Some(id) if found.own.get(&id).is_some_and(|(known, _)| *known > role) => (),
                Some(id) => drop(found.own.insert(id, (role, who))),
                None => found.wide.push(who),
            }
        }
        Ok(found)
    }

    /// Which of them lets a person in: the one that allows most.
    pub(super) fn of(&self, id: &UserId) -> Option<&Who> {
        let company = company_of(id);
        let wide = || {
            self.wide.iter().find(|who| match who {
                Who::Everybody => company.is_none(),
                Who::WholeCompany(name) => company == Some(name),
                _ => false,
            })
        };
        self.own.get(id).map(|(_, who)| who).or_else(wide)
    }
}

fn page(admin: &Admin, view: &View, facts: &Facts, numbers: &Numbers, entries: Field, role: &str) -> AccessPage {
    let local = admin.desk.config.sign_in.is_local();
    AccessPage {
        shell: admin.shell(Section::Access, numbers),
        lede: if local {
            "Local mode: any name gets tokens. Here stands who may administer.".into()
        } else {
            "Who may get tokens, and who keeps this book. It is asked at every sign-in, every refresh and at the gate."
                .into()
        },
        filters: Filters { applied: view.applied(|_, value| value.to_owned()), ..view.filters("Login or number") },
        heads: view.heads(&COLUMNS),
        rows: facts.entries.rows.iter().map(|entry| row(admin, facts, entry)).collect(),
        is_empty: facts.is_empty,
        pager: view.pager(&facts.entries, ["entry", "entries"], view.ends(&COLUMNS)),
        entries,
        roles: [("user", "Get tokens"), ("admin", "Administer, and get tokens")]
            .iter()
            .map(|(value, label)| Pick::new(value, label, role))
            .collect(),
    }
}

fn row(admin: &Admin, facts: &Facts, Listed { who, role, added }: &Listed) -> AccessRow {
    let person = person_of(who, &facts.bound).and_then(|id| facts.people.get(&id));
    let by = |id: &UserId| facts.makers.get(id).cloned().unwrap_or_else(|| id.to_string());
    AccessRow {
        id: entry_id(who, *role),
        since: match added {
            Some((at, _)) => Ago::of(at.unix(), admin.call.now.unix()),
            None => Ago::never("start"),
        },
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
        may: may(*role).into(),
        origin: match added {
            Some((_, Some(id))) if person.is_some_and(|person| person.id == *id) => "by themselves".into(),
            Some((_, Some(id))) => format!("dashboard, {}", by(id)),
            Some((_, None)) => "command line".into(),
            None => "configuration".into(),
        },
        lets_in: match (who, person) {
            (Who::Everybody, _) => "everybody".into(),
            (_, Some(_)) => "1 person".into(),
            (_, None) => "nobody yet".into(),
        },
        fixed: added.is_none(),
    }
}

/// What an entry lets people do, in words.
pub(super) const fn may(role: Role) -> &'static str {
    match role {
        Role::Member => "get tokens",
        Role::Administrator => "administer, get tokens",
    }
}
