//! Changes the access list: adds people, takes entries off; each says first what it changes.

use actix_web::http::StatusCode;

use super::{
    access::{again, may},
    confirm::{ConfirmPage, End, Gain, words},
    guard::{Admin, Answer, Numbers},
    links::{counted, segment},
};
use crate::{
    base::{
        event::Ended,
        user::{Role, Who},
    },
    facts::access::read_entry,
    flows::access::{self as flow, Addition, Comer, Entering},
    web::{
        pages::authorize::html,
        view::{Ago, Field, Hidden, Link, Phrase, Section, Shape, State, Tone},
    },
};

/// `POST /admin/access/add`: `entries` and `role`.
pub async fn add(admin: Admin) -> Answer {
    let typed = admin.one("entries").to_owned();
    let role_name = admin.one("role").to_owned();
    let role = if role_name == "admin" { Role::Administrator } else { Role::Member };
    let who = match read(&admin, &typed, role) {
        Ok(who) => who,
        Err(problem) => {
            let entries = Field { value: typed, error: Some(problem) };
            return Ok(html(StatusCode::BAD_REQUEST, &again(&admin, entries, &role_name).await?, None));
        }
    };
    if !admin.is_sure() {
        let effect = admin.take(flow::effect_of_addition(&admin.desk, &admin.call, &who, role).await).await?;
        let ((), numbers) = admin.read(|_| Ok(())).await?;
        let hidden = vec![Hidden::new("entries", typed), Hidden::new("role", role_name)];
        return ConfirmPage { hidden, ..addition(&admin, &numbers, &effect, role) }.answer();
    }
    let done = flow::add(&admin.desk, &admin.call, &admin.actor(), who, role).await;
    let new = admin.take(done).await?;
    admin.done(&format!("{} on the list.", counted(new as i64, "new entry is", "new entries are")), "/access")
}

/// What was typed as entries, or what is wrong with it.
fn read(admin: &Admin, typed: &str, role: Role) -> Result<Vec<Who>, String> {
    flow::read(&admin.desk, typed.split([',', ' ', '\n', '\r', '\t']), role)
}

fn addition(admin: &Admin, numbers: &Numbers, effect: &Addition, role: Role) -> ConfirmPage {
    let many = counted(effect.entries.len() as i64, "entry", "entries");
    let names: Vec<String> = effect.entries.iter().map(|entry| entry.who.to_string()).collect();
    let may = match role {
        Role::Member => " may let clients in and get tokens.",
        Role::Administrator => " may open this dashboard and do everything in it, and get tokens.",
    };
    let words = if effect.entries.iter().any(|entry| entry.who == Who::Everybody) {
        Phrase::default().strong("Everybody whom the sign-in knows").text(may)
    } else {
        Phrase::default().strong(names.join(", ")).text(may)
    };
    let known = effect.entries.iter().map(|entry| entry.people.len() as i64).sum();
    let page = ConfirmPage {
        stamp: State::new(Tone::Accent, Shape::Pen, "Adds"),
        milder: words.text(" A login is bound to the first person who comes with it."),
        submit: format!("Add {many}"),
        keep_label: "Leave it".into(),
        ends_label: "This lets in".into(),
        ends: vec![
            End::of(known, "person known here", "people known here"),
            End::of(effect.regained.grants, "grant works again", "grants work again"),
            End::of(effect.regained.tokens, "token works again", "tokens work again"),
        ],
        ..ConfirmPage::ask(admin, numbers, Section::Access, "/access/add", format!("Add {many} to the list?"))
    };
    page.giving(effect.entries.iter().flat_map(|entry| gains(admin, entry, role)).collect())
}

