//! The way from a fresh start to a server in use: steps that look for themselves whether they are done, and the GitHub
//! application with one press.
use actix_web::http::StatusCode;
use askama::Template;

use super::guard::{Admin, Answer};
use crate::{
    base::{issuer::Issuer, secret::Plain},
    flows::{
        github_app as app,
        setup::{self, Task},
    },
    web::{
        pages::authorize::{html, site},
        view::{Field, Hidden, Link, Section, Shape, Shell, Site, State, Tone},
    },
};

/// A step, as a line of the page.
#[derive(Clone, Debug)]
pub struct StepLine {
    /// Done, Now or To do.
    pub state: State,
    /// What is to be done.
    pub title: &'static str,
    /// What was found.
    pub found: String,
    /// Where it is done; none when it is not done in a page.
    pub link: Option<Link>,
    /// The next one to do: it stands open.
    pub is_next: bool,
    /// How it is done, in a sentence or two.
    pub how: &'static str,
    /// It is the one about GitHub, and not done.
    pub is_github: bool,
    /// It is the one about the public URL.
    pub is_address: bool,
}

/// `GET /admin/setup`.
#[derive(Template)]
#[template(path = "admin/setup.html")]
pub struct SetupPage {
    /// The frame.
    pub shell: Shell,
    /// "3 of 6"
    pub margin: String,
    /// "Three of six are done."
    pub lede: String,
    /// The steps.
    pub steps: Vec<StepLine>,
    /// The public URL that people will use.
    pub public_url: Field,
    /// The callback URL to copy into an application that is there already.
    pub callback: String,
    /// The page of the application that the set-up made; may be empty.
    pub application: String,
    /// What was wrong with the credentials that were typed.
    pub problem: Option<String>,
}

/// Takes the browser to GitHub with what is asked for there.
#[derive(Template)]
#[template(path = "pages/to_github.html")]
pub struct ToGitHubPage {
    /// Which server.
    pub site: Site,
    /// Where the form goes.
    pub action: String,
    /// Its one field.
    pub hidden: Vec<Hidden>,
}

/// `GET /admin/setup`
pub async fn get(admin: Admin) -> Answer {
    page(&admin, StatusCode::OK, Field::default(), None).await
}

/// `POST /admin/setup/github`: on to GitHub, with what the application must be.
pub async fn github(admin: Admin) -> Answer {
    let typed = admin.one("public_url").trim().trim_end_matches('/').to_owned();
    let Some(public) = Issuer::parse(&typed) else {
        let error = "This is no public URL: it begins with https://, or with http:// on this computer.".to_owned();
        let field = Field { value: typed, error: Some(error) };
        return page(&admin, StatusCode::UNPROCESSABLE_ENTITY, field, None).await;
    };
    let organization = admin.one("organization").trim().to_owned();
    let asked = app::ask(&admin.desk, &public, &organization, admin.csrf());
    let hidden = vec![Hidden::new("manifest", asked.manifest.to_string())];
    let page = ToGitHubPage { site: site(&admin.desk), action: asked.action, hidden };
    Ok(html(StatusCode::OK, &page, None))
}

/// `GET /admin/setup/github/made`: GitHub sends the administrator back with a code.
pub async fn github_made(admin: Admin) -> Answer {
    let (state, code) = (admin.one("state"), admin.one("code"));
    let made = app::made(&admin.desk, &admin.call, &admin.actor(), admin.csrf(), state, code).await;
    admin.take(made).await?;
    kept(&admin)
}

/// `POST /admin/setup/github/keep`: the credentials of an application that is there already.
pub async fn github_keep(admin: Admin) -> Answer {
    let (id, secret) = (admin.one("client_id").trim(), admin.one("client_secret").trim());
    if id.is_empty() || secret.is_empty() {
        let problem = "Both are needed, as the page of the application shows them.".to_owned();
        return page(&admin, StatusCode::UNPROCESSABLE_ENTITY, Field::default(), Some(problem)).await;
    }
    let done = app::keep(&admin.desk, &admin.call, &admin.actor(), id, Plain::new(secret.to_owned())).await;
    admin.take(done).await?;
    kept(&admin)
}

