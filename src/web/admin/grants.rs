//! Grants and tokens: what people allowed.
use askama::Template;

use super::{
    client::GrantRow,
    clients::{select, word},
    guard::{Admin, Answer},
    links::{Column, Columns, SIZE, View, counted, segment},
};
use crate::{
    base::{
        grant::is_itself,
        id::{ClientId, UserId},
        register::ResourceBook,
    },
    store::{
        Reader, StoreResult, clients,
        grants::{self, By},
        page::Page,
        users,
    },
    web::view::{Ago, Filters, Heads, Pager, Phrase, Section, Shell, cut},
};

/// `GET /admin/grants`. Posts to `/admin/grants/revoke` with `grant_id` (repeated).
#[derive(Template)]
#[template(path = "admin/grants.html")]
pub struct GrantsPage {
    /// The frame.
    pub shell: Shell,
    /// "20 grants alive."
    pub lede: String,
    /// Search and selects (`state`).
    pub filters: Filters,
    /// `?q=...` of the present view, for the export links; may be empty.
    pub query: String,
    /// What sorts them.
    pub heads: Heads,
    /// The rows, in their order.
    pub rows: Vec<GrantRow>,
    /// What stands there when there is no row.
    pub empty: Phrase,
    /// Its foot.
    pub pager: Pager,
}

const STATES: [(&str, &str); 2] = [("", "Alive"), ("all", "Ended too")];

const COLUMNS: Columns<By> = Columns {
    usual: Column { name: "used", by: By::Used, falls: true, ends: ["Later used", "Earlier used"] },
    others: &[Column { name: "given", by: By::Given, falls: true, ends: ["Later given", "Earlier given"] }],
};

/// `GET /admin/grants`. `client` and `user` narrow it to one; `q` is a login or a client's id.
pub async fn get(admin: Admin) -> Answer {
    let view = view(&admin);
    let (filter, q) = (filter(&admin), view.get("q").to_owned());
    let (seek, now) = (view.seek(), admin.call.now);
    let (page, numbers) = admin
        .read(move |reader| match sought(reader, filter, &q)? {
            Some(filter) => grants::page(reader, &filter, seek.as_ref(), SIZE, now),
            None => Ok(Page { rows: Vec::new(), newer: None, older: None }),
        })
        .await?;
    let register = admin.desk.store.standing().register();
    let all = numbers.counts;
    admin.page(&GrantsPage {
        lede: format!("{} alive.", counted(all.grants, "grant", "grants")),
        filters: Filters {
            selects: vec![select(&view, "state", "State", &STATES)],
            applied: view.applied(|name, value| match name {
                "state" => word(&STATES, value),
                "client" => format!("client {}", cut(value)),
                "user" => format!("person {value}"),
                _ => value.to_owned(),
            }),
            ..view.filters("Login or client id, in full")
        },
        query: view.query(),
        heads: view.heads(&COLUMNS),
        rows: page.rows.iter().map(|line| row(&admin, &register, line)).collect(),
        empty: if view.is_narrowed() {
            Phrase::from("No grant fits. ").link("Show all", admin.at("/grants"))
        } else {
            "Nobody has let a client in yet.".into()
        },
        pager: view.pager(&page, ["grant", "grants"], view.ends(&COLUMNS)),
        shell: admin.shell(Section::Grants, &numbers),
    })
}

fn view(admin: &Admin) -> View {
    View::of(admin, "/grants", &["q", "client", "user", "state", "sort"])
}

/// Which grants the list shows, but for what was searched for.
pub(super) fn filter(admin: &Admin) -> grants::Filter {
    let wanted = |name: &str| Some(admin.one(name).trim().to_owned()).filter(|text| !text.is_empty());
    grants::Filter {
        client: wanted("client").map(ClientId::new),
        user: wanted("user").map(UserId::new),
        ended_too: admin.one("state") == "all",
        sort: view(admin).sort(&COLUMNS),
    }
}

/// Narrowed to a login or a client's id; `None` when it is neither.
pub(super) fn sought(reader: &mut Reader<'_>, filter: grants::Filter, q: &str) -> StoreResult<Option<grants::Filter>> {
    if q.is_empty() {
        return Ok(Some(filter));
    }
    let id = ClientId::new(q);
    Ok(match users::by_login(reader, q)?.into_iter().next() {
        Some(person) => Some(grants::Filter { user: Some(person.id), ..filter }),
        None if clients::find(reader, &id)?.is_some() => Some(grants::Filter { client: Some(id), ..filter }),
        None => None,
    })
}

/// A grant as it stands in lists.
pub(super) fn row(admin: &Admin, register: &ResourceBook, line: &grants::Line) -> GrantRow {
    let (grant, now) = (&line.grant, admin.call.now);
    let own = is_itself(&grant.user, &grant.client);
    let ago = |at: crate::base::time::Time| Ago::of(at.unix(), now.unix());
    GrantRow {
        id: grant.id.to_string(),
        used: grant.last_used_at.map_or_else(|| Ago::never("never"), ago),
        person: if own { "itself".into() } else { line.login.clone().unwrap_or_else(|| grant.user.to_string()) },
        person_href: if own { String::new() } else { admin.at(&format!("/people/{}", segment(grant.user.as_str()))) },
        client: line.client_name.clone().unwrap_or_else(|| cut(grant.client.as_str())),
        client_href: admin.at(&format!("/clients/{}", segment(grant.client.as_str()))),
        resource: register.find(&grant.audience).map_or_else(|| grant.audience.host(), |r| r.name.clone()),
        scopes: grant.scope.to_string(),
        given: ago(grant.created_at),
        until: match (grant.ended_at, grant.expires_at) {
            (Some(ended), _) => ago(ended),
            (None, Some(end)) => ago(end),
            (None, None) => Ago::never("taken back"),
        },
        tokens: u64::try_from(line.tokens).unwrap_or(0),
        revoke: format!("{}?grant_id={}", admin.at("/grants/revoke"), segment(grant.id.as_str())),
        ended: !grant.is_live(now),
    }
}
