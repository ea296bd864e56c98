//! Approvals: who waits for an administrator and why, and what was decided for clients that are alike.

use std::collections::HashMap;

use askama::Template;

use super::{
    guard::{Admin, Answer, Numbers},
    links::{Column, Columns, Compare, View, counted, segment},
};
use crate::{
    base::{
        approval::{Approval, Decided, Reach},
        client::{Client, Origin},
        id::{ApprovalId, UserId, WaitId},
        redirect::RedirectUri,
        time::{Span, Time},
    },
    flows::{
        approvals::{self as flow, Decision, Waiting},
        documents as hosts,
    },
    oauth::{authorize::look_alike::disguise, error::invalid_request, why::Why},
    store::{Reader, StoreResult, approvals, documents, users},
    web::{
        pages::consent::{proof, proof_why},
        view::{Ago, Heads, Phrase, Pick, Section, Shape, Shell, State, Tone},
    },
};

/// How long a decision may hold: value in seconds, words.
const LIVES: [(&str, &str); 5] =
    [("", "for good"), ("86400", "1 day"), ("604800", "7 days"), ("2592000", "30 days"), ("7776000", "90 days")];

/// Somebody who waits.
#[derive(Clone, Debug, Default)]
pub struct WaitRow {
    /// Its id, for the forms (`wait_id`).
    pub id: String,
    /// Since when.
    pub since: Ago,
    /// Until when.
    pub until: Ago,
    /// The client, linked.
    pub client: Phrase,
    /// Its name, for the words of buttons.
    pub name: String,
    /// Who vouches for it.
    pub proof: State,
    /// It has the name of a product that it does not belong to.
    pub lookalike: Option<State>,
    /// Where it sends people, in words.
    pub to: String,
    /// Why it is unknown.
    pub why: Phrase,
    /// Who waits.
    pub who: String,
    /// What they allowed.
    pub asks: String,
}

/// A decision that holds.
#[derive(Clone, Debug, Default)]
pub struct DecisionRow {
    /// Its id (`approval_id`), or the name of the host (`host`).
    pub id: String,
    /// The field of the form that takes it back.
    pub field: &'static str,
    /// When.
    pub when: Ago,
    /// What it is about.
    pub what: Phrase,
    /// For whom.
    pub whom: String,
    /// By whom.
    pub by: String,
    /// Whether they come in.
    pub state: State,
    /// Until when.
    pub until: Ago,
}

/// `GET /admin/approvals`. Its forms post to `/admin/approvals/decide` with `wait_id`, `decision` (`approve` or `deny`), `reach`
/// and `life`, and to `/admin/approvals/take-back`.
#[derive(Template)]
#[template(path = "admin/approvals.html")]
pub struct ApprovalsPage {
    /// The frame.
    pub shell: Shell,
    /// What waits, in a sentence.
    pub lede: Phrase,
    /// Who waits, the longest first.
    pub waits: Vec<WaitRow>,
    /// For whom a decision may be.
    pub reaches: Vec<Pick>,
    /// For how long.
    pub lives: Vec<Pick>,
    /// What sorts the decisions.
    pub heads: Heads,
    /// What was decided.
    pub decisions: Vec<DecisionRow>,
}

/// A decision that holds, and what decisions are sorted by.
struct Listed {
    row: DecisionRow,
    name: String,
    at: Time,
    until: Option<Time>,
}

const ENDS: [&str; 2] = ["Before", "After"];
const COLUMNS: Columns<Compare<Listed>> = Columns {
    usual: Column { name: "when", by: |a, b| b.at.cmp(&a.at), falls: true, ends: ENDS },
    others: &[
        Column { name: "clients", by: |a, b| a.name.cmp(&b.name), falls: false, ends: ENDS },
        // What holds for good comes after all that ends.
        Column {
            name: "until",
            by: |a, b| (a.until.is_none(), a.until).cmp(&(b.until.is_none(), b.until)),
            falls: false,
            ends: ENDS,
        },
    ],
};

