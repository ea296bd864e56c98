//! From a fresh start to a server in use, by the page.

use std::{path::Path, sync::Arc};

use doorbook::{
    base::{
        call::Call,
        user::{Role, Who},
    },
    config::{Config, Overrides, SignIn, Sources},
    flows::{
        Desk,
        first_run::{self, Opening, StartError},
    },
    store::settings,
};
use reqwest::Method;
use url::Url;

use crate::support::{
    app::{NOW, TestApp},
    form::{form, forms},
    github::{CLIENT_ID, CLIENT_SECRET, Mood},
    person::Person,
};

/// A fresh server in local mode whose book Hedy keeps.
async fn fresh() -> TestApp {
    TestApp::local().await
}

async fn keeper(app: &TestApp) -> Person<'_> {
    let link = first_run::claim_link(&app.desk, &app.call()).await.unwrap().unwrap();
    let hedy = Person::new(app, 42, "hedy");
    let page = hedy.opens(&link).await.page(200);
    let filled = form(&page, "/claim").fill("name", "hedy");
    hedy.follows(hedy.posts(&filled, None).await).await.page().page(200);
    hedy
}

/// Presses the button, goes on to GitHub, presses Create there. Gives where GitHub sends the browser back to.
async fn creates(app: &TestApp, hedy: &Person<'_>, public_url: &str) -> Url {
    let page = hedy.opens("/admin/setup").await.page(200);
    let answer = hedy.posts(&form(&page, "/setup/github").fill("public_url", public_url), None).await;
    assert!(!answer.header("content-security-policy").contains("form-action"), "the form goes to GitHub");
    let onward = forms(&answer.page(200)).remove(0);
    assert!(onward.action.starts_with(&app.github().url), "{onward:?}");
    app.github().sits_down(42, "hedy");
    let sent = app.send(app.http.post(&onward.action).form(&onward.fields)).await;
    sent.location()
}

/// The same database, started with that public URL and nothing about GitHub.
async fn started(folder: &Path, public_url: &str) -> Result<Arc<Desk>, StartError> {
    let database = folder.join("doorbook.db").display().to_string();
    let env = [("DATABASE_URL", database.as_str()), ("DOORBOOK_PUBLIC_URL", public_url)];
    let env = env.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let loaded = Config::load(&Overrides::default(), &Sources { env, ..Sources::default() });
    let config = loaded.unwrap_or_else(|refused| panic!("{:?}", refused.errors)).config;
    first_run::open(config, &Call::inside(NOW, "start"), Opening::Server).await
}

#[actix_web::test]
async fn each_step_looks_for_itself() {
    let app = fresh().await;
    let hedy = keeper(&app).await;
    let page = hedy.opens("/admin/setup").await.page(200);
    assert!(page.contains("0 of 6 are done") && page.contains("any name signs in"), "{page}");
    app.protects("https://mcp.example/").await;
    let page = hedy.opens("/admin/setup").await.page(200);
    assert!(page.contains("1 of 6 are done") && page.contains("https://mcp.example/ is in the register"), "{page}");
    let answer = hedy.posts(&form(&page, "/setup/check"), None).await;
    assert!(hedy.follows(answer).await.page().page(200).contains("leads here"));

    let done = TestApp::start().await;
    done.protects("https://mcp.example/").await;
    let client = done.client().await;
    let tokens = done.ada().connects(&client).await;
    done.gate_at("https://mcp.example/", Some(&tokens.access)).await.is(200);
    done.desk.write_uses().await.unwrap();
    done.desk.write_tallies().await.unwrap();
    let page = done.grace().goes("/admin/setup").await.page().page(200);
    assert!(page.contains("Everything is done"), "{page}");
    assert!(!done.grace().goes("/admin").await.page().page(200).contains("/admin/setup"), "it has left the contents");
}

