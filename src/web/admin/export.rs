//! Lists as files: CSV for spreadsheets, JSON for programs, with the filters of the list that the link stood on. Nothing
//! secret is in them, not even a hash.

use actix_web::{HttpResponse, http::header};
use serde_json::{Value, json};

use super::{
    audit::sought,
    clients::{filter, likeness, state},
    guard::{Admin, Answer},
};
use crate::{
    base::{client::Client, id::ClientId},
    store::{
        StoreResult, audit, clients,
        page::{Page, Seek},
    },
};

/// How many rows are read in one go.
const BATCH: usize = 1_000;
/// No file has more rows.
const MOST: usize = 50_000;

/// `GET /admin/clients.csv`
pub async fn clients_csv(admin: Admin) -> Answer {
    let rows = all_clients(&admin).await?;
    let head =
        ["client_id", "name", "origin", "state", "method", "redirect_uris", "scope", "created_at", "last_used_at"];
    let line = |client: &Client| {
        let metadata = &client.metadata;
        let uris: Vec<&str> = metadata.redirect_uris.iter().map(|uri| uri.as_str()).collect();
        vec![
            client.id.to_string(),
            client.name().to_owned(),
            client.origin.as_str().to_owned(),
            state(client).words,
            metadata.token_endpoint_auth_method.as_str().to_owned(),
            uris.join(" "),
            metadata.scope.to_string(),
            client.created_at.unix().to_string(),
            client.last_used_at.map(|at| at.unix().to_string()).unwrap_or_default(),
        ]
    };
    Ok(file("text/csv; charset=utf-8", "clients.csv", csv(&head, rows.iter().map(line))))
}

/// `GET /admin/clients.json`
pub async fn clients_json(admin: Admin) -> Answer {
    let rows = all_clients(&admin).await?;
    let object = |client: &Client| {
        json!({
            "client_id": client.id,
            "origin": client.origin.as_str(),
            "state": state(client).words,
            "trusted": client.trusted,
            "created_at": client.created_at,
            "created_ip": client.created_ip,
            "created_by": client.created_by,
            "last_used_at": client.last_used_at,
            "disabled_at": client.disabled_at,
            "metadata": client.metadata,
        })
    };
    let all: Vec<Value> = rows.iter().map(object).collect();
    Ok(file("application/json", "clients.json", Value::Array(all).to_string()))
}

/// `GET /admin/audit.csv`
pub async fn audit_csv(admin: Admin) -> Answer {
    let rows = all_lines(&admin).await?;
    let head = [
        "line",
        "at",
        "event",
        "reason",
        "actor_kind",
        "actor",
        "client",
        "user",
        "grant",
        "ip",
        "request_id",
        "detail",
    ];
    let line = |line: &audit::Line| {
        let text = |id: Option<&str>| id.unwrap_or_default().to_owned();
        vec![
            line.seq.to_string(),
            line.at.unix().to_string(),
            line.event.clone(),
            text(line.reason.as_deref()),
            line.actor_kind.clone(),
            line.actor.clone(),
            text(line.client.as_ref().map(|id| id.as_str())),
            text(line.user.as_ref().map(|id| id.as_str())),
            text(line.grant.as_ref().map(|id| id.as_str())),
            line.ip.clone(),
            line.request_id.clone(),
            Value::Object(line.detail.clone()).to_string(),
        ]
    };
    Ok(file("text/csv; charset=utf-8", "audit.csv", csv(&head, rows.iter().map(line))))
}

/// `GET /admin/audit.jsonl`
pub async fn audit_jsonl(admin: Admin) -> Answer {
    let rows = all_lines(&admin).await?;
    let mut text = String::new();
    for line in &rows {
        let object = json!({
            "line": line.seq,
            "at": line.at,
            "event": line.event,
            "reason": line.reason,
            "actor_kind": line.actor_kind,
            "actor": line.actor,
            "client": line.client,
            "user": line.user,
            "grant": line.grant,
            "ip": line.ip,
            "request_id": line.request_id,
            "detail": line.detail,
        });
        text.push_str(&object.to_string());
        text.push('\n');
    }
    Ok(file("application/jsonl", "audit.jsonl", text))
}

async fn all_clients(admin: &Admin) -> Result<Vec<Client>, actix_web::Error> {
    let (mut filter, like) = (filter(admin), ClientId::new(admin.one("alike")));
    let (rows, _) = admin
        .read(move |reader| {
            filter.alike = likeness(reader, &like)?;
            all(|seek| clients::page(reader, &filter, seek, BATCH))
        })
        .await?;
    Ok(rows)
}

async fn all_lines(admin: &Admin) -> Result<Vec<audit::Line>, actix_web::Error> {
    let (q, did) = (admin.one("q").trim().to_owned(), admin.one("did").to_owned());
    let (rows, _) = admin
        .read(move |reader| {
            let mut filter = sought(reader, &q)?;
            if !did.is_empty() {
                filter.event = Some(did);
            }
            all(|seek| audit::page(reader, &filter, seek, BATCH))
        })
        .await?;
    Ok(rows)
}

/// All pages, up to the most that a file holds.
fn all<T>(mut page: impl FnMut(Option<&Seek>) -> StoreResult<Page<T>>) -> StoreResult<Vec<T>> {
    let mut rows = Vec::new();
    let mut seek = None;
    loop {
        let next = page(seek.as_ref())?;
        rows.extend(next.rows);
        seek = next.older;
        if seek.is_none() || rows.len() >= MOST {
            return Ok(rows);
        }
    }
}

fn file(kind: &'static str, name: &str, text: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(kind)
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(text)
}

/// RFC 4180.
fn csv(head: &[&str], lines: impl Iterator<Item = Vec<String>>) -> String {
    let mut text = head.join(",");
    text.push_str("\r\n");
    for line in lines {
        let cells: Vec<String> = line.iter().map(|cell| quoted(cell)).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

/// A cell. What others chose may begin like a formula: an apostrophe before it keeps spreadsheets from working it out.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stay_cells_and_are_never_formulas() {
        let lines = [vec!["=1+1".to_owned(), "a \"b\", c".to_owned(), "-".to_owned(), "plain".to_owned()]];
        assert_eq!(csv(&["w", "x"], lines.into_iter()), "w,x\r\n\"'=1+1\",\"a \"\"b\"\", c\",\"'-\",\"plain\"\r\n");
    }

    #[test]
    fn all_pages_are_read() {
        let rows = all(|seek| {
            let from = seek.map_or(0, |seek| seek.at + 1);
            Ok(Page::assemble((from..from + 3).filter(|n| *n < 5).collect(), 2, seek, |n| (*n, String::new())))
        });
        assert_eq!(rows.unwrap(), [0, 1, 2, 3, 4]);
    }
}