struct Facts {
    waiting: Vec<Waiting>,
    decisions: Vec<Approval>,
    hosts: Vec<documents::Host>,
    logins: HashMap<UserId, String>,
}

fn facts(reader: &mut Reader<'_>, now: Time) -> StoreResult<Facts> {
    let decisions = approvals::all(reader, now)?;
    let hosts = documents::hosts(reader)?;
    let mut people: Vec<UserId> = decisions.iter().filter_map(|one| one.user.clone()).collect();
    people.extend(decisions.iter().filter_map(|one| one.created_by.clone()));
    people.extend(hosts.iter().filter_map(|host| host.approved_by.clone()));
    Ok(Facts { waiting: flow::waiting(reader, now)?, logins: users::logins(reader, &people)?, decisions, hosts })
}

/// `GET /admin/approvals`
pub async fn get(admin: Admin) -> Answer {
    let now = admin.call.now;
    let (facts, numbers) = admin.read(move |reader| facts(reader, now)).await?;
    admin.page(&page(&admin, &numbers, &facts))
}

/// `POST /admin/approvals/decide`
pub async fn decide(admin: Admin) -> Answer {
    let allow = match admin.one("decision") {
        "approve" => true,
        "deny" => false,
        _ => return Err(admin.not_done(&invalid_request(Why::FormToken)).await),
    };
    let life = match admin.one("life") {
        "" => None,
        // What is no number is no length of time either: the flow refuses it.
        seconds => Some(seconds.parse().map_or(Span::ZERO, Span::seconds)),
    };
    let decision = Decision { allow, reach: Reach::parse(admin.one("reach")).unwrap_or_default(), life };
    let id = WaitId::new(admin.one("wait_id"));
    let done = flow::decide(&admin.desk, &admin.call, &admin.actor(), &id, decision).await;
    let reached = admin.take(done).await?;
    let people = counted(reached as i64, "person goes on", "people go on");
    let words = match allow {
        true => format!("Approved: {people} by themselves."),
        false => "Denied. The client hears it.".to_owned(),
    };
    admin.done(&words, "/approvals")
}

/// `POST /admin/approvals/take-back`: a decision, or the approval of a host.
pub async fn take_back(admin: Admin) -> Answer {
    let (done, words) = match admin.one("host") {
        "" => {
            let id = ApprovalId::new(admin.one("approval_id"));
            let done = flow::take_back(&admin.desk, &admin.call, &admin.actor(), &id).await;
            (done.map(drop), "Taken back. What people allowed goes on; new requests are asked about.")
        }
        host => {
            let done = hosts::remove_host(&admin.desk, &admin.call, &admin.actor(), host).await;
            (done, "Taken back. Where the policy asks, what people allowed its clients has ended.")
        }
    };
    admin.take(done).await?;
    admin.done(words, "/approvals")
}

fn page(admin: &Admin, numbers: &Numbers, facts: &Facts) -> ApprovalsPage {
    let view = View::of(admin, "/approvals", &["sort"]);
    let mut decisions: Vec<Listed> = facts.decisions.iter().map(|one| decision(admin, facts, one)).collect();
    decisions.extend(facts.hosts.iter().map(|host| approved_host(admin, facts, host)));
    view.sort(&COLUMNS).arrange(&mut decisions);
    ApprovalsPage {
        shell: admin.shell(Section::Approvals, numbers),
        lede: match facts.waiting.len() {
            0 => "Nobody waits for you.".into(),
            n => format!(
                "{} for you. Who waits goes on by themselves once you decide.",
                counted(n as i64, "person waits", "people wait")
            )
            .into(),
        },
        waits: facts.waiting.iter().map(|waiting| row(admin, waiting)).collect(),
        reaches: [(Reach::Once, "This once"), (Reach::Person, "This person"), (Reach::Group, "Everybody")]
            .iter()
            .map(|(reach, words)| Pick::new(reach.as_str(), words, Reach::Once.as_str()))
            .collect(),
        lives: LIVES.iter().map(|(value, words)| Pick::new(value, words, "")).collect(),
        heads: view.heads(&COLUMNS),
        decisions: decisions.into_iter().map(|decision| decision.row).collect(),
    }
}