/// What an entry changes: a line for each person who is known and may do more by it, or one that says why there is none.
fn gains(admin: &Admin, entry: &Entering, role: Role) -> Vec<Gain> {
    let row = Gain {
        last: Ago::never("–"),
        entry: entry.who.to_string(),
        then: may(role.max(entry.held.unwrap_or(role))).into(),
        ..Gain::default()
    };
    if let Some(held) = entry.held.filter(|held| *held >= role) {
        let now = Phrase::from(format!("on the list already: {}", may(held)));
        return vec![Gain { now, then: "the same as now".into(), ..row }];
    }
    if entry.people.is_empty() {
        let now = match &entry.who {
            Who::WholeCompany(name) if !is_trusted(admin, name) => {
                format!("no identity provider is trusted under the name {name}: the configuration names them")
            }
            Who::Login(_) => "nobody came with it lately: it waits for the first who does".into(),
            Who::Everybody | Who::WholeCompany(_) => "nobody was refused lately".into(),
            Who::Number(_) | Who::Local(_) | Who::Company(_) => "has not been here lately".into(),
        };
        return vec![Gain { now: now.into(), ..row }];
    }
    entry.people.iter().map(|comer| gain(admin, comer, row.clone())).collect()
}

/// Somebody who may do more: what they may now, and who they are.
fn gain(admin: &Admin, comer: &Comer, row: Gain) -> Gain {
    let refused = match comer.refused {
        0 => String::new(),
        1 => ", refused once lately".into(),
        n => format!(", refused {n} times lately"),
    };
    let now = match comer.may {
        _ if comer.suspended => "suspended, and stays out until restored",
        Some(held) => may(held),
        None => "not let in",
    };
    let who = if comer.login.is_empty() { comer.id.to_string() } else { format!("{}, {}", comer.login, comer.id) };
    Gain {
        last: Ago::of(comer.last.unix(), admin.call.now.unix()),
        who: if comer.known {
            Phrase::default().link(who, admin.at(&format!("/people/{}", segment(comer.id.as_str()))))
        } else {
            Phrase::default().link(who, admin.at(&format!("/refusals?q={}&period=30d", segment(comer.id.as_str()))))
        },
        now: format!("{now}{refused}").into(),
        ..row
    }
}

fn is_trusted(admin: &Admin, name: &str) -> bool {
    admin.desk.config.trusted_issuers.iter().any(|issuer| issuer.name == name)
}

/// `GET /admin/access/remove?entry_id=...`: asks.
pub async fn ask(admin: Admin) -> Answer {
    let (who, role, numbers) = entry(&admin).await?;
    removal(&admin, &numbers, &who, role).await
}

/// `POST /admin/access/remove`
pub async fn remove(admin: Admin) -> Answer {
    let (who, role, numbers) = entry(&admin).await?;
    if !admin.is_sure() {
        return removal(&admin, &numbers, &who, role).await;
    }
    let done = flow::remove(&admin.desk, &admin.call, &admin.actor(), who.clone(), role).await;
    let ended = admin.take(done).await?;
    admin.done(&format!("{who} is off the list.{}", cut_off(&ended)), "/access")
}

async fn entry(admin: &Admin) -> Result<(Who, Role, Numbers), actix_web::Error> {
    let ((), numbers) = admin.read(|_| Ok(())).await?;
    let back = Link::new("The access list", admin.at("/access"));
    let found = read_entry(admin.one("entry_id"));
    let (who, role) =
        found.ok_or_else(|| admin.missing(Section::Access, &numbers, "No such entry is on the list", back))?;
    Ok((who, role, numbers))
}

async fn removal(admin: &Admin, numbers: &Numbers, who: &Who, role: Role) -> Answer {
    let effect = flow::effect_of_removal(&admin.desk, &admin.call, who, role).await;
    let effect = admin.take(effect).await?;
    let page = ConfirmPage::ask(admin, numbers, Section::Access, "/access/remove", format!("Take {who} off the list?"));
    let page = ConfirmPage {
        milder: match effect.people {
            0 => "Nobody is cut off by this.".into(),
            _ => {
                "Whom it cuts off is signed out; what they allowed is refused until they are on the list again.".into()
            }
        },
        crumb: "Remove".into(),
        ends_label: "This cuts off".into(),
        hidden: vec![Hidden::new("entry_id", admin.one("entry_id"))],
        final_act: effect.people > 0,
        submit: format!("Remove {who}"),
        ..page.ending(&effect)
    };
    if effect.people > 0 { page.at_once(admin).answer() } else { page.answer() }
}

fn cut_off(ended: &Ended) -> String {
    if ended.people == 0 { String::new() } else { format!(" This cut off {}.", words(ended)) }
}
