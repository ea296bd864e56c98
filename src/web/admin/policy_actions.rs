//! Changes the registration policy. Each change is tried on the last attempts to come in before it is made.
use actix_web::http::StatusCode;
use askama::Template;

use super::{
    audit::Change,
    guard::{Admin, Answer},
    links::counted,
    policy::{Typed, differences, page},
};
use crate::{
    config::{parse, registration::MEMBERS},
    flows::policy::{self as flow, Allow, Draft, Effect, Plan, Rehearsal},
    oauth::{error::invalid_request, why::Why},
    web::{
        pages::authorize::html,
        view::{Ago, Hidden, Section, Shell, State},
    },
};

/// Attempts that are alike, for which the change makes a difference.
#[derive(Clone, Debug, Default)]
pub struct EffectRow {
    /// When the last of them was.
    pub last: Ago,
    /// What it called itself.
    pub name: String,
    /// Where it wanted codes sent to, in words.
    pub to: String,
    /// How many there were.
    pub times: usize,
    /// Why it is refused, by what is in force or by the change.
    pub why: &'static str,
    /// The code of that reason.
    pub code: Option<State>,
}

/// What a change would do. Its form sends the hidden fields and `confirm=yes`.
#[derive(Template)]
#[template(path = "admin/policy_change.html")]
pub struct PolicyChangePage {
    /// The frame.
    pub shell: Shell,
    /// The title.
    pub question: String,
    /// What was changed, and into what.
    pub changes: Vec<Change>,
    /// On how many attempts it was tried.
    pub tried: String,
    /// What they say, in a sentence.
    pub verdict: String,
    /// Those that would be refused.
    pub refuses: Vec<EffectRow>,
    /// Those that would come in.
    pub admits: Vec<EffectRow>,
    /// Those that would wait for approval.
    pub waits: Vec<EffectRow>,
    /// Where the form goes.
    pub action: String,
    /// What it sends.
    pub hidden: Vec<Hidden>,
    /// Offer a note for the history.
    pub ask_note: bool,
    /// The words of its button.
    pub submit: String,
}

/// `POST /admin/policy`: the form of the page; with `confirm=yes` it is done.
pub async fn post(admin: Admin) -> Answer {
    let set = match Typed::read(&admin) {
        Ok(set) => set,
        Err(typed) => return Ok(html(StatusCode::BAD_REQUEST, &page(&admin, &typed).await?, Some(Why::PolicyMember))),
    };
    let draft =
        Draft { set, reset: Vec::new(), seen: admin.one("seen").parse().ok(), note: admin.one("note").to_owned() };
    if admin.is_sure() {
        let done = flow::change(&admin.desk, &admin.call, &admin.actor(), draft).await;
        let version = admin.take(done).await?;
        return admin.done(&format!("In force: version {version} of the registration policy."), "/policy");
    }
    let plan = admin.take(flow::plan(&admin.desk, &draft).await).await?;
    if plan.before == plan.after {
        return admin.done("Nothing was changed: the form says what is in force already.", "/policy");
    }
    let sent = MEMBERS.iter().map(|facts| facts.key).chain(["seen"]);
    let hidden = sent.map(|name| Hidden::new(name, admin.one(name))).collect();
    let shown = asking(&admin, &plan, "/policy", "Change who may come in?".into(), hidden).await?;
    admin.page(&PolicyChangePage { ask_note: true, submit: "Put it in force".into(), ..shown })
}

/// `GET /admin/policy/restore?version=...`: asks.
pub async fn ask_restore(admin: Admin) -> Answer {
    let version = version(&admin).await?;
    let plan = admin.take(flow::plan_restore(&admin.desk, version).await).await?;
    let question = match version {
        0 => "Have everything as the configuration has it?".into(),
        version => format!("Go back to version {version}?"),
    };
    let hidden = vec![Hidden::new("version", version.to_string())];
    let shown = asking(&admin, &plan, "/policy/restore", question, hidden).await?;
    admin.page(&PolicyChangePage { submit: format!("Go back to version {version}"), ..shown })
}

/// `POST /admin/policy/restore`
pub async fn restore(admin: Admin) -> Answer {
    let version = version(&admin).await?;
    if !admin.is_sure() {
        return ask_restore(admin).await;
    }
    let done = flow::restore(&admin.desk, &admin.call, &admin.actor(), version).await;
    let new = admin.take(done).await?;
    admin.done(&format!("Version {version} is in force again, as version {new}."), "/policy")
}

async fn version(admin: &Admin) -> Result<i64, actix_web::Error> {
    let version: Option<i64> = admin.one("version").parse().ok();
    admin.take(version.ok_or_else(|| invalid_request(Why::NotFound).with_status(404).into())).await
}

/// `GET /admin/policy/reset?member=...`: asks whether one setting is to follow the configuration again.
pub async fn ask_reset(admin: Admin) -> Answer {
    let draft = resetting(&admin);
    let plan = admin.take(flow::plan(&admin.desk, &draft).await).await?;
    let hidden = vec![Hidden::new("member", admin.one("member"))];
    let question = "Have this as the configuration has it?".into();
    let shown = asking(&admin, &plan, "/policy/reset", question, hidden).await?;
    admin.page(&PolicyChangePage { submit: "Follow the configuration".into(), ..shown })
}