fn kept(admin: &Admin) -> Answer {
    admin.done("Kept, encrypted. Start Doorbook again with its public URL: GitHub is then the way in.", "/setup")
}

/// `POST /admin/setup/check`: goes the way that clients go.
pub async fn check(admin: Admin) -> Answer {
    let words = setup::reach(&admin.desk).await.words(admin.desk.config.issuer.as_str());
    admin.done(&words, "/setup")
}

async fn page(admin: &Admin, status: StatusCode, public_url: Field, problem: Option<String>) -> Answer {
    let desk = admin.desk.clone();
    let (steps, numbers) = admin.read(move |reader| setup::steps(reader, &desk)).await?;
    let (all, open) = (steps.all.len(), steps.open());
    let issuer = &admin.desk.config.issuer;
    let public_url = match public_url {
        Field { value, error: None } if value.is_empty() => Field { value: issuer.as_str().to_owned(), error: None },
        typed => typed,
    };
    let next = steps.all.iter().position(|step| !step.is_done);
    let page = SetupPage {
        shell: admin.shell(Section::Setup, &numbers),
        margin: format!("{} of {all}", all - open),
        lede: match open {
            0 => "Everything is done.".into(),
            _ => format!("{} of {all} are done. Each line looks for itself.", all - open),
        },
        steps: steps.all.iter().enumerate().map(|(n, step)| line(admin, step, next == Some(n))).collect(),
        public_url,
        callback: issuer.url("/callback"),
        application: steps.application.map(|known| known.page).unwrap_or_default(),
        problem,
    };
    Ok(html(status, &page, None))
}

fn line(admin: &Admin, step: &setup::Step, is_next: bool) -> StepLine {
    let (title, how) = words(step.task);
    let link = match step.task {
        Task::People => Some(Link::new("Access list", admin.at("/access"))),
        Task::Resource => Some(Link::new("Resources", admin.at("/resources"))),
        Task::Client => Some(Link::new("New client", admin.at("/clients/new"))),
        Task::PublicUrl | Task::GitHub | Task::Proxy => None,
    };
    StepLine {
        state: match (step.is_done, is_next) {
            (true, _) => State::new(Tone::Live, Shape::Tick, "Done"),
            (false, true) => State::new(Tone::Accent, Shape::Half, "Now"),
            (false, false) => State::new(Tone::Calm, Shape::Ring, "To do"),
        },
        title,
        found: step.found.clone(),
        link: link.filter(|_| !step.is_done),
        is_next,
        how,
        is_github: step.task == Task::GitHub && !step.is_done,
        is_address: step.task == Task::PublicUrl,
    }
}

const fn words(task: Task) -> (&'static str, &'static str) {
    match task {
        Task::PublicUrl => (
            "Give it a public address",
            "Put a proxy with a certificate in front of it and set DOORBOOK_PUBLIC_URL to the address that people will use, \
             as in https://door.example. docs/PROXIES.md has the proxy's side. It counts from the next start on.",
        ),
        Task::GitHub => (
            "Let people sign in with GitHub",
            "One press makes a GitHub application of your own with the right address in it, and brings its id and secret \
             back here. Nobody else gets them. Local names end with it: who makes the application is the administrator \
             afterwards.",
        ),
        Task::People => (
            "Say who may come in",
            "Only people on the access list get tokens. Put their GitHub logins on it; a login is bound to the first account \
             that comes with it.",
        ),
        Task::Resource => (
            "Name the first server behind the door",
            "Its URL, as clients will type it. From then on a token is good for the server that it was made for, and for no \
             other.",
        ),
        Task::Proxy => (
            "Have the proxy ask at the gate",
            "A few lines in Traefik, nginx or Caddy: each request to the server is put to /verify first. docs/PROXIES.md has \
             them to copy.",
        ),
        Task::Client => (
            "Let the first client in",
            "Add the server's URL in Claude, Cursor, VS Code or another client. It signs by itself and asks you here.",
        ),
    }
}
