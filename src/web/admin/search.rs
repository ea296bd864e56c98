//! Search over everything: clients, people, resources, reasons, grants, requests, refusals, and the pages themselves. What is
//! named by its whole id opens at once, and so does the only thing that was found.
use askama::Template;

use super::{
    clients::{about, state, used},
    guard::{Admin, Answer},
    lines::{self, Names},
    links::{counted, segment},
    refusals,
};
use crate::{
    base::{
        client::{Client, Tombstone},
        id::{ClientId, GrantId},
        time::Time,
        user::User,
    },
    oauth::why::Why,
    store::{Reader, StoreResult, audit, clients, grants, tombstones, users},
    web::{
        pages::authorize::see,
        view::{Ago, Link, Phrase, Section, Shape, Shell, State, Tone, cut},
    },
};

/// How many of each kind are shown.
const SHOWN: usize = 6;
/// The longest text that is searched for, in characters.
const LONGEST: usize = 200;
/// From so many letters on, words of reasons and pages are looked into.
const TELLING: usize = 3;

/// In which voice a name stands: who signs in the serif, people bold, what machines read in the mono.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Voice {
    /// A client.
    #[default]
    Signs,
    /// A person.
    Person,
    /// An address, an id.
    Machine,
    /// Words of ours.
    Plain,
}

impl Voice {
    /// Its class in the stylesheet.
    pub fn class(&self) -> &'static str {
        match self {
            Voice::Signs => "name",
            Voice::Person => "login",
            Voice::Machine => "mono",
            Voice::Plain => "plain-hit",
        }
    }
}

/// Something that was found.
#[derive(Clone, Debug, Default)]
pub struct Hit {
    /// When it was last used or seen.
    pub when: Ago,
    /// Its voice.
    pub voice: Voice,
    /// Its name.
    pub name: String,
    /// One line that tells it apart.
    pub about: Phrase,
    /// Its page.
    pub href: String,
    /// Its state.
    pub state: Option<State>,
}

/// What was found of one kind.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// "Clients".
    pub title: &'static str,
    /// "Client".
    pub one: &'static str,
    /// "3 clients", or "The first 6".
    pub words: String,
    /// The list of all of them.
    pub more: Option<Link>,
    /// The first of them.
    pub hits: Vec<Hit>,
}

/// `GET /admin/search?q=...`
#[derive(Template)]
#[template(path = "admin/search.html")]
pub struct SearchPage {
    /// The frame.
    pub shell: Shell,
    /// "Found: 2 clients and a person."
    pub lede: String,
    /// What was found, by kind; kinds without anything are left out.
    pub groups: Vec<Group>,
    /// What can be searched for; shown when nothing was found.
    pub hints: Vec<Phrase>,
}

/// What the database found.
#[derive(Default)]
struct Found {
    clients: Vec<Client>,
    gone: Option<Tombstone>,
    people: Vec<User>,
    grants: Vec<grants::Line>,
    lines: Vec<(audit::Line, Phrase)>,
    refused: Vec<audit::Line>,
}

/// `GET /admin/search`. With `list` it never leads on: for the list that opens while somebody types.
pub async fn get(admin: Admin) -> Answer {
    let q: String = admin.one("q").trim().chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    let (now, wanted, base) = (admin.call.now, q.clone(), admin.desk.config.issuer.path().to_owned());
    let (found, numbers) = admin.read(move |reader| look(reader, &wanted, &base, now)).await?;
    if let Some(path) = exact(&q, &found).filter(|_| admin.one("list").is_empty()) {
        return Ok(see(&admin.desk.config.issuer.url(&format!("/admin{path}"))));
    }
    let shell = Shell { sought: q.clone(), ..admin.shell(Section::Search, &numbers) };
    let groups: Vec<Group> = [
        clients_found(&admin, &q, &found),
        people_found(&admin, &q, &found),
        resources_found(&admin, &q),
        reasons_found(&admin, &q),
        grants_found(&admin, &found),
        lines_found(&admin, &q, &found),
        refusals_found(&admin, &q, &found),
        pages_found(&shell, &q),
    ]
    .into_iter()
    .filter(|group| !group.hits.is_empty())
    .collect();
    if let Some(hit) = only(&groups).filter(|_| admin.one("list").is_empty()) {
        let path = hit.href.strip_prefix(admin.desk.config.issuer.path()).unwrap_or(&hit.href);
        return Ok(see(&admin.desk.config.issuer.url(path)));
    }
    admin.page(&SearchPage {
        lede: match (q.is_empty(), groups.len()) {
            (true, _) => "Over clients, people, resources, grants, reasons and the log.".into(),
            (false, 0) => "Nothing in the book goes by this.".into(),
            (false, _) => "What goes by this name, or has it in its address.".into(),
        },
        hints: hints(&admin),
        groups,
        shell,
    })
}

