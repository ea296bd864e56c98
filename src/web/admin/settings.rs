//! Settings and health: what the server needs and how it is, what its jobs did, and the configuration as it is in force with
//! the source of each value.

use askama::Template;

use super::guard::{Admin, Answer};
use crate::{
    base::upkeep::{Health as Grade, Need},
    facts::{
        health::{Check, Health, Job},
        setting,
    },
    flows::{archives, checks},
    store::Stop,
    web::view::{Ago, Line, Link, Phrase, Section, Shape, Shell, State, Tone, grouped, sized},
};

/// What a look at something found.
#[derive(Clone, Debug, Default)]
pub struct CheckRow {
    /// Good, warning, bad.
    pub state: State,
    /// What was looked at.
    pub what: &'static str,
    /// What was found.
    pub found: String,
    /// Where it is mended or looked at.
    pub link: Option<Link>,
}

/// The last run of a job.
#[derive(Clone, Debug, Default)]
pub struct JobRow {
    /// When it began.
    pub began: Ago,
    /// What it is to do.
    pub name: String,
    /// "12 ms"
    pub took: String,
    /// How much it wrote down or removed; may be empty.
    pub done: String,
    /// How it went.
    pub state: State,
    /// Why it failed; may be empty.
    pub failure: String,
}

/// An option as it is in force.
#[derive(Clone, Debug, Default)]
pub struct SettingRow {
    /// Its key in the file.
    pub option: &'static str,
    /// Its name in the environment.
    pub environment: &'static str,
    /// Its value; empty when it is not set.
    pub value: String,
    /// Where it came from.
    pub source: String,
    /// Somebody set it.
    pub is_set: bool,
}

/// Options under one heading.
#[derive(Clone, Debug, Default)]
pub struct SettingGroup {
    /// The heading.
    pub title: &'static str,
    /// Its id on the page.
    pub id: String,
    /// The options.
    pub rows: Vec<SettingRow>,
}

/// `GET /admin/settings`. The checks run by a POST to `/admin/settings/check`.
#[derive(Template)]
#[template(path = "admin/settings.html")]
pub struct SettingsPage {
    /// The frame.
    pub shell: Shell,
    /// "Two of eight want to be seen to."
    pub lede: String,
    /// When it was looked at last; none before the first time.
    pub looked: Option<Ago>,
    /// What was found.
    pub checks: Vec<CheckRow>,
    /// Version, database.
    pub lines: Vec<Line>,
    /// The last run of each job.
    pub jobs: Vec<JobRow>,
    /// What was ignored, is dangerous, or is good to know.
    pub remarks: Vec<(State, String, String)>,
    /// The configuration.
    pub groups: Vec<SettingGroup>,
}

/// `GET /admin/settings`
pub async fn get(admin: Admin) -> Answer {
    archives::notice(&admin.desk, admin.call.now).await;
    let (health, numbers) = admin.read(Health::of).await?;
    admin.page(&SettingsPage {
        shell: admin.shell(Section::Settings, &numbers),
        lede: lede(&health.checks),
        looked: health.checks.first().map(|check| ago(&admin, check.at.at())),
        checks: health.checks.iter().map(|check| check_row(&admin, check)).collect(),
        lines: lines(&admin, &health),
        jobs: health.jobs.iter().map(|job| job_row(&admin, job)).collect(),
        remarks: remarks(&admin),
        groups: groups(&admin),
    })
}

/// `POST /admin/settings/check`
pub async fn check(admin: Admin) -> Answer {
    let found = checks::ask(&admin.desk, &admin.call, &admin.actor()).await;
    let found = admin.take(found.map_err(Stop::Fail)).await?;
    let wrong = found.iter().filter(|finding| finding.health != Grade::Good).count();
    let words = match wrong {
        0 => "Looked at everything: all is as it should be.".to_owned(),
        n => format!("Looked at everything: {n} of {} want to be seen to.", found.len()),
    };
    admin.done(&words, "/settings")
}

fn ago(admin: &Admin, at: crate::base::time::Time) -> Ago {
    Ago::of(at.unix(), admin.call.now.unix())
}

fn lede(checks: &[Check]) -> String {
    let wrong = checks.iter().filter(|check| !check.is_good()).count();
    match (checks.len(), wrong) {
        (0, _) => "It has not looked at itself yet. It does so every hour, and whenever you ask.".into(),
        (_, 0) => "Everything that it needs is as it should be.".into(),
        (all, n) => format!("{n} of {all} things that it needs want to be seen to."),
    }
}

