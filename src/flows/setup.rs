//! The way from a fresh start to a server in use, step by step. Each step looks for itself whether it is done.

use serde::Deserialize;

use crate::{
    base::user::Role,
    config::SignIn,
    flows::{
        Desk,
        desk::GATE,
        github_app::{self, Known},
    },
    outbound::http::{self, Http, HttpError},
    store::{Reader, StoreResult, grants, resources, tallies},
};

/// What is to be done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Task {
    /// A public URL that other computers reach, over TLS.
    PublicUrl,
    /// A GitHub application that signs people in.
    GitHub,
    /// People who may let clients in.
    People,
    /// A protected server in the register.
    Resource,
    /// A proxy that asks the gate.
    Proxy,
    /// A client that got in.
    Client,
}

/// A task, and how it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// The task.
    pub task: Task,
    /// Whether it is done.
    pub is_done: bool,
    /// What was found, in a sentence.
    pub found: String,
}

/// All steps in their order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Steps {
    /// The steps.
    pub all: Vec<Step>,
    /// The GitHub application that the set-up made.
    pub application: Option<Known>,
}

impl Steps {
    /// How many are left.
    pub fn open(&self) -> usize {
        self.all.iter().filter(|step| !step.is_done).count()
    }
}

/// Whether there is certainly something left to do, told without the database.
pub fn is_unfinished(desk: &Desk) -> bool {
    desk.config.sign_in.is_local() || desk.store.standing().register().entries().is_empty()
}

/// How everything stands.
pub fn steps(reader: &mut Reader<'_>, desk: &Desk) -> StoreResult<Steps> {
    let application = github_app::known(reader)?;
    let all = vec![
        public_url(desk),
        github(desk, application.as_ref()),
        people(desk),
        resource(reader)?,
        proxy(reader)?,
        client(reader)?,
    ];
    Ok(Steps { all, application })
}

fn public_url(desk: &Desk) -> Step {
    let issuer = &desk.config.issuer;
    let found = match (issuer.is_https(), issuer.is_loopback()) {
        (true, _) => format!("Other computers reach it at {}.", issuer.as_str()),
        (false, true) => format!("{} is this computer only.", issuer.as_str()),
        (false, false) => format!("{} travels without TLS.", issuer.as_str()),
    };
    Step { task: Task::PublicUrl, is_done: issuer.is_https(), found }
}

fn github(desk: &Desk, kept: Option<&Known>) -> Step {
    let (is_done, found) = match (&desk.config.sign_in, kept) {
        (SignIn::GitHub(app), _) => (true, format!("People sign in through the application {}.", app.client_id)),
        (_, Some(kept)) => {
            (false, format!("The application {} is made and counts from the next start on.", kept.client_id))
        }
        (_, None) => (false, "Local mode: any name signs in, from this computer only.".into()),
    };
    Step { task: Task::GitHub, is_done, found }
}

fn people(desk: &Desk) -> Step {
    let list = desk.store.standing().access();
    let named = |role| list.count_of(role);
    let (administrators, members) = (named(Role::Administrator), named(Role::Member));
    let local = desk.config.sign_in.is_local();
    let found = match (local, administrators + members) {
        (true, _) => "In local mode any name may; the list counts once GitHub is set up.".into(),
        (false, 0) => "Nobody is on the access list.".into(),
        (false, _) => format!("On the access list: {administrators} for administrators, {members} for members."),
    };
    Step { task: Task::People, is_done: !local && administrators + members > 0, found }
}

fn resource(reader: &mut Reader<'_>) -> StoreResult<Step> {
    let first = resources::all(reader)?.into_iter().next().map(|entry| entry.resource.uri);
    Ok(match first {
        Some(uri) => Step { task: Task::Resource, is_done: true, found: format!("{uri} is in the register.") },
        None => Step {
            task: Task::Resource,
            is_done: false,
            found: "The register is empty: one token opens every host behind the gate.".into(),
        },
    })
}

fn proxy(reader: &mut Reader<'_>) -> StoreResult<Step> {
    let is_done = tallies::ever(reader, GATE)?;
    let found = if is_done { "A token has been used." } else { "No token has been shown at the gate yet." };
    Ok(Step { task: Task::Proxy, is_done, found: found.into() })
}

fn client(reader: &mut Reader<'_>) -> StoreResult<Step> {
    let is_done = grants::any(reader)?;
    let found = if is_done { "Clients have been let in." } else { "No client has been let in yet." };
    Ok(Step { task: Task::Client, is_done, found: found.into() })
}

/// What the public URL leads to, seen from here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reached {
    /// To this server.
    Us,
    /// To something else, or to a Doorbook with another name.
    Another,
    /// Nowhere.
    Failed(HttpError),
}

impl Reached {
    /// The same in words, about that URL.
    pub fn words(&self, url: &str) -> String {
        match self {
            Self::Us => format!("{url} leads here."),
            Self::Another => format!(
                "{url} leads to something else. Compare the proxy's rule and DOORBOOK_PUBLIC_URL, letter by letter."
            ),
            Self::Failed(why) => format!(
                "{url} cannot be reached from here: {why}. Look at the name, the certificate and the proxy; some routers only \
                 let the outside use a public name."
            ),
        }
    }
}

/// Goes the way that clients go: asks the public URL for this server's metadata.
pub async fn reach(desk: &Desk) -> Reached {
    #[derive(Deserialize)]
    struct Metadata {
        issuer: String,
    }
    let issuer = &desk.config.issuer;
    let url = issuer.url("/.well-known/oauth-authorization-server");
    let asked = async { Http::new(http::TOTAL)?.get_open_json::<Metadata>(&url).await };
    match asked.await {
        Ok(found) if found.issuer == issuer.as_str() => Reached::Us,
        Ok(_) | Err(HttpError::NotJson | HttpError::TooLarge) => Reached::Another,
        Err(error) => Reached::Failed(error),
    }
}