fn look(reader: &mut Reader<'_>, q: &str, base: &str, now: Time) -> StoreResult<Found> {
    if q.is_empty() {
        return Ok(Found::default());
    }
    let request = audit::Filter { request: Some(q.to_owned()), ..audit::Filter::default() };
    let lines = audit::page(reader, &request, None, SHOWN)?.rows;
    let names = Names::load(reader, base, &lines)?;
    let id = ClientId::new(q);
    let by_name = clients::Filter { search: q.to_owned(), ..clients::Filter::default() };
    let by_login = users::Filter { search: q.to_owned(), ..users::Filter::default() };
    let mut found = clients::page(reader, &by_name, None, SHOWN + 1)?.rows;
    if found.is_empty() {
        found.extend(clients::find(reader, &id)?);
    }
    Ok(Found {
        clients: found,
        gone: tombstones::find(reader, &id)?,
        people: users::page(reader, &by_login, None, SHOWN + 1)?.rows,
        grants: grants::named(reader, &[GrantId::new(q)], now)?,
        lines: lines.into_iter().map(|line| (line.clone(), names.sentence(&line))).collect(),
        refused: if q.chars().count() < TELLING { Vec::new() } else { refusals::named(reader, q)? },
    })
}

/// The page of the one thing that has this id or code.
fn exact(q: &str, found: &Found) -> Option<String> {
    let mut clients = found.clients.iter().map(|client| &client.id).chain(found.gone.iter().map(|stone| &stone.id));
    let client = clients.find(|id| id.as_str() == q).map(|id| format!("/clients/{}", segment(id.as_str())));
    let mut people = found.people.iter().map(|person| &person.id);
    let person = || people.find(|id| id.as_str() == q).map(|id| format!("/people/{}", segment(id.as_str())));
    let reason = || Why::parse(&q.to_ascii_uppercase()).map(|why| format!("/refusals?q={}", why.code()));
    client.or_else(person).or_else(reason)
}

/// The only thing that was found.
fn only(groups: &[Group]) -> Option<&Hit> {
    match groups {
        [Group { hits, .. }] => hits.first().filter(|_| hits.len() == 1),
        _ => None,
    }
}

/// What is shown of a list, and the way to the rest of it.
fn group(title: &'static str, [one, many]: [&'static str; 2], mut hits: Vec<Hit>, all: String) -> Group {
    let more = hits.len() > SHOWN;
    hits.truncate(SHOWN);
    Group {
        title,
        one,
        words: if more { format!("The first {SHOWN}.") } else { counted(hits.len() as i64, one, many) },
        more: more.then(|| Link::new("All of them", all)),
        hits,
    }
}

fn clients_found(admin: &Admin, q: &str, found: &Found) -> Group {
    let hit = |client: &Client| Hit {
        when: used(client, admin.call.now),
        name: client.name().to_owned(),
        about: Phrase::from(about(client)).text(" · ").code(cut(client.id.as_str())),
        href: admin.at(&format!("/clients/{}", segment(client.id.as_str()))),
        state: Some(state(client)),
        ..Hit::default()
    };
    let gone = found.gone.iter().map(|stone| Hit {
        when: Ago::of(stone.left_at.unix(), admin.call.now.unix()),
        name: stone.metadata.client_name.clone().unwrap_or_else(|| cut(stone.id.as_str())),
        about: "no longer in the book".into(),
        href: admin.at(&format!("/clients/{}", segment(stone.id.as_str()))),
        state: Some(State::new(Tone::Past, Shape::Cross, "Gone")),
        ..Hit::default()
    });
    let all = format!("{}?q={}", admin.at("/clients"), segment(q));
    group("Clients", ["client", "clients"], found.clients.iter().map(hit).chain(gone).collect(), all)
}

fn people_found(admin: &Admin, q: &str, found: &Found) -> Group {
    let hit = |person: &User| Hit {
        when: Ago::of(person.last_seen_at.unix(), admin.call.now.unix()),
        voice: Voice::Person,
        name: person.login.clone(),
        about: Phrase::from(person.name.as_ref().map_or_else(String::new, |name| format!("{name} · ")))
            .code(person.id.as_str()),
        href: admin.at(&format!("/people/{}", segment(person.id.as_str()))),
        state: person.suspended_at.map(|_| State::suspended()),
    };
    let all = format!("{}?q={}", admin.at("/people"), segment(q));
    group("People", ["person", "people"], found.people.iter().map(hit).collect(), all)
}

fn resources_found(admin: &Admin, q: &str) -> Group {
    let (register, wanted) = (admin.desk.store.standing().register(), q.to_lowercase());
    let goes_by = |text: &str| !wanted.is_empty() && text.to_lowercase().contains(&wanted);
    let found = register.entries().iter().filter(|r| goes_by(&r.name) || goes_by(r.uri.as_str()));
    let hits = found.map(|resource| Hit {
        voice: Voice::Machine,
        name: resource.uri.to_string(),
        about: resource.name.clone().into(),
        href: format!("{}?resource={}", admin.at("/grants"), segment(resource.uri.as_str())),
        ..Hit::default()
    });
    group("Resources", ["resource", "resources"], hits.take(SHOWN).collect(), String::new())
}

