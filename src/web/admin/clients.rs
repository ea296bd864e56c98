//! The list of clients.
use askama::Template;

use super::{
    guard::{Admin, Answer},
    links::{Column, Columns, SIZE, View, counted, segment},
    overview,
};
use crate::{
    base::{
        client::{Client, Origin, Proof},
        id::ClientId,
        redirect::Destination,
        time::{Span, Time},
    },
    oauth::authorize::look_alike::looks_like,
    store::{
        Reader, StoreResult,
        clients::{self, By, StateFilter},
        folded, grants, users,
    },
    web::{
        pages::consent::site_of,
        view::{Ago, Code, Filter, Filters, Heads, Pager, Pick, Section, Shell, State},
    },
};

/// One registration.
#[derive(Clone, Debug, Default)]
pub struct ClientRow {
    /// Its id.
    pub id: String,
    /// Its page.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Where it sends people, in words.
    pub about: String,
    /// "42 alike", when there are more of its kind.
    pub alike: String,
    /// Shows only these.
    pub alike_href: String,
    /// `State::proven`, `State::vouched`, `State::nobody`.
    pub proof: State,
    /// Last used.
    pub used: Ago,
    /// People, or an en dash.
    pub people: String,
    /// Grants, or an en dash.
    pub grants_shown: String,
    /// Live grants, for the bulk bar.
    pub grants: u64,
    /// Its state.
    pub state: State,
    /// When it signed.
    pub created: Ago,
}

/// The list before the first client.
#[derive(Clone, Debug, Default)]
pub struct FirstClient {
    /// A command to copy that registers one.
    pub command: Code,
    /// "2 today"; may be empty.
    pub refused: String,
}

/// `GET /admin/clients`. Bulk posts to `/admin/clients/bulk`: `client_id` (repeated), `action` = `enable`,
/// `approve`, `disable`, `revoke`.
#[derive(Template)]
#[template(path = "admin/clients.html")]
pub struct ClientsPage {
    /// The frame.
    pub shell: Shell,
    /// "53 registrations. 7 are live."
    pub lede: String,
    /// Search and selects (`origin`, `proof`, `state`).
    pub filters: Filters,
    /// The rows, in their order.
    pub rows: Vec<ClientRow>,
    /// Its foot: "Earlier" and "Later".
    pub pager: Pager,
    /// What sorts them.
    pub heads: Heads,
    /// `?q=...` of the present view, for the export links; may be empty.
    pub query: String,
    /// Clients may have to wait for an administrator, so that the picked ones can be approved.
    pub asks: bool,
    /// Set when there is no client at all.
    pub empty: Option<FirstClient>,
}

const ORIGINS: [(&str, &str); 5] = [
    ("", "Any"),
    ("dynamic", "Signed by itself"),
    ("administrator", "Written by hand"),
    ("configured", "From the configuration"),
    ("document", "Described by a site"),
];
const PROOFS: [(&str, &str); 6] = [
    ("", "Any"),
    ("nobody", "Nobody"),
    ("document", "The site of its document"),
    ("statement", "A software statement"),
    ("administrator", "One of you"),
    ("configuration", "The configuration"),
];
const STATES: [(&str, &str); 4] = [("", "Any"), ("live", "Live"), ("unused", "Not used yet"), ("disabled", "Disabled")];

const USED: [(&str, &str); 4] = [("", "Any time"), ("24h", "In 24 hours"), ("7d", "In 7 days"), ("30d", "In 30 days")];
const EACH: [(&str, &str); 2] = [("", "In one line"), ("1", "Each in its line")];

const COLUMNS: Columns<By> = Columns {
    usual: Column { name: "used", by: By::Used, falls: true, ends: ["Later used", "Earlier used"] },
    others: &[Column { name: "created", by: By::Created, falls: true, ends: ["Later signed", "Earlier signed"] }],
};