#[actix_web::test]
async fn one_press_makes_the_application_and_the_next_start_signs_in_with_it() {
    let app = fresh().await;
    let hedy = keeper(&app).await;
    let back = creates(&app, &hedy, "https://door.example/").await;
    let manifest = app.github().manifest();
    let here = app.desk.config.issuer.url("/callback");
    assert_eq!(manifest["callback_urls"], serde_json::json!(["https://door.example/callback", here]));
    let page = hedy.follows(hedy.opens(back.as_str()).await).await.page().page(200);
    assert!(page.contains("Kept, encrypted") && page.contains("counts from the next start on"), "{page}");
    let audit = app.audit().await;
    audit.has("github_application_kept");
    assert!(!format!("{:?}", audit.lines).contains(CLIENT_SECRET));
    let kept = app.desk.store.read(|reader| settings::get(reader, "github application")).await.unwrap().unwrap();
    assert!(!kept.contains(CLIENT_SECRET) && kept.contains(CLIENT_ID), "{kept}");

    let desk = started(&app.folder(), "https://door.example").await.unwrap();
    let SignIn::GitHub(github) = &desk.config.sign_in else { panic!("not GitHub") };
    assert_eq!((github.client_id.as_str(), github.client_secret.expose()), (CLIENT_ID, CLIENT_SECRET));
    assert_eq!(github.site.web, app.github().url);
    assert!(desk.store.standing().access().has_administrator(), "who made it keeps the book");
    let entries = desk.store.read(doorbook::store::allowlist::entries).await.unwrap();
    assert!(entries.iter().any(|e| e.who == Who::Number("42".into()) && e.role == Role::Administrator));
}

#[actix_web::test]
async fn without_an_application_nobody_elsewhere_can_reach_it() {
    let folder = tempfile::tempdir().unwrap();
    let Err(refused) = started(folder.path(), "https://door.example").await else { panic!("it started") };
    assert!(refused.to_string().contains("GITHUB_CLIENT_ID") && refused.to_string().contains("loopback"), "{refused}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
    let app = fresh().await;
    assert!(matches!(started(&app.folder(), "https://door.example").await, Err(StartError::NoGitHub)));
}

#[actix_web::test]
async fn what_comes_back_must_belong_to_this_browser() {
    let app = fresh().await;
    let hedy = keeper(&app).await;
    let back = creates(&app, &hedy, "https://door.example").await;
    let forged = back.as_str().replace("state=", "state=x");
    assert!(hedy.opens(&forged).await.page(400).contains("DB-"));
    let stranger = Person::new(&app, 7, "mallory");
    assert_ne!(stranger.sends(stranger.request(Method::GET, back.as_str())).await.status, 200);
    app.github().is(Mood::Broken);
    hedy.opens(back.as_str()).await.page(502);
    app.github().is(Mood::Well);
    assert_eq!(hedy.opens(back.as_str()).await.status, 303);
    hedy.opens(back.as_str()).await.page(400);
    let page = hedy.opens("/admin/setup").await.page(200);
    let wrong = hedy.posts(&form(&page, "/setup/github").fill("public_url", "http://door.example"), None).await;
    assert!(wrong.page(422).contains("This is no public URL"));
}

#[actix_web::test]
async fn an_application_that_is_there_already_is_kept_too() {
    let app = fresh().await;
    let hedy = keeper(&app).await;
    let page = hedy.opens("/admin/setup").await.page(200);
    assert!(page.contains(&app.desk.config.issuer.url("/callback")));
    let keep = form(&page, "/setup/github/keep");
    let half = hedy.posts(&keep.clone().fill("client_id", CLIENT_ID), None).await.page(422);
    assert!(half.contains("Both are needed") && half.contains("details class=\"more\" open"), "{half}");
    let whole = keep.fill("client_id", CLIENT_ID).fill("client_secret", CLIENT_SECRET);
    hedy.follows(hedy.posts(&whole, None).await).await.page().page(200);
    let desk = started(&app.folder(), "https://door.example").await.unwrap();
    assert!(matches!(&desk.config.sign_in, SignIn::GitHub(github) if github.client_id == CLIENT_ID));
    assert!(!desk.store.standing().access().has_administrator(), "the claim link makes one");
}