fn row(admin: &Admin, waiting: &Waiting) -> WaitRow {
    let Waiting { wait, client, login, alike } = waiting;
    let ago = |at: Time| Ago::of(at.unix(), admin.call.now.unix());
    let mut to: Vec<String> = Vec::new();
    for uri in client.metadata.redirect_uris.iter().map(RedirectUri::destination) {
        let words = uri.to_string();
        if !to.contains(&words) {
            to.push(words);
        }
    }
    let imitates = client.metadata.redirect_uris.iter().find_map(|uri| disguise(client, &uri.destination()));
    let href = admin.at(&format!("/clients/{}", segment(client.id.as_str())));
    WaitRow {
        id: wait.id.to_string(),
        since: ago(wait.created_at),
        until: ago(wait.expires_at),
        client: Phrase::default().client(client.name(), href),
        name: client.name().to_owned(),
        proof: proof(client),
        lookalike: imitates.map(|known| State::new(Tone::Red, Shape::Warning, format!("Looks like {}", known.name))),
        to: to.join(", "),
        why: why(admin, client, *alike),
        who: login.clone(),
        asks: wait.scope.to_string(),
    }
}

/// Why an administrator is asked.
fn why(admin: &Admin, client: &Client, alike: i64) -> Phrase {
    let begin = match client.origin {
        Origin::Document => proof_why(client).text(" Nobody approved that site. "),
        Origin::Dynamic | Origin::Administrator | Origin::Configured => Phrase::default(),
    };
    let seen = begin.text("First seen ").time(Ago::of(client.created_at.unix(), admin.call.now.unix()));
    let seen = match client.created_ip.as_str() {
        "" => seen,
        ip => seen.text(", from ").code(ip),
    };
    match alike {
        ..=1 => seen.text(". No other in the book is like it."),
        n => seen.text(format!(". {} like it in the book.", counted(n - 1, "other is", "others are"))),
    }
}

fn decision(admin: &Admin, facts: &Facts, one: &Approval) -> Listed {
    let login = |id: &UserId| facts.logins.get(id).cloned().unwrap_or_else(|| id.to_string());
    let ago = |at: Time| Ago::of(at.unix(), admin.call.now.unix());
    let Decided { allowed, until } = one.decided;
    let row = DecisionRow {
        id: one.id.to_string(),
        field: "approval_id",
        when: ago(one.created_at),
        what: Phrase::default().client(one.name.as_str(), "").text(" and clients like it"),
        whom: one.user.as_ref().map_or_else(|| "everybody".into(), login),
        by: one.created_by.as_ref().map_or_else(|| "command line".into(), login),
        state: if allowed { State::live("Come in") } else { State::new(Tone::Red, Shape::Cross, "Turned away") },
        until: until.map_or_else(|| Ago::never("for good"), ago),
    };
    Listed { row, name: one.name.to_lowercase(), at: one.created_at, until }
}

fn approved_host(admin: &Admin, facts: &Facts, host: &documents::Host) -> Listed {
    let login = |id: &UserId| facts.logins.get(id).cloned().unwrap_or_else(|| id.to_string());
    let row = DecisionRow {
        id: host.host.clone(),
        field: "host",
        when: Ago::of(host.approved_at.unix(), admin.call.now.unix()),
        what: Phrase::from("Clients that ").strong(&*host.host).text(" describes"),
        whom: "everybody".into(),
        by: host.approved_by.as_ref().map_or_else(|| "command line".into(), login),
        state: State::live("Come in"),
        until: Ago::never("for good"),
    };
    Listed { row, name: host.host.clone(), at: host.approved_at, until: None }
}