/// `GET /admin/clients`.
pub async fn get(admin: Admin) -> Answer {
    let view = View::of(&admin, "/clients", &["q", "origin", "proof", "state", "used", "each", "alike", "sort"]);
    let mut filter = filter(&admin);
    let (seek, now, like) = (view.seek(), admin.call.now, ClientId::new(view.get("alike")));
    let is_each = !view.get("each").is_empty() || !view.get("alike").is_empty();
    let ((page, counts, makers, alike), numbers) = admin
        .read(move |reader| {
            filter.alike = likeness(reader, &like)?;
            let page = if is_each { clients::page } else { folded::page }(reader, &filter, seek.as_ref(), SIZE)?;
            let ids: Vec<_> = page.rows.iter().map(|client| client.id.clone()).collect();
            let makers: Vec<_> = page.rows.iter().filter_map(|client| client.created_by.clone()).collect();
            let kinds: Vec<_> = page.rows.iter().map(|client| client.metadata.likeness()).collect();
            let alike = clients::count_alike(reader, &kinds)?;
            Ok((page, grants::count_by_client(reader, &ids, now)?, users::logins(reader, &makers)?, alike))
        })
        .await?;
    let row = |client: &Client| {
        let held = counts.iter().find(|(id, ..)| *id == client.id);
        let (people, grants) = held.map_or((0, 0), |(_, people, grants)| (*people, *grants));
        let kin = alike.get(&client.metadata.likeness()).copied().unwrap_or(1);
        let maker = client.created_by.as_ref().and_then(|id| makers.get(id));
        ClientRow {
            id: client.id.to_string(),
            href: admin.at(&format!("/clients/{}", segment(client.id.as_str()))),
            name: client.name().to_owned(),
            about: about(client),
            alike: match kin {
                _ if !view.get("alike").is_empty() => String::new(),
                ..=1 => String::new(),
                clients::MANY.. => format!("{} or more alike", clients::MANY),
                few => format!("{few} alike"),
            },
            alike_href: view.with("alike", client.id.as_str()),
            proof: proof(client, maker.map(String::as_str)),
            used: used(client, now),
            people: or_dash(people),
            grants_shown: or_dash(grants),
            grants: u64::try_from(grants).unwrap_or(0),
            state: state(client),
            created: Ago::of(client.created_at.unix(), now.unix()),
        }
    };
    let all = numbers.counts;
    let shell = admin.shell(Section::Clients, &numbers);
    admin.page(&ClientsPage {
        lede: format!(
            "{}. {} in use over the last 30 days.",
            counted(all.clients, "registration", "registrations"),
            counted(all.clients_used, "was", "were"),
        ),
        filters: Filters {
            selects: vec![
                select(&view, "origin", "Came in", &ORIGINS),
                select(&view, "proof", "Vouched for by", &PROOFS),
                select(&view, "state", "State", &STATES),
                select(&view, "used", "Used", &USED),
                select(&view, "each", "Alike", &EACH),
            ],
            applied: view.applied(|name, value| match name {
                "q" => value.to_owned(),
                "alike" => "alike".into(),
                "origin" => word(&ORIGINS, value),
                "proof" => format!("Vouched for by: {}", word(&PROOFS, value)),
                "used" => word(&USED, value),
                "each" => word(&EACH, value),
                _ => word(&STATES, value),
            }),
            ..view.filters("Name, id or address")
        },
        pager: view.pager(&page, ["client", "clients"], view.ends(&COLUMNS)),
        rows: page.rows.iter().map(row).collect(),
        heads: view.heads(&COLUMNS),
        query: view.query(),
        asks: admin.desk.store.standing().registration().asks(),
        empty: (all.clients == 0 && !view.is_narrowed()).then(|| first(&admin)),
        shell,
    })
}

