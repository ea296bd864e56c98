//! Lists as files: CSV for spreadsheets, JSON for programs, with the filters of the list that the link stood on. Both name things
//! as the API and the command line do. Nothing secret is in them, not even a hash.

use actix_web::{HttpResponse, HttpResponseBuilder, http::header, web::Bytes};
use futures_util::stream;
use serde::Serialize;
use serde_json::Value;

use super::{
    audit::{is_oldest_first, sought},
    clients::{filter, likeness},
    grants,
    guard::{Admin, Answer},
    people,
};
use crate::{
    base::id::ClientId,
    facts::{access, audit as told, client, grant, person, resource},
    store::{
        self, Reader, StoreError, StoreResult, audit,
        page::{Page, Seek},
        resources,
    },
};

/// No file has more rows.
const MOST: usize = 50_000;
/// How many rows are read and sent in one go.
const PIECE: usize = 250;

const CLIENTS: &[&str] = &[
    "client_id",
    "name",
    "origin",
    "proof",
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

/// How a file says what it holds.
#[derive(Clone, Copy)]
enum Form {
    /// With these columns.
    Csv(&'static [&'static str]),
    /// One array.
    Json,
    /// A line of JSON for each.
    Lines,
}

impl Form {
    const fn kind(self) -> &'static str {
        match self {
            Self::Csv(_) => "text/csv; charset=utf-8",
            Self::Json => "application/json",
            Self::Lines => "application/jsonl",
        }
    }

    /// Some rows of a file; it begins with the first ones and ends with the last ones.
    fn piece(self, rows: &[impl Serialize], is_first: bool, is_last: bool) -> String {
        let told = |end: &str| -> Vec<String> {
            rows.iter().filter_map(|row| serde_json::to_string(row).ok()).map(|row| row + end).collect()
        };
        match self {
            Self::Csv(columns) if is_first => format!("{}\r\n{}", columns.join(","), csv(columns, rows)),
            Self::Csv(columns) => csv(columns, rows),
            Self::Lines => told("\n").concat(),
            Self::Json => {
                let (start, end) = (if is_first { "[" } else { "," }, if is_last { "]" } else { "" });
                format!("{start}{}{end}", told("").join(","))
            }
        }
    }
}

/// `GET /admin/clients.csv`
pub async fn clients_csv(admin: Admin) -> Answer {
    clients(&admin, "clients.csv", Form::Csv(CLIENTS))
}

/// `GET /admin/clients.json`
pub async fn clients_json(admin: Admin) -> Answer {
    clients(&admin, "clients.json", Form::Json)
}

fn clients(admin: &Admin, name: &str, form: Form) -> Answer {
    let (filter, like, now) = (filter(admin), ClientId::new(admin.one("alike")), admin.call.now);
    sent(admin, name, form, move |reader, seek, size| {
        let filter = store::clients::Filter { alike: likeness(reader, &like)?, ..filter.clone() };
        client::page(reader, &filter, seek, size, now)
    })
}

/// `GET /admin/people.csv`
pub async fn people_csv(admin: Admin) -> Answer {
    all_people(&admin, "people.csv", Form::Csv(PEOPLE))
}

/// `GET /admin/people.json`
pub async fn people_json(admin: Admin) -> Answer {
    all_people(&admin, "people.json", Form::Json)
}

fn all_people(admin: &Admin, name: &str, form: Form) -> Answer {
    let (filter, now) = (people::filter(admin), admin.call.now);
    let access = admin.desk.store.standing().access();
    sent(admin, name, form, move |reader, seek, size| person::page(reader, &access, &filter, seek, size, now))
}

/// `GET /admin/grants.csv`
pub async fn grants_csv(admin: Admin) -> Answer {
    all_grants(&admin, "grants.csv", Form::Csv(GRANTS))
}

/// `GET /admin/grants.json`
pub async fn grants_json(admin: Admin) -> Answer {
    all_grants(&admin, "grants.json", Form::Json)
}

fn all_grants(admin: &Admin, name: &str, form: Form) -> Answer {
    let (filter, q, now) = (grants::filter(admin), admin.one("q").trim().to_owned(), admin.call.now);
    sent(admin, name, form, move |reader, seek, size| match grants::sought(reader, filter.clone(), &q)? {
        Some(filter) => grant::page(reader, &filter, seek, size, now),
        None => Ok(Page::of_all(Vec::new(), size, None)),
    })
}

/// `GET /admin/access.csv`
pub async fn access_csv(admin: Admin) -> Answer {
    whole("access.csv", Form::Csv(ACCESS), &entries(&admin).await?)
}

