//! The audit log: who did what to what, when, from where, and why it was refused.
use askama::{Template, filters::HtmlSafe};

use super::{
    clients::{select, word},
    confirm::AdminMessagePage,
    guard::{Admin, Answer},
    lines::Names,
    links::{Column, Columns, SIZE, View, counted},
};
use crate::{
    base::id::{ClientId, UserId},
    flows::audit as flow,
    oauth::why::Why,
    store::{
        Reader, StoreResult,
        audit::{self, Filter, Line},
        page::Page,
        users,
    },
    web::view::{Ago, Filters, Heads, Link, Pager, Phrase, Section, Shape, Shell, State, Tone},
};

/// A value before and after.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Of what.
    pub label: String,
    /// Before; may be empty.
    pub before: String,
    /// After.
    pub after: String,
}

/// One line of the log, as the page has it and as it comes live.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "parts/audit_row.html")]
pub struct AuditRow {
    /// Its number, as shown.
    pub line: String,
    /// When: `Ago::clock`.
    pub when: Ago,
    /// What happened.
    pub sentence: Phrase,
    /// Before and after.
    pub changes: Vec<Change>,
    /// By whom: a login, "itself", "Doorbook", "command line".
    pub by: String,
    /// Address, or an en dash.
    pub from: String,
    /// Reason code, stamped.
    pub code: Option<State>,
}
impl HtmlSafe for AuditRow {}

/// The lines of one day.
#[derive(Clone, Debug, Default)]
pub struct Day {
    /// "Sat 21 Nov".
    pub day: String,
    /// Its lines, in the order of the list.
    pub events: Vec<AuditRow>,
}

/// `GET /admin/audit`.
#[derive(Template)]
#[template(path = "admin/audit.html")]
pub struct AuditPage {
    /// The frame.
    pub shell: Shell,
    /// "18,204 lines since 12 June."
    pub lede: Phrase,
    /// Search and select (`did`).
    pub filters: Filters,
    /// `?q=...` of the present view, for the export links; may be empty.
    pub query: String,
    /// What turns them around.
    pub heads: Heads,
    /// The number of the newest line, where all come live that come after it: on the first page of everything.
    pub newest: Option<i64>,
    /// Days, newest first or oldest first.
    pub days: Vec<Day>,
    /// What stands there when there is no line.
    pub empty: Phrase,
    /// Its foot: "Newer" and "Older".
    pub pager: Pager,
}

const DID: [(&str, &str); 23] = [
    ("", "Anything"),
    ("refused", "Was refused"),
    ("client_registered", "Signed the book"),
    ("client_created", "Client written by hand"),
    ("client_updated", "Client changed"),
    ("client_disabled", "Client disabled"),
    ("client_enabled", "Client enabled"),
    ("client_revoked", "Client revoked"),
    ("client_retired", "Client retired"),
    ("client_deleted", "Client deleted itself"),
    ("secret_rotated", "Secret rotated"),
    ("tokens_revoked", "Tokens revoked"),
    ("grant_revoked", "Grant revoked"),
    ("consent_given", "Client let in"),
    ("person_vouched_for", "Person vouched for"),
    ("consent_denied", "Client not let in"),
    ("token_issued", "Token issued"),
    ("refresh_reused", "Refresh token reused"),
    ("code_replayed", "Code replayed"),
    ("signed_in", "Person signed in"),
    ("user_suspended", "Person suspended"),
    ("access_added", "Put on the access list"),
    ("access_removed", "Taken off the access list"),
];

const COLUMNS: Columns<()> =
    Columns { usual: Column { name: "at", by: (), falls: true, ends: ["Newer", "Older"] }, others: &[] };

