//! The GitHub application, made with one click (GitHub's app manifest flow): GitHub shows the administrator what is asked for,
//! makes it, and hands the credentials over once. They are kept sealed, and count from the next start on; the configuration
//! wins over them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    base::{
        call::Call,
        event::{Actor, Event},
        issuer::Issuer,
        secret::Plain,
        user::{Role, Who},
    },
    config::{Config, GitHub, SignIn, Site},
    crypto::master::MasterKey,
    flows::{Desk, FlowResult, clients::person, forms},
    identity::github::{self, GitHubError},
    oauth::{
        error::{invalid_request, temporarily_unavailable},
        why::Why,
    },
    outbound::http::{self, Http},
    store::{Reader, StoreError, StoreResult, allowlist, audit, settings},
};

/// Its name among the settings, and what it is sealed for.
const SETTING: &str = "github application";
/// Where GitHub sends the administrator back to, below the public URL.
pub const BACK: &str = "/admin/setup/github/made";

/// What is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    client_id: String,
    sealed_secret: String,
    web: String,
    api: String,
    page: String,
}

/// The application that the database keeps.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Known {
    /// Its client id.
    pub client_id: String,
    /// Its page at GitHub.
    pub page: String,
}

/// What is sent to GitHub.
pub struct Asked {
    /// Where the form goes.
    pub action: String,
    /// What it asks for.
    pub manifest: Value,
}

/// Has the application of the database count where the configuration names none.
pub fn take_up(reader: &mut Reader<'_>, master: &MasterKey, config: &mut Config) -> StoreResult<()> {
    if matches!(config.sign_in, SignIn::GitHub(_)) {
        return Ok(());
    }
    let Some(kept) = kept(reader)? else { return Ok(()) };
    let broken = |_| StoreError::Corrupt("the kept GitHub application cannot be opened".into());
    let secret = master.sealer(SETTING).open(SETTING, &kept.sealed_secret).map_err(broken)?;
    let secret = String::from_utf8(secret.to_vec()).map_err(|_| StoreError::Corrupt("a secret is no text".into()))?;
    config.sign_in = SignIn::GitHub(GitHub {
        client_id: kept.client_id,
        client_secret: Plain::new(secret),
        site: Site { web: kept.web, api: kept.api },
    });
    config.access.clone_from(&config.listed);
    Ok(())
}

/// The application that the database keeps, whether it counts already or from the next start on.
pub fn known(reader: &mut Reader<'_>) -> StoreResult<Option<Known>> {
    Ok(kept(reader)?.map(|kept| Known { client_id: kept.client_id, page: kept.page }))
}

fn kept(reader: &mut Reader<'_>) -> StoreResult<Option<Kept>> {
    let Some(text) = settings::get(reader, SETTING)? else { return Ok(None) };
    let read = serde_json::from_str(&text);
    read.map(Some).map_err(|_| StoreError::Corrupt("the kept GitHub application cannot be read".into()))
}

/// What GitHub is asked for, so that people can sign in to the server of that public URL. `seed` is the mark of the session.
pub fn ask(desk: &Desk, public: &Issuer, organization: &str, seed: &str) -> Asked {
    let here = &desk.config.issuer;
    Asked {
        action: github::manifest_url(&desk.config.github, organization, &state(desk, seed)),
        manifest: github::manifest(public, here, &here.url(BACK)),
    }
}

/// GitHub has made it. Its owner, when that is a person, is the first administrator of the server to come.
pub async fn made(
    desk: &Desk,
    call: &Call,
    actor: &Actor,
    seed: &str,
    sent_state: &str,
    code: &str,
) -> FlowResult<Known> {
    if !forms::same(&state(desk, seed), sent_state) {
        return Err(invalid_request(Why::CallbackUnknown).into());
    }
    let failed = || temporarily_unavailable(Why::GitHubFailed).with_status(502);
    let http = Http::new(http::TOTAL).map_err(|_| failed())?;
    let made = github::made(&http, &desk.config.github, code).await.map_err(|error| {
        log::warn!("the GitHub application was not made: {error}");
        if error == GitHubError::Code { invalid_request(Why::CallbackUnknown) } else { failed() }
    })?;
    let owner = (made.owner.kind == "User").then(|| Who::Number(made.owner.id.to_string()));
    write(desk, call, actor, made.application, made.page, owner).await
}

/// Keeps an application that was there already.
pub async fn keep(desk: &Desk, call: &Call, actor: &Actor, client_id: &str, secret: Plain) -> FlowResult<Known> {
    let app = GitHub { client_id: client_id.to_owned(), client_secret: secret, site: desk.config.github.clone() };
    write(desk, call, actor, app, String::new(), None).await
}

async fn write(
    desk: &Desk,
    call: &Call,
    actor: &Actor,
    app: GitHub,
    page: String,
    owner: Option<Who>,
) -> FlowResult<Known> {
    let sealed_secret = desk.master.sealer(SETTING).seal(SETTING, app.client_secret.expose().as_bytes())?;
    let known = Known { client_id: app.client_id.clone(), page: page.clone() };
    let kept = Kept { client_id: app.client_id, sealed_secret, web: app.site.web, api: app.site.api, page };
    let text = serde_json::to_string(&kept).map_err(|e| StoreError::Other(e.to_string()))?;
    let (call, actor, application) = (call.clone(), actor.clone(), known.client_id.clone());
    desk.store
        .record(move |tx| {
            settings::set(tx, SETTING, &text)?;
            audit::record(tx, &call, &actor, &Event::GithubApplicationKept { application })?;
            if let Some(who) = owner
                && allowlist::add(tx, &who, Role::Administrator, person(&actor).as_ref(), call.now)?
            {
                let role = Role::Administrator.as_str();
                audit::record(tx, &call, &actor, &Event::AccessAdded { who: who.to_string(), role })?;
            }
            Ok(())
        })
        .await?;
    Ok(known)
}

fn state(desk: &Desk, seed: &str) -> String {
    forms::session_mark(desk, &format!("{SETTING} {seed}"))
}