/// `GET /admin/access.json`
pub async fn access_json(admin: Admin) -> Answer {
    whole("access.json", Form::Json, &entries(&admin).await?)
}

async fn entries(admin: &Admin) -> Result<Vec<access::Entry>, actix_web::Error> {
    let configured = admin.desk.store.standing().configured_entries().to_vec();
    Ok(admin.read(move |reader| access::all(reader, &configured)).await?.0)
}

/// `GET /admin/resources.csv`
pub async fn resources_csv(admin: Admin) -> Answer {
    whole("resources.csv", Form::Csv(RESOURCES), &register(&admin).await?)
}

/// `GET /admin/resources.json`
pub async fn resources_json(admin: Admin) -> Answer {
    whole("resources.json", Form::Json, &register(&admin).await?)
}

async fn register(admin: &Admin) -> Result<Vec<resource::Resource>, actix_web::Error> {
    let (all, _) = admin.read(resources::all).await?;
    Ok(all.into_iter().map(resource::Resource::from).collect())
}

/// `GET /admin/audit.csv`
pub async fn audit_csv(admin: Admin) -> Answer {
    lines(&admin, "audit.csv", Form::Csv(AUDIT))
}

/// `GET /admin/audit.jsonl`
pub async fn audit_jsonl(admin: Admin) -> Answer {
    lines(&admin, "audit.jsonl", Form::Lines)
}

fn lines(admin: &Admin, name: &str, form: Form) -> Answer {
    let (q, did) = (admin.one("q").trim().to_owned(), admin.one("did").to_owned());
    let oldest_first = is_oldest_first(admin);
    sent(admin, name, form, move |reader, seek, size| {
        let mut filter = sought(reader, &q)?;
        if !did.is_empty() {
            filter.event = Some(did.clone());
        }
        filter.oldest_first = oldest_first;
        Ok(audit::page(reader, &filter, seek, size)?.map(told::Line::from))
    })
}

/// Where in a list a file goes on, and how many rows are left to it.
struct Place {
    seek: Option<Seek>,
    left: usize,
}

/// A list as a file that is sent while it is read: its first row is on the way before the last one is looked at, and no more of it
/// is in memory than a piece.
fn sent<T, F>(admin: &Admin, name: &str, form: Form, page: F) -> Answer
where
    T: Serialize,
    F: Fn(&mut Reader<'_>, Option<&Seek>, usize) -> StoreResult<Page<T>> + Clone + Send + 'static,
{
    let desk = admin.desk.clone();
    let body = stream::try_unfold(Some(Place { seek: None, left: MOST }), move |place| {
        let (desk, page) = (desk.clone(), page.clone());
        async move {
            let Some(Place { seek, left }) = place else { return Ok(None) };
            let read = desk.store.read(move |reader| {
                let found = page(reader, seek.as_ref(), PIECE.min(left))?;
                let left = left - found.rows.len();
                let next = found.older.filter(|_| left > 0).map(|older| Place { seek: Some(older), left });
                Ok((form.piece(&found.rows, seek.is_none(), next.is_none()), next))
            });
            let (text, next) = read.await?;
            Ok::<_, StoreError>(Some((Bytes::from(text), next)))
        }
    });
    Ok(headed(name, form).streaming(body))
}

/// A short list as a file.
fn whole(name: &str, form: Form, rows: &[impl Serialize]) -> Answer {
    Ok(headed(name, form).body(form.piece(rows, true, true)))
}

fn headed(name: &str, form: Form) -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer.content_type(form.kind());
    answer.insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")));
    answer
}

/// Rows as in RFC 4180. A column is a member of the rows, or one of a member's own: `metadata.scope`.
fn csv(columns: &[&str], rows: &[impl Serialize]) -> String {
    let mut text = String::new();
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
        let text = Form::Csv(&["a", "b", "c.d", "e", "f", "h.i"]).piece(&[row], true, true);
        assert_eq!(text, "a,b,c.d,e,f,h.i\r\n\"'=1+1\",\"a \"\"b\"\", c\",\"'- x\",\"\",\"{\"\"g\"\":1}\",\"\"\r\n");
    }

    #[test]
    fn a_file_is_whole_in_however_many_pieces_it_is_sent() {
        let parts = [Form::Json.piece(&[1, 2], true, false), Form::Json.piece(&[3], false, true)];
        assert_eq!(parts.concat(), "[1,2,3]");
        assert_eq!(Form::Json.piece(&[0; 0], true, true), "[]");
        assert_eq!(Form::Lines.piece(&[1, 2], false, true), "1\n2\n");
        assert_eq!(Form::Csv(&["a"]).piece(&[json!({"a": 1})], false, false), "\"1\"\r\n");
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
