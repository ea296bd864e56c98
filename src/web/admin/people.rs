//! People: everyone who has been here, and one of them.
use actix_web::web::Path;
use askama::Template;

use super::{
    access::Entries,
    client::{EventRow, GrantRow},
    grants::row as grant_row,
    guard::{Admin, Answer},
    lines::Names,
    links::{Column, Columns, SIZE, View, counted, segment},
};
use crate::{
    base::{
        event::Ended,
        id::UserId,
        user::{Role, User},
    },
    store::{
        audit,
        grants::{self, Of},
        page::Page,
        sessions,
        users::{self, By},
    },
    web::view::{
        Ago, Face, Filters, Heads, Ident, Line, Link, Pager, Phrase, Section, Shape, Shell, State, Tone, grouped,
    },
};

/// One person in the list.
#[derive(Clone, Debug, Default)]
pub struct PersonRow {
    /// Id of the user, for the forms (`user_id`).
    pub id: String,
    /// Page of the person.
    pub href: String,
    /// Initials.
    pub face: Face,
    /// Login.
    pub login: String,
    /// Display name; may be empty.
    pub name: String,
    /// `id:583231`, to copy.
    pub ident: Ident,
    /// Which entry lets them in.
    pub let_in_by: String,
    /// Clients, or an en dash.
    pub clients: String,
    /// Live grants.
    pub grants: u64,
    /// Last seen.
    pub seen: Ago,
    /// "Administrator", "May come in", "Suspended", "Not on the list".
    pub standing: State,
    /// No longer on the list: the login is struck out.
    pub struck: bool,
    /// Suspended: Restore is offered.
    pub suspended: bool,
    /// May be suspended (not the reader, not the last administrator).
    pub can_suspend: bool,
}

/// `GET /admin/people`.
#[derive(Template)]
#[template(path = "admin/people.html")]
pub struct PeoplePage {
    /// The frame.
    pub shell: Shell,
    /// "7 people have been here. 5 may come in, 1 is suspended."
    pub lede: String,
    /// Search.
    pub filters: Filters,
    /// `?q=...` of the present view, for the export links; may be empty.
    pub query: String,
    /// What sorts them.
    pub heads: Heads,
    /// The rows, in their order.
    pub rows: Vec<PersonRow>,
    /// What stands there when there is no row.
    pub empty: Phrase,
    /// Its foot.
    pub pager: Pager,
}

/// The page of one person. Posts to `/admin/people/{suspend,restore,revoke-all}` with `user_id`.
#[derive(Template)]
#[template(path = "admin/person.html")]
pub struct PersonPage {
    /// The frame.
    pub shell: Shell,
    /// Id of the user.
    pub id: String,
    /// Login.
    pub login: String,
    /// Initials.
    pub face: Face,
    /// Standing, in the margin of the title.
    pub standing: State,
    /// "Octavia Kern. 4 clients, last seen now."
    pub lede: Phrase,
    /// Suspended: Restore is offered.
    pub suspended: bool,
    /// May be suspended.
    pub can_suspend: bool,
    /// GitHub id, role, let in by, sessions, first seen.
    pub lines: Vec<Line>,
    /// "9 grants to 4 clients, 20 tokens alive."
    pub grants_lede: Phrase,
    /// What they allowed.
    pub grants: Vec<GrantRow>,
    /// What happened, newest first.
    pub events: Vec<EventRow>,
    /// Foot of the timeline.
    pub pager: Pager,
}

const COLUMNS: Columns<By> = Columns {
    usual: Column { name: "seen", by: By::Seen, falls: true, ends: ["Later seen", "Earlier seen"] },
    others: &[Column { name: "login", by: By::Login, falls: false, ends: ["Before", "After"] }],
};