/// What each thing is called, and where one goes to see to it.
const fn place(need: Need) -> (&'static str, Option<(&'static str, &'static str)>) {
    match need {
        Need::PublicUrl => ("Public URL", Some(("Setup", "/setup"))),
        Need::GitHub => ("GitHub", None),
        Need::Clock => ("Clock", None),
        Need::Disk => ("Disk", None),
        Need::Audit => ("Audit log", Some(("Audit", "/audit"))),
        Need::Backup => ("Backup", Some(("Backups", "/backups"))),
        Need::Keys => ("Keys", Some(("Keys", "/keys"))),
        Need::Jobs => ("Jobs", Some(("Jobs", "/settings#jobs"))),
    }
}

/// Where to see to something that is not as it should be: words, path below `/admin`.
pub(super) fn remedy(need: Need) -> (&'static str, &'static str, &'static str) {
    let (name, link) = place(need);
    let (words, path) = link.unwrap_or(("Look", "/settings"));
    (name, words, path)
}

fn check_row(admin: &Admin, check: &Check) -> CheckRow {
    let (what, link) = Need::parse(check.what).map_or((check.what, None), place);
    let state = match Grade::parse(check.health) {
        Some(Grade::Good) => State::new(Tone::Live, Shape::Tick, "Good"),
        Some(Grade::Warning) => State::new(Tone::Amber, Shape::Warning, "See to it"),
        _ => State::new(Tone::Red, Shape::Cross, "Wrong"),
    };
    let link = link.filter(|(_, path)| *path != "/settings#jobs");
    CheckRow {
        state,
        what,
        found: check.found.clone(),
        link: link.map(|(words, path)| Link::new(words, admin.at(path))),
    }
}

fn job_row(admin: &Admin, job: &Job) -> JobRow {
    JobRow {
        began: ago(admin, job.began.at()),
        name: job.name.clone(),
        took: format!("{} ms", grouped(job.took_ms.unsigned_abs())),
        done: if job.done == 0 { String::new() } else { grouped(job.done.unsigned_abs()) },
        state: match job.failure {
            None => State::new(Tone::Calm, Shape::Tick, "Done"),
            Some(_) => State::new(Tone::Red, Shape::Cross, "Failed"),
        },
        failure: job.failure.clone().unwrap_or_default(),
    }
}

fn lines(admin: &Admin, health: &Health) -> Vec<Line> {
    let database = &health.database;
    let size = sized(database.bytes);
    vec![
        Line::new("Version", format!("Doorbook {}", health.version)),
        Line::new("Public URL", Phrase::default().code(admin.desk.config.issuer.as_str())),
        Line::new(
            "Database",
            Phrase::from(format!("{}, {size}, tables of version {}, in ", database.kind, database.schema))
                .code(admin.desk.store.path().display().to_string()),
        ),
    ]
}

fn remarks(admin: &Admin) -> Vec<(State, String, String)> {
    let report = &admin.desk.config.report;
    let stamp = |tone: Tone, shape: Shape, words: &str| State::new(tone, shape, words);
    let dangers = report.dangers.iter().map(|one| (stamp(Tone::Red, Shape::Warning, "Dangerous"), one));
    let ignored = report.ignored.iter().map(|one| (stamp(Tone::Amber, Shape::Bars, "Ignored"), one));
    let notes = report.notes.iter().map(|one| (stamp(Tone::Calm, Shape::Ring, "Good to know"), one));
    let all = dangers.chain(ignored).chain(notes);
    all.map(|(state, one)| (state, one.name.clone(), one.text.clone())).collect()
}

fn groups(admin: &Admin) -> Vec<SettingGroup> {
    let mut groups: Vec<SettingGroup> = Vec::new();
    for one in setting::all(&admin.desk) {
        let row = SettingRow {
            option: one.option,
            environment: one.environment,
            is_set: one.source != "default",
            value: one.value.unwrap_or_default(),
            source: one.source,
        };
        match groups.last_mut().filter(|group| group.title == one.heading) {
            Some(group) => group.rows.push(row),
            None => groups.push(SettingGroup { title: one.heading, id: format!("c{}", groups.len()), rows: vec![row] }),
        }
    }
    groups
}
