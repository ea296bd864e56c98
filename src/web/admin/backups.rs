//! Backups: taken into a folder of the server, looked through and listed. None is given to a browser: an archive holds the
//! master key, and with it everything.

use askama::Template;

use super::{
    guard::{Admin, Answer},
    links::counted,
};
use crate::{
    facts::backup::Backup,
    flows::archives,
    store::Stop,
    web::view::{Ago, Code, Phrase, Section, Shape, Shell, State, Tone, sized},
};

/// An archive in the folder.
#[derive(Clone, Debug, Default)]
pub struct BackupRow {
    /// When it was taken.
    pub taken: Ago,
    /// Its file.
    pub file: String,
    /// "1.4 MB"
    pub size: String,
    /// Whether it can be restored.
    pub state: State,
    /// When that was looked at; what is wrong.
    pub looked: Phrase,
}

/// `GET /admin/backups`. One is taken by a POST there; one is looked through by a POST to `/admin/backups/check` with `file`.
#[derive(Template)]
#[template(path = "admin/backups.html")]
pub struct BackupsPage {
    /// The frame.
    pub shell: Shell,
    /// How many there are, or that there is no folder.
    pub lede: String,
    /// A folder is configured.
    pub has_folder: bool,
    /// The archives, newest first.
    pub rows: Vec<BackupRow>,
    /// How one is fetched and restored, and how one is taken without this page.
    pub ways: Vec<Code>,
}

/// `GET /admin/backups`
pub async fn get(admin: Admin) -> Answer {
    archives::notice(&admin.desk, admin.call.now).await;
    let all = admin.take(archives::list(&admin.desk).await.map_err(Stop::Fail)).await?;
    let all: Vec<Backup> = all.into_iter().map(Backup::from).collect();
    let ((), numbers) = admin.read(|_| Ok(())).await?;
    let folder = admin.desk.config.backup_folder.as_ref().map(|folder| folder.display().to_string());
    let shell = admin.shell(Section::Backups, &numbers);
    admin.page(&BackupsPage {
        lede: match (&folder, all.len()) {
            (None, _) => "No folder for them is configured.".into(),
            (Some(folder), 0) => format!("There is none in {folder}."),
            (Some(folder), n) => format!("{} in {folder}.", counted(n as i64, "archive", "archives")),
        },
        ways: ways(&shell.site.host, folder.as_deref(), all.first()),
        shell,
        has_folder: folder.is_some(),
        rows: all.iter().map(|one| row(&admin, one)).collect(),
    })
}

/// `POST /admin/backups`: takes one.
pub async fn take(admin: Admin) -> Answer {
    let taken = archives::take(&admin.desk, &admin.call, &admin.actor()).await;
    let taken = Backup::from(admin.take(taken).await?);
    admin.done(&said(&taken, "Taken, and it can be restored: "), "/backups")
}

/// `POST /admin/backups/check`: looks through one again.
pub async fn check(admin: Admin) -> Answer {
    let looked = archives::check(&admin.desk, &admin.call, &admin.actor(), admin.one("file")).await;
    let looked = Backup::from(admin.take(looked).await?);
    admin.done(&said(&looked, "It can be restored: "), "/backups")
}

fn said(one: &Backup, good: &str) -> String {
    match &one.trouble {
        None => format!("{good}{}.", one.file),
        Some(trouble) => format!("{} cannot be restored: {trouble}.", one.file),
    }
}

fn row(admin: &Admin, one: &Backup) -> BackupRow {
    let ago = |at: crate::facts::Stamp| Ago::of(at.at().unix(), admin.call.now.unix());
    BackupRow {
        taken: ago(one.taken),
        file: one.file.clone(),
        size: sized(one.bytes.unsigned_abs()),
        state: match (one.checked, &one.trouble) {
            (None, _) => State::new(Tone::Calm, Shape::Ring, "Not looked at"),
            (Some(_), None) => State::new(Tone::Live, Shape::Tick, "Whole"),
            (Some(_), Some(_)) => State::new(Tone::Red, Shape::Cross, "Broken"),
        },
        looked: match (one.checked, &one.trouble) {
            (None, _) => Phrase::default(),
            (Some(at), None) => Phrase::from("looked at ").time(ago(at)),
            (Some(_), Some(trouble)) => trouble.as_str().into(),
        },
    }
}

fn ways(host: &str, folder: Option<&str>, newest: Option<&Backup>) -> Vec<Code> {
    let host = host.split(':').next().unwrap_or_default();
    let Some(folder) = folder else {
        return vec![
            Code::new("In the configuration", "folder", &["DOORBOOK_BACKUP_FOLDER=", "/var/backups/doorbook"]),
            Code::new("Or at the command line, to any file", "take", &["doorbook backup ", "book.tar"]),
        ];
    };
    let file = newest.map_or("doorbook-….tar", |one| one.file.as_str());
    vec![
        Code::new(
            "To fetch the newest, on the machine that is to keep it",
            "fetch",
            &["scp -p ", host, ":", &format!("{folder}/{file}"), " ."],
        ),
        Code::new(
            "To restore it, where no server runs",
            "restore",
            &["doorbook restore ", &format!("{folder}/{file}")],
        ),
        Code::new(
            "To take one every night, in a crontab, from the folder where the server runs",
            "nightly",
            &["17 3 * * * cd ", "/srv/doorbook", " && ./doorbook backup"],
        ),
    ]
}