/// `GET /admin/audit`. `q` is a reason code, a client's id, a person's login or id, or the reference of a request.
pub async fn get(admin: Admin) -> Answer {
    let view = view(&admin);
    let oldest_first = view.sort(&COLUMNS).turned;
    let is_newest = !oldest_first && !view.is_narrowed() && view.seek().is_none();
    let (seek, q, did) = (view.seek(), view.get("q").to_owned(), view.get("did").to_owned());
    let base = admin.desk.config.issuer.path().to_owned();
    let ((page, names, oldest), numbers) = admin
        .read(move |reader| {
            let mut filter = sought(reader, &q)?;
            if !did.is_empty() {
                filter.event = Some(did);
            }
            filter.oldest_first = oldest_first;
            let page = audit::page(reader, &filter, seek.as_ref(), SIZE)?;
            let names = Names::load(reader, &base, &page.rows)?;
            Ok((page, names, audit::oldest(reader)?))
        })
        .await?;
    admin.page(&AuditPage {
        shell: admin.shell(Section::Audit, &numbers),
        lede: match oldest {
            Some(line) => format!("Who did what, and what was refused and why, since {}.", day(&line)).into(),
            None => "Who did what, and what was refused and why.".into(),
        },
        filters: Filters {
            selects: vec![select(&view, "did", "What happened", &DID)],
            applied: view.applied(|name, value| match name {
                "did" => word(&DID, value),
                _ => value.to_owned(),
            }),
            ..view.filters("Code, client id, login or reference")
        },
        query: view.query(),
        newest: page.rows.first().filter(|_| is_newest).map(|line| line.seq),
        heads: view.heads(&COLUMNS),
        days: days(&page, &names),
        empty: if view.is_narrowed() {
            Phrase::from("No line fits. ").link("Show all", admin.at("/audit"))
        } else {
            "Nothing has happened yet.".into()
        },
        pager: view.pager(&page, ["line", "lines"], view.ends(&COLUMNS)),
    })
}

fn view(admin: &Admin) -> View {
    View::of(admin, "/audit", &["q", "did", "sort"])
}

/// Whether the log is shown from its beginning.
pub(super) fn is_oldest_first(admin: &Admin) -> bool {
    view(admin).sort(&COLUMNS).turned
}

/// `POST /admin/audit/verify`: goes through the whole chain of seals.
pub async fn verify(admin: Admin) -> Answer {
    let checked = admin.take(flow::check(&admin.desk, &admin.call, &admin.actor(), None).await).await?;
    let Some(trouble) = checked.trouble else {
        let lines = counted(checked.lines, "line", "lines");
        return admin.done(&format!("The audit log is as it was written: {lines} checked."), "/audit");
    };
    let ((), numbers) = admin.read(|_| Ok(())).await?;
    admin.page(&AdminMessagePage {
        shell: admin.shell(Section::Audit, &numbers),
        stamp: State::new(Tone::Red, Shape::Cross, "Changed"),
        crumb: "Check".into(),
        title: "The audit log is not as it was written".into(),
        words: format!(
            "{trouble} Somebody has written into the database, or it is damaged. Take a copy of the file before anything else, \
             compare it with your backups, and find out who can reach the file."
        )
        .into(),
        links: vec![Link::new("Audit log", admin.at("/audit"))],
        reference: admin.call.request_id.clone(),
    })
}

/// What a search means, by its shape.
pub(super) fn sought(reader: &mut Reader<'_>, q: &str) -> StoreResult<Filter> {
    let mut filter = Filter::default();
    if q.is_empty() {
        return Ok(filter);
    }
    if let Some(why) = Why::parse(&q.to_ascii_uppercase()).or_else(|| Why::parse(q)) {
        filter.reason = Some(why.code().into());
    } else if q.starts_with(ClientId::DRAWN) || q.starts_with("https://") {
        filter.client = Some(ClientId::new(q));
    } else if q.starts_with("github:") || q.starts_with("local:") {
        filter.user = Some(UserId::new(q));
    } else if let Some(number) = q.strip_prefix("id:") {
        filter.user = Some(UserId::new(format!("github:{number}")));
    } else if let Some(person) = users::by_login(reader, q)?.into_iter().next() {
        filter.user = Some(person.id);
    } else {
        filter.request = Some(q.to_owned());
    }
    Ok(filter)
}

fn days(page: &Page<Line>, names: &Names) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for line in &page.rows {
        let day = day(line);
        match days.last_mut().filter(|last| last.day == day) {
            Some(last) => last.events.push(names.row(line)),
            None => days.push(Day { day, events: vec![names.row(line)] }),
        }
    }
    days
}

/// "21 Nov 2026"
fn day(line: &Line) -> String {
    let written = Ago::exact(line.at.unix()).relative;
    written.split(',').next().unwrap_or_default().to_owned()
}