/// `GET /admin/people`.
pub async fn get(admin: Admin) -> Answer {
    let view = view(&admin);
    let (seek, now, filter) = (view.seek(), admin.call.now, filter(&admin));
    let desk = admin.desk.clone();
    let ((page, held, entries), numbers) = admin
        .read(move |reader| {
            let page = users::page(reader, &filter, seek.as_ref(), SIZE)?;
            let ids: Vec<_> = page.rows.iter().map(|person| person.id.clone()).collect();
            let entries = Entries::read(reader, desk.store.standing().configured_entries())?;
            Ok((page, grants::count_by_user(reader, &ids, now)?, entries))
        })
        .await?;
    let row = |person: &User| {
        let counts = held.iter().find(|(id, ..)| *id == person.id);
        let (clients, grants) = counts.map_or((0, 0), |(_, clients, grants)| (*clients, *grants));
        PersonRow {
            id: person.id.to_string(),
            href: admin.at(&format!("/people/{}", segment(person.id.as_str()))),
            face: Face::of(person.id.as_str(), &person.login),
            login: person.login.clone(),
            name: person.name.clone().unwrap_or_default(),
            ident: Ident::new("id", number(person)),
            let_in_by: let_in_by(&admin, &entries, person),
            clients: if clients == 0 { "–".into() } else { clients.to_string() },
            grants: u64::try_from(grants).unwrap_or(0),
            seen: Ago::of(person.last_seen_at.unix(), now.unix()),
            standing: standing(&admin, person),
            struck: person.suspended_at.is_none() && role(&admin, person).is_none(),
            suspended: person.suspended_at.is_some(),
            can_suspend: can_suspend(&admin, person),
        }
    };
    let all = numbers.counts;
    admin.page(&PeoplePage {
        lede: format!(
            "{} been here, {} of them over the last 30 days.",
            counted(all.people, "person has", "people have"),
            grouped(all.people_seen.unsigned_abs())
        ),
        filters: Filters {
            applied: view.applied(|_, value| value.to_owned()),
            ..view.filters("Login, name or number")
        },
        query: view.query(),
        heads: view.heads(&COLUMNS),
        rows: page.rows.iter().map(row).collect(),
        empty: if view.is_narrowed() {
            Phrase::from("Nobody fits. ").link("Show all", admin.at("/people"))
        } else {
            "Nobody has signed in yet.".into()
        },
        pager: view.pager(&page, ["person", "people"], view.ends(&COLUMNS)),
        shell: admin.shell(Section::People, &numbers),
    })
}

fn view(admin: &Admin) -> View {
    View::of(admin, "/people", &["q", "sort"])
}

/// Which people the list shows, and in which order.
pub(super) fn filter(admin: &Admin) -> users::Filter {
    let view = view(admin);
    users::Filter { search: view.get("q").to_owned(), sort: view.sort(&COLUMNS) }
}

/// What the page of a person is made from.
struct Facts {
    person: User,
    sessions: Vec<sessions::Session>,
    ended: Ended,
    clients: i64,
    grants: Page<grants::Line>,
    did: Page<audit::Line>,
    names: Names,
    entries: Entries,
}

