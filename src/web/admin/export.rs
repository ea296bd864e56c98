//! Lists as files: CSV for spreadsheets, JSON for programs, with the filters of the list that the link stood on. Both name things
//! as the API and the command line do. Nothing secret is in them, not even a hash.

use actix_web::{HttpResponse, http::header};
use serde::Serialize;
use serde_json::Value;

use super::{
    audit::sought,
    clients::{filter, likeness},
    grants,
    guard::{Admin, Answer},
};
use crate::{
    base::id::ClientId,
    facts::{access, audit as told, client, every, grant, person, resource},
    store::{audit, resources},
};

/// No file has more rows.
const MOST: usize = 50_000;

const CLIENTS: &[&str] = &[
    "client_id",
    "name",
    "origin",
    "state",
    "trusted",
    "people",
    "grants",
    "metadata.token_endpoint_auth_method",
    "metadata.redirect_uris",
    "metadata.scope",
    "registered",
    "last_used",
];
const PEOPLE: &[&str] =
    &["id", "login", "name", "role", "state", "clients", "grants", "first_seen", "last_seen", "suspended_since"];
const GRANTS: &[&str] = &[
    "grant_id",
    "state",
    "client_id",
    "client_name",
    "user",
    "login",
    "resource",
    "scope",
    "tokens",
    "given",
    "last_used",
    "until",
    "ended",
];
const ACCESS: &[&str] = &["entry_id", "who", "role", "from", "added", "added_by", "person"];
const RESOURCES: &[&str] = &["url", "name", "scopes", "required_scopes", "people", "allow_preflight", "from", "added"];
const AUDIT: &[&str] =
    &["line", "at", "event", "reason", "actor_kind", "actor", "client", "user", "grant", "ip", "request_id", "detail"];

/// `GET /admin/clients.csv`
pub async fn clients_csv(admin: Admin) -> Answer {
    csv_file("clients.csv", CLIENTS, &clients(&admin).await?)
}

/// `GET /admin/clients.json`
pub async fn clients_json(admin: Admin) -> Answer {
    json_file("clients.json", &clients(&admin).await?)
}

async fn clients(admin: &Admin) -> Result<Vec<client::Client>, actix_web::Error> {
    let (mut filter, like, now) = (filter(admin), ClientId::new(admin.one("alike")), admin.call.now);
    let read = admin.read(move |reader| {
        filter.alike = likeness(reader, &like)?;
        every(MOST, |seek, size| client::page(reader, &filter, seek, size, now))
    });
    Ok(read.await?.0)
}

/// `GET /admin/people.csv`
pub async fn people_csv(admin: Admin) -> Answer {
    csv_file("people.csv", PEOPLE, &people(&admin).await?)
}

/// `GET /admin/people.json`
pub async fn people_json(admin: Admin) -> Answer {
    json_file("people.json", &people(&admin).await?)
}

async fn people(admin: &Admin) -> Result<Vec<person::Person>, actix_web::Error> {
    let (search, now) = (admin.one("q").trim().to_owned(), admin.call.now);
    let access = admin.desk.store.standing().access();
    let read =
        admin.read(move |reader| every(MOST, |seek, size| person::page(reader, &access, &search, seek, size, now)));
    Ok(read.await?.0)
}

/// `GET /admin/grants.csv`
pub async fn grants_csv(admin: Admin) -> Answer {
    csv_file("grants.csv", GRANTS, &all_grants(&admin).await?)
}

/// `GET /admin/grants.json`
pub async fn grants_json(admin: Admin) -> Answer {
    json_file("grants.json", &all_grants(&admin).await?)
}

async fn all_grants(admin: &Admin) -> Result<Vec<grant::Grant>, actix_web::Error> {
    let (filter, q, now) = (grants::filter(admin), admin.one("q").trim().to_owned(), admin.call.now);
    let read = admin.read(move |reader| match grants::sought(reader, filter, &q)? {
        Some(filter) => every(MOST, |seek, size| grant::page(reader, &filter, seek, size, now)),
        None => Ok(Vec::new()),
    });
    Ok(read.await?.0)
}

/// `GET /admin/access.csv`
pub async fn access_csv(admin: Admin) -> Answer {
    csv_file("access.csv", ACCESS, &entries(&admin).await?)
}

/// `GET /admin/access.json`
pub async fn access_json(admin: Admin) -> Answer {
    json_file("access.json", &entries(&admin).await?)
}