/// `POST /admin/policy/reset`
pub async fn reset(admin: Admin) -> Answer {
    if !admin.is_sure() {
        return ask_reset(admin).await;
    }
    let done = flow::change(&admin.desk, &admin.call, &admin.actor(), resetting(&admin)).await;
    let version = admin.take(done).await?;
    admin.done(&format!("It follows the configuration again, as version {version}."), "/policy")
}

fn resetting(admin: &Admin) -> Draft {
    Draft { reset: vec![admin.one("member").to_owned()], ..Draft::default() }
}

/// `GET /admin/policy/allow` with `scheme`, `redirect_host` or `document_host`: asks.
pub async fn ask_allow(admin: Admin) -> Answer {
    let (allow, name, value) = allowed(&admin).await?;
    let draft = flow::allowing(&admin.desk.store.standing().registration(), &allow);
    let plan = admin.take(flow::plan(&admin.desk, &draft).await).await?;
    let question = match &allow {
        Allow::Scheme(scheme) => format!("Let clients in that are programs of {scheme}:?"),
        Allow::RedirectHost(host) => format!("Let clients have codes sent to {host}?"),
        Allow::DocumentHost(host) => format!("Let documents of {host} describe clients?"),
    };
    let shown = asking(&admin, &plan, "/policy/allow", question, vec![Hidden::new(name, &*value)]).await?;
    admin.page(&PolicyChangePage { submit: format!("Allow {value}"), ..shown })
}

/// `POST /admin/policy/allow`
pub async fn allow(admin: Admin) -> Answer {
    let (allow, _, value) = allowed(&admin).await?;
    if !admin.is_sure() {
        return ask_allow(admin).await;
    }
    let done = flow::allow(&admin.desk, &admin.call, &admin.actor(), &allow).await;
    admin.take(done).await?;
    admin.done(&format!("{value} is allowed. The client can be connected once more."), "/policy")
}

/// The value that is to be let in, with the name of its field; or the page that says that it is none.
async fn allowed(admin: &Admin) -> Result<(Allow, &'static str, String), actix_web::Error> {
    let one =
        |list: parse::Parsed<Vec<String>>| list.ok().filter(|list| list.len() == 1).and_then(|mut list| list.pop());
    let scheme = one(parse::schemes(admin.one("scheme"))).map(|value| (Allow::Scheme(value.clone()), "scheme", value));
    let host = |name: &'static str, make: fn(String) -> Allow| {
        one(parse::hosts(admin.one(name))).map(|value| (make(value.clone()), name, value))
    };
    let found = scheme
        .or_else(|| host("redirect_host", Allow::RedirectHost))
        .or_else(|| host("document_host", Allow::DocumentHost));
    admin.take(found.ok_or_else(|| invalid_request(Why::PolicyMember).into())).await
}

/// The page that shows what a change would do.
async fn asking(
    admin: &Admin,
    plan: &Plan,
    path: &str,
    question: String,
    hidden: Vec<Hidden>,
) -> Result<PolicyChangePage, actix_web::Error> {
    let rehearsal = admin.take(flow::rehearse(&admin.desk, &plan.after).await).await?;
    let ((), numbers) = admin.read(|_| Ok(())).await?;
    Ok(PolicyChangePage {
        shell: admin.shell(Section::Policy, &numbers),
        question,
        changes: differences(&plan.before.members(), &plan.after.members()),
        tried: counted(rehearsal.tried as i64, "attempt", "attempts"),
        verdict: verdict(&rehearsal),
        refuses: rehearsal.refuses.iter().map(|effect| row(admin, effect)).collect(),
        admits: rehearsal.admits.iter().map(|effect| row(admin, effect)).collect(),
        waits: rehearsal.waits.iter().map(|effect| row(admin, effect)).collect(),
        action: admin.at(path),
        hidden,
        ask_note: false,
        submit: String::new(),
    })
}

fn verdict(rehearsal: &Rehearsal) -> String {
    let sum = |effects: &[Effect]| effects.iter().map(|effect| effect.times).sum::<usize>();
    let parts: Vec<String> = [
        ("have refused", sum(&rehearsal.refuses)),
        ("have let in", sum(&rehearsal.admits)),
        ("have had wait for approval", sum(&rehearsal.waits)),
    ]
    .iter()
    .filter(|(_, times)| *times > 0)
    .map(|(words, times)| format!("{words} {times}"))
    .collect();
    match (rehearsal.tried, parts.is_empty()) {
        (0, _) => "Nobody has tried to come in yet, so there is nothing to try it on.".into(),
        (_, true) => "It would have made no difference to any of them.".into(),
        (_, false) => format!("It would {}.", parts.join(", ")),
    }
}

fn row(admin: &Admin, effect: &Effect) -> EffectRow {
    let attempt = &effect.last.attempt;
    EffectRow {
        last: Ago::of(effect.last.at.unix(), admin.call.now.unix()),
        name: attempt.name().to_owned(),
        to: attempt.destinations().join(", "),
        times: effect.times,
        why: effect.why().map_or("An administrator has to approve it", Why::words),
        code: effect.why().map(|why| State::refused(why.code())),
    }
}