/// `GET /admin/people/{id}`.
pub async fn person(admin: Admin, id: Path<String>) -> Answer {
    let id = UserId::new(id.into_inner());
    let view = View::of(&admin, &format!("/people/{}", segment(id.as_str())), &[]);
    let (desk, now, seek) = (admin.desk.clone(), admin.call.now, view.seek());
    let (facts, numbers) = admin
        .read(move |reader| {
            let Some(person) = users::find(reader, &id)? else { return Ok(None) };
            let did = audit::Filter { user: Some(id.clone()), ..audit::Filter::default() };
            let did = audit::page(reader, &did, seek.as_ref(), SIZE)?;
            let of = grants::Filter { user: Some(id.clone()), ..grants::Filter::default() };
            let clients = grants::count_by_user(reader, std::slice::from_ref(&id), now)?;
            Ok(Some(Facts {
                sessions: sessions::of_user(reader, &id, now)?,
                ended: grants::weigh(reader, &Of::User(id.clone()), now)?,
                clients: clients.first().map_or(0, |(_, clients, _)| *clients),
                grants: grants::page(reader, &of, None, SIZE, now)?,
                names: Names::load(reader, desk.config.issuer.path(), &did.rows)?,
                entries: Entries::read(reader, desk.store.standing().configured_entries())?,
                person,
                did,
            }))
        })
        .await?;
    let Some(facts) = facts else {
        let back = Link::new("All people", admin.at("/people"));
        return Err(admin.missing(Section::People, &numbers, "Nobody with this id has been here", back));
    };
    let Facts { person, sessions, ended, clients, grants, did, names, entries } = facts;
    let register = admin.desk.store.standing().register();
    let seen = Ago::of(person.last_seen_at.unix(), now.unix());
    let name = person.name.as_ref().map_or_else(String::new, |name| format!("{name}. "));
    let mut grants_lede = Phrase::from(match ended.grants {
        0 => "Nothing at present.".to_owned(),
        n => format!(
            "{} to {}, {} alive. ",
            counted(n, "grant", "grants"),
            counted(clients, "client", "clients"),
            counted(ended.tokens, "token", "tokens")
        ),
    });
    if grants.older.is_some() {
        let all = format!("{}?user={}", admin.at("/grants"), segment(person.id.as_str()));
        grants_lede = grants_lede.link("All of them", all);
    }
    let browsers = sessions.iter().fold(Phrase::default(), |words, session| {
        let from = if words.is_empty() { words } else { words.text("; ") };
        from.text("last seen ").time(Ago::of(session.last_seen_at.unix(), now.unix())).text(" from ").code(&*session.ip)
    });
    admin.page(&PersonPage {
        shell: admin.shell(Section::People, &numbers),
        id: person.id.to_string(),
        login: person.login.clone(),
        face: Face::of(person.id.as_str(), &person.login),
        standing: standing(&admin, &person),
        lede: Phrase::from(name).text("Last seen ").time(seen).text("."),
        suspended: person.suspended_at.is_some(),
        can_suspend: can_suspend(&admin, &person),
        lines: vec![
            Line::new("Id", Phrase::default().code(number(&person))),
            Line::new("E-mail", email(&person)),
            Line::new("Let in by", let_in_by(&admin, &entries, &person)),
            Line::new("First seen", Phrase::default().time(Ago::exact(person.created_at.unix()))),
            Line::new("Browsers", if sessions.is_empty() { "none signed in".into() } else { browsers }),
        ],
        grants_lede,
        grants: grants.rows.iter().map(|line| grant_row(&admin, &register, line)).collect(),
        events: did.rows.iter().map(|line| names.event(line, now)).collect(),
        pager: view.pager(&did, ["line", "lines"], ["Newer", "Older"]),
    })
}

/// `id:583231` as the access list writes it; the whole id for people of local mode.
fn number(person: &User) -> String {
    match person.id.as_str().strip_prefix("github:") {
        Some(number) => format!("id:{number}"),
        None => person.id.to_string(),
    }
}

/// Kept only while a client may know it.
fn email(person: &User) -> Phrase {
    match &person.email {
        Some(email) => Phrase::default().strong(&**email).text(", which GitHub verified and a client may know"),
        None => "not kept: no client may know it".into(),
    }
}

fn role(admin: &Admin, person: &User) -> Option<Role> {
    admin.desk.store.standing().access().role(&person.id)
}

/// Which entry lets a person in; local mode lets in any name.
fn let_in_by(admin: &Admin, entries: &Entries, person: &User) -> String {
    match entries.of(&person.id) {
        Some(who) => who.to_string(),
        None if role(admin, person).is_some() => "any name".into(),
        None => "–".into(),
    }
}

fn standing(admin: &Admin, person: &User) -> State {
    match role(admin, person) {
        _ if person.suspended_at.is_some() => State::suspended(),
        Some(Role::Administrator) => State::new(Tone::Accent, Shape::Pen, "Administrator"),
        Some(Role::Member) => State::live("May come in"),
        None => State::new(Tone::Calm, Shape::Ring, "Not on the list"),
    }
}

/// Nobody locks themselves out by a slip; whether somebody is the last administrator is for the flow to say.
fn can_suspend(admin: &Admin, person: &User) -> bool {
    person.suspended_at.is_none() && person.id != admin.user
}