/// Reasons of refusals by their code or their words.
fn reasons_found(admin: &Admin, q: &str) -> Group {
    let wanted = q.to_lowercase();
    let fits = |why: &Why| {
        why.code().to_lowercase() == wanted
            || (wanted.len() >= TELLING
                && (why.words().to_lowercase().contains(&wanted) || why.slug().contains(&wanted)))
            || (wanted.starts_with("db-") && why.code().to_lowercase().starts_with(&wanted))
    };
    let hits = Why::ALL.into_iter().filter(fits).take(SHOWN).map(|why| Hit {
        voice: Voice::Plain,
        name: why.words().into(),
        about: why.fix().into(),
        href: format!("{}?q={}", admin.at("/refusals"), why.code()),
        state: Some(State::new(Tone::Plain, Shape::Cross, why.code())),
        ..Hit::default()
    });
    group("Reasons", ["reason", "reasons"], hits.collect(), String::new())
}

fn grants_found(admin: &Admin, found: &Found) -> Group {
    let hits = found.grants.iter().map(|line| Hit {
        when: Ago::of(line.grant.created_at.unix(), admin.call.now.unix()),
        voice: Voice::Machine,
        name: line.grant.id.to_string(),
        about: Phrase::from(line.login.clone().unwrap_or_else(|| line.grant.user.to_string()))
            .text(" let ")
            .client(line.client_name.clone().unwrap_or_else(|| cut(line.grant.client.as_str())), "")
            .text(" in for ")
            .code(line.grant.audience.as_str()),
        href: format!("{}?client={}", admin.at("/grants"), segment(line.grant.client.as_str())),
        state: None,
    });
    group("Grants", ["grant", "grants"], hits.collect(), String::new())
}

/// What happened in the request of this reference.
fn lines_found(admin: &Admin, q: &str, found: &Found) -> Group {
    let all = format!("{}?q={}", admin.at("/audit"), segment(q));
    let hits = found.lines.iter().map(|(line, sentence)| Hit {
        when: Ago::of(line.at.unix(), admin.call.now.unix()),
        voice: Voice::Plain,
        name: format!("Line {}", line.seq),
        about: sentence.clone(),
        href: all.clone(),
        state: lines::stamp(line),
    });
    group("In the log", ["line", "lines"], hits.collect(), all.clone())
}

/// Why somebody of that name was refused, whether the book knows them or not; an address is looked for on the page itself.
fn refusals_found(admin: &Admin, q: &str, found: &Found) -> Group {
    let all = format!("{}?period=30d&q={}", admin.at("/refusals"), segment(q));
    let hits = found.refused.iter().map(|line| {
        let (why, text) = (lines::why(line), |name: &str| line.detail.get(name).and_then(|value| value.as_str()));
        let mut about = Phrase::default();
        if let Some(name) = text("name") {
            about = about.client(name, "").text(". ");
        }
        if let Some(value) = text("value") {
            about = about.text("It sent ").code(value).text(". ");
        }
        Hit {
            when: Ago::of(line.at.unix(), admin.call.now.unix()),
            voice: Voice::Plain,
            name: why.map_or("Refused", Why::words).into(),
            about: about.text(why.map_or("", Why::fix)),
            href: all.clone(),
            state: lines::stamp(line),
        }
    });
    let address = q.parse::<std::net::IpAddr>().ok().map(|address| Hit {
        voice: Voice::Plain,
        name: format!("What was refused from {address}"),
        about: "Who it was, and why.".into(),
        href: all.clone(),
        ..Hit::default()
    });
    group("Refusals", ["refusal", "refusals"], address.into_iter().chain(hits).collect(), all.clone())
}

/// The pages of the dashboard by their names.
fn pages_found(shell: &Shell, q: &str) -> Group {
    let wanted = q.to_lowercase();
    let hits = shell.nav().into_iter().flat_map(|group| group.items);
    let hits = hits.filter(|item| wanted.len() >= TELLING && item.label.to_lowercase().contains(&wanted));
    let hits = hits.map(|item| Hit {
        voice: Voice::Plain,
        name: item.label.into(),
        about: Phrase::from("g ").text(item.key),
        href: item.href,
        ..Hit::default()
    });
    group("Pages", ["page", "pages"], hits.collect(), String::new())
}

fn hints(admin: &Admin) -> Vec<Phrase> {
    vec![
        "A client by words of its name, by its id, or by the host it sends people to.".into(),
        "A person by their login, their name or their number.".into(),
        Phrase::from("A refusal by its code, as in ").code("DB-115").text(", or by words of its reason."),
        Phrase::from("What happened in one request, by the reference that its error page showed; or everything in ")
            .link("the log", admin.at("/audit"))
            .text("."),
    ]
}
