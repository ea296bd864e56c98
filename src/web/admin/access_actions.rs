//! Changes the access list: adds people, takes entries off; each says first what it changes.

use actix_web::http::StatusCode;

use super::{
    access::again,
    confirm::{ConfirmPage, words},
    guard::{Admin, Answer, Numbers},
    links::counted,
};
use crate::{
    base::{
        event::Ended,
        user::{Role, Who},
    },
    facts::access::read_entry,
    flows::access as flow,
    web::{
        pages::authorize::html,
        view::{Field, Hidden, Link, Phrase, Section, Shape, State, Tone},
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
        let ((), numbers) = admin.read(|_| Ok(())).await?;
        return addition(&admin, &numbers, &who, role, &typed, &role_name).answer();
    }
    let done = flow::add(&admin.desk, &admin.call, &admin.actor(), who, role).await;
    let new = admin.take(done).await?;
    admin.done(&format!("{} on the list.", counted(new as i64, "new entry is", "new entries are")), "/access")
}

/// What was typed as entries, or what is wrong with it.
fn read(admin: &Admin, typed: &str, role: Role) -> Result<Vec<Who>, String> {
    flow::read(&admin.desk, typed.split([',', ' ', '\n', '\r', '\t']), role)
}

fn addition(admin: &Admin, numbers: &Numbers, who: &[Who], role: Role, typed: &str, role_name: &str) -> ConfirmPage {
    let many = counted(who.len() as i64, "entry", "entries");
    let names: Vec<String> = who.iter().map(ToString::to_string).collect();
    let may = match role {
        Role::Member => " may let clients in and get tokens.",
        Role::Administrator => " may open this dashboard and do everything in it, and get tokens.",
    };
    let words = if who.contains(&Who::Everybody) {
        Phrase::default().strong("Everybody whom the sign-in knows").text(may)
    } else {
        Phrase::default().strong(names.join(", ")).text(may)
    };
    ConfirmPage {
        stamp: State::new(Tone::Accent, Shape::Pen, "Adds"),
        milder: words.text(" A login is bound to the first person who comes with it."),
        hidden: vec![Hidden::new("entries", typed), Hidden::new("role", role_name)],
        submit: format!("Add {many}"),
        keep_label: "Leave it".into(),
        ..ConfirmPage::ask(admin, numbers, Section::Access, "/access/add", format!("Add {many} to the list?"))
    }
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