/// Which clients the list shows, but for those that are alike.
pub(super) fn filter(admin: &Admin) -> clients::Filter {
    clients::Filter {
        search: admin.one("q").trim().to_owned(),
        origin: Origin::parse(admin.one("origin")),
        proof: Proof::parse(admin.one("proof")),
        state: StateFilter::parse(admin.one("state")),
        alike: None,
        used_since: overview::period(admin.one("used")).map(|hours| admin.call.now - Span::hours(hours)),
        sort: View::of(admin, "/clients", &["sort"]).sort(&COLUMNS),
    }
}

/// What the clients that are like this one have in common.
pub(super) fn likeness(reader: &mut Reader<'_>, like: &ClientId) -> StoreResult<Option<String>> {
    if like.as_str().is_empty() {
        return Ok(None);
    }
    Ok(Some(clients::find(reader, like)?.map(|client| client.metadata.likeness()).unwrap_or_default()))
}

/// A select above a list.
pub(super) fn select(view: &View, name: &str, label: &str, options: &[(&str, &str)]) -> Filter {
    let options = options.iter().map(|(value, label)| Pick::new(value, label, view.get(name))).collect();
    Filter { name: name.into(), label: label.into(), options }
}

/// The words of a choice.
pub(super) fn word(options: &[(&str, &str)], value: &str) -> String {
    options.iter().find(|(v, _)| *v == value).map_or(value, |(_, words)| words).to_owned()
}

fn or_dash(n: i64) -> String {
    if n == 0 { "–".into() } else { n.to_string() }
}

/// Where it sends people, in words.
pub(super) fn about(client: &Client) -> String {
    let mut places: Vec<String> =
        client.metadata.redirect_uris.iter().map(|uri| uri.destination().to_string()).collect();
    places.dedup();
    match places.as_slice() {
        [] => "nowhere".into(),
        [one] => one.clone(),
        [one, rest @ ..] => format!("{one} and {} more", rest.len()),
    }
}

/// Who vouches for a client; `maker` is the login of the administrator who made it.
pub(in crate::web) fn proof(client: &Client, maker: Option<&str>) -> State {
    match client.proof() {
        Proof::Nobody => State::nobody(),
        Proof::Document => State::proven(&client.described_by().unwrap_or_default()),
        Proof::Statement => State::proven(&site_of(client.stated_by().unwrap_or_default())),
        // Who made a client is known, who vouches for another is in its log.
        Proof::Administrator => State::vouched(maker.unwrap_or("an administrator")),
        Proof::Configuration => State::vouched("the configuration"),
    }
}

/// Whether a name passes itself off as a known product while its people are sent elsewhere.
pub(super) fn is_look_alike(client: &Client) -> bool {
    let destination = |uri: &crate::base::redirect::RedirectUri| uri.destination();
    let places: Vec<Destination> = client.metadata.redirect_uris.iter().map(destination).collect();
    client.origin != Origin::Administrator
        && !client.trusted
        && places.iter().any(|to| looks_like(client.name(), to).is_some())
}

/// The state of a client: what wants something comes first.
pub(super) fn state(client: &Client) -> State {
    match client {
        client if client.disabled_at.is_some() => State::disabled(),
        client if is_look_alike(client) => State::lookalike(),
        client if client.last_used_at.is_none() => State::unused(),
        _ => State::live("Live"),
    }
}

/// When it was last used.
pub(super) fn used(client: &Client, now: Time) -> Ago {
    client.last_used_at.map_or_else(|| Ago::never("never"), |at| Ago::of(at.unix(), now.unix()))
}

/// The list before the first client.
fn first(admin: &Admin) -> FirstClient {
    let register = admin.desk.config.issuer.url("/register");
    let body = r#"{"client_name":"First client","redirect_uris":["http://127.0.0.1/callback"],"token_endpoint_auth_method":"none"}"#;
    let start = "curl -X POST -H 'Content-Type: application/json' \\\n  -d '";
    let parts = [&format!("{start}{body}' \\\n  "), register.as_str()];
    FirstClient { command: Code::new("In a terminal", "first", &parts), refused: String::new() }
}