async fn entries(admin: &Admin) -> Result<Vec<access::Entry>, actix_web::Error> {
    let configured = admin.desk.store.standing().configured_entries().to_vec();
    Ok(admin.read(move |reader| access::all(reader, &configured)).await?.0)
}

/// `GET /admin/resources.csv`
pub async fn resources_csv(admin: Admin) -> Answer {
    csv_file("resources.csv", RESOURCES, &register(&admin).await?)
}

/// `GET /admin/resources.json`
pub async fn resources_json(admin: Admin) -> Answer {
    json_file("resources.json", &register(&admin).await?)
}

async fn register(admin: &Admin) -> Result<Vec<resource::Resource>, actix_web::Error> {
    let (all, _) = admin.read(resources::all).await?;
    Ok(all.into_iter().map(resource::Resource::from).collect())
}

/// `GET /admin/audit.csv`
pub async fn audit_csv(admin: Admin) -> Answer {
    csv_file("audit.csv", AUDIT, &lines(&admin).await?)
}

/// `GET /admin/audit.jsonl`
pub async fn audit_jsonl(admin: Admin) -> Answer {
    let lines = lines(&admin).await?;
    let text: String =
        lines.iter().filter_map(|line| serde_json::to_string(line).ok()).map(|line| line + "\n").collect();
    Ok(file("application/jsonl", "audit.jsonl", text))
}

async fn lines(admin: &Admin) -> Result<Vec<told::Line>, actix_web::Error> {
    let (q, did) = (admin.one("q").trim().to_owned(), admin.one("did").to_owned());
    let read = admin.read(move |reader| {
        let mut filter = sought(reader, &q)?;
        if !did.is_empty() {
            filter.event = Some(did);
        }
        every(MOST, |seek, size| audit::page(reader, &filter, seek, size))
    });
    Ok(read.await?.0.into_iter().map(told::Line::from).collect())
}

fn json_file(name: &str, rows: &impl Serialize) -> Answer {
    Ok(file("application/json", name, serde_json::to_string(rows).unwrap_or_default()))
}

fn csv_file(name: &str, columns: &[&str], rows: &[impl Serialize]) -> Answer {
    Ok(file("text/csv; charset=utf-8", name, csv(columns, rows)))
}

fn file(kind: &'static str, name: &str, text: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(kind)
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(text)
}

/// RFC 4180. A column is a member of the rows, or one of a member's own: `metadata.scope`.
fn csv(columns: &[&str], rows: &[impl Serialize]) -> String {
    let mut text = columns.join(",");
    text.push_str("\r\n");
    for row in rows {
        let row = serde_json::to_value(row).unwrap_or_default();
        let cell = |column: &&str| {
            let member = column.split('.').try_fold(&row, |value, name| value.get(name));
            quoted(&words(member.unwrap_or(&Value::Null)))
        };
        text.push_str(&columns.iter().map(cell).collect::<Vec<_>>().join(","));
        text.push_str("\r\n");
    }
    text
}

/// A value as a cell shows it: texts one behind the other, and what has parts of its own as JSON.
fn words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(all) if all.iter().all(Value::is_string) => {
            all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}

/// A cell. What others chose may begin like a formula: an apostrophe before it keeps spreadsheets from working it out.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_stay_cells_and_are_never_formulas() {
        let row = json!({ "a": "=1+1", "b": "a \"b\", c", "c": { "d": ["-", "x"] }, "e": null, "f": { "g": 1 } });
        let text = csv(&["a", "b", "c.d", "e", "f", "h.i"], &[row]);
        assert_eq!(text, "a,b,c.d,e,f,h.i\r\n\"'=1+1\",\"a \"\"b\"\", c\",\"'- x\",\"\",\"{\"\"g\"\":1}\",\"\"\r\n");
    }

    #[test]
    fn every_column_is_a_member_of_what_is_told() {
        let line = told::Line::from(audit::Line {
            seq: 1,
            at: crate::base::time::Time::from_unix(0),
            event: "refused".into(),
            reason: None,
            actor_kind: "system".into(),
            actor: "doorbook".into(),
            client: None,
            user: None,
            grant: None,
            ip: String::new(),
            request_id: String::new(),
            detail: serde_json::Map::new(),
        });
        let line = serde_json::to_value(&line).unwrap();
        assert!(AUDIT.iter().all(|column| line.get(column).is_some()), "{line}");
    }
}
