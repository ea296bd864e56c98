//! Every form of the table, sent once: without the mark of its session it does nothing, with it it leaves its line in the audit
//! log. A route without a row here fails, so that none is forgotten.

use std::collections::BTreeMap;

use doorbook::{
    base::{
        api_token::ApiRole,
        client::Departure,
        event::Actor,
        id::{ClientId, GrantId},
        key::KeyPurpose,
    },
    flows::{departures, first_run, keys},
    store::{clients, initial_tokens},
    web::routes::{Door, Entry, Verb, table},
};
use serde_json::json;
use tempfile::TempDir;

use crate::support::{
    answer::Answer,
    app::TestApp,
    client::{TestClient, confidential_client, public_client},
    form::{Form, form},
    person::Person,
    store::{digest, initial_token},
};

/// One action of the administrator or of somebody at their own page.
struct Deed {
    /// Its line of the table.
    route: &'static str,
    /// The page whose form is filled; empty where the fields are all there is.
    page: &'static str,
    /// What is sent; `@name` stands for something of the [`World`].
    fields: &'static [(&'static str, &'static str)],
    /// The event in the log; empty for what only looks.
    leaves: &'static str,
}

const fn deed(route: &'static str, fields: &'static [(&'static str, &'static str)], leaves: &'static str) -> Deed {
    Deed { route, page: "", fields, leaves }
}

const fn at(page: &'static str, deed: Deed) -> Deed {
    Deed { page, ..deed }
}

const SURE: (&str, &str) = ("confirm", "yes");
const APPROVE: (&str, &str) = ("decision", "approve");
const CLIENT: (&str, &str) = ("client_id", "@client");
const NOTES: &str = "https://notes.example/mcp";
const FILES: &str = "https://files.example/mcp";
const CALL: &[(&str, &str)] = &[("uri", NOTES), ("target", FILES)];

/// All of them, in an order in which each finds what it is done to.
const DEEDS: &[Deed] = &[
    deed(
        "admin-clients",
        &[
            ("client_name", "Nightly job"),
            ("redirect_uris", "https://jobs.example/cb"),
            ("token_endpoint_auth_method", "none"),
            ("grant_types", "authorization_code"),
        ],
        "client_created",
    ),
    deed("admin-clients-bulk", &[("action", "disable"), ("client_id", "@unused"), SURE], "client_disabled"),
    deed("admin-client-approve", &[("client_id", "@waiting")], "approval_decided"),
    deed("admin-client-disable", &[CLIENT, SURE], "client_disabled"),
    deed(
        "admin-client-edit",
        &[
            CLIENT,
            ("client_name", "Workbench of Ada"),
            ("redirect_uris", "https://workbench.example/callback"),
            ("token_endpoint_auth_method", "client_secret_post"),
            ("grant_types", "authorization_code"),
            SURE,
        ],
        "client_updated",
    ),
    deed("admin-client-enable", &[CLIENT], "client_enabled"),
    deed("admin-client-trust", &[CLIENT], "client_trusted"),
    deed("admin-client-untrust", &[CLIENT], "client_trusted"),
    deed("admin-client-secret", &[CLIENT, ("overlap", "3600")], "secret_rotated"),
    deed("admin-client-old-secret", &[CLIENT], "old_secret_ended"),
    deed("admin-client-token", &[CLIENT], "registration_token_rotated"),
    deed("admin-client-token-end", &[CLIENT, SURE], "registration_token_revoked"),
    deed("admin-grants-revoke", &[("grant_id", "@adas"), SURE], "grant_revoked"),
    deed("admin-client-tokens", &[("client_id", "@other"), SURE, ("typed", "Notebook")], "tokens_revoked"),
    deed("admin-client-revoke", &[("client_id", "@unused"), SURE], "client_revoked"),
    deed("admin-client-revive", &[("client_id", "@retired")], "client_revived"),
    deed("admin-person-suspend", &[("user_id", "github:3"), SURE], "user_suspended"),
    deed("admin-person-restore", &[("user_id", "github:3")], "user_restored"),
    deed("admin-person-revoke", &[("user_id", "github:3"), SURE, ("typed", "hedy")], "tokens_revoked"),
    deed("admin-access-add", &[("entries", "linus"), ("role", "member"), SURE], "access_added"),
    deed("admin-access-remove", &[("entry_id", "member.linus"), SURE], "access_removed"),
    deed("admin-api-tokens", &[("label", "Report"), ("role", "read"), ("life", "90")], "api_token_made"),
    deed("admin-api-token-revoke", &[("token_id", "@api"), SURE], "api_token_revoked"),
    at("/admin/tokens", deed("admin-tokens", &[("label", "The other desk")], "initial_token_made")),
    deed("admin-tokens-revoke", &[("token_id", "dbit_desk"), SURE], "initial_token_revoked"),
    at("/admin/policy", deed("admin-policy", &[("look_alikes", "refuse"), SURE], "policy_changed")),
    deed("admin-policy-reset", &[("member", "look_alikes"), SURE], "policy_changed"),
    deed("admin-policy-restore", &[("version", "0"), SURE], "policy_changed"),
    deed("admin-policy-allow", &[("scheme", "notes"), SURE], "policy_changed"),
    deed("admin-resources", &[("uri", NOTES), ("name", "Notes")], "resource_added"),
    deed("admin-resource-edit", &[("uri", NOTES), ("name", "All notes")], "resource_changed"),
    deed("admin-resource-credential", &[("uri", NOTES)], "resource_secret_issued"),
    deed("admin-resource-try", &[("uri", NOTES), ("token", "not a token")], "token_tried"),
    deed("admin-calls-allow", CALL, "call_allowed"),
    deed("admin-calls-forbid", CALL, "call_forbidden"),
    deed("admin-scope-say", &[("scope", "mcp"), ("words", "Use its tools")], "scope_worded"),
    deed("admin-resource-remove", &[("uri", NOTES), SURE], "resource_removed"),
    deed("admin-audit-verify", &[], "audit_checked"),
    deed("admin-backups", &[], "backup_taken"),
    at("/admin/backups", deed("admin-backup-check", &[], "backup_checked")),
    deed("admin-settings-check", &[], "self_checked"),
    deed("admin-key-retire", &[("kid", "@next"), SURE], "key_retired"),
    deed("admin-keys-rotate", &[("when", "later")], "key_made"),
    deed("admin-key-revoke", &[("kid", "@signing"), SURE, ("typed", "revoke")], "key_revoked"),
    at("/admin/approvals", deed("admin-approvals-decide", &[("reach", "group"), APPROVE], "approval_decided")),
    at("/admin/approvals", deed("admin-approvals-take-back", &[], "approval_taken_back")),
    deed("admin-setup-keep", &[("client_id", "Iv1.desk"), ("client_secret", "kept")], "github_application_kept"),
    // It leads on to GitHub; what GitHub made is kept on the way back, and written down then.
    deed("admin-setup-github", &[("public_url", "https://door.example")], ""),
    deed("admin-setup-check", &[], ""),
    deed("me-revoke", &[("grant_id", "@own")], "grant_revoked"),
    deed("me-revoke-all", &[], "tokens_revoked"),
    at("/me", deed("me-sign-out", &[], "sessions_ended")),
    deed("me-sign-out-all", &[], "sessions_ended"),
];

/// The names of what the deeds are done to.
pub(crate) type World = BTreeMap<&'static str, String>;

/// A server with something in it for each deed, and the folder of its backups.
pub(crate) async fn world() -> (TempDir, TestApp, World) {
    let backups = tempfile::tempdir().unwrap();
    let folder = backups.path().to_str().unwrap();
    let app = TestApp::with(&[("ALLOWED_GITHUB_USERS", "ada, hedy"), ("DOORBOOK_BACKUP_FOLDER", folder)]).await;
    let world = furnished(&app).await;
    (backups, app, world)
}

async fn furnished(app: &TestApp) -> World {
    let client = app.registers(confidential_client()).await;
    let (other, unused, retired) = (app.client().await, app.client().await, app.client().await);
    let people = [app.ada(), Person::new(app, 3, "hedy"), app.grace()];
    for person in &people {
        person.connects(&client).await;
        person.connects(&other).await;
    }
    let (id, call) = (ClientId::new(&*retired.id), app.call());
    let retire = move |tx: &mut doorbook::store::Tx<'_>| {
        let entry = clients::find(tx, &id)?.unwrap();
        departures::strike_out(tx, &call, entry, Departure::Unused, None)
    };
    app.desk.store.record(retire).await.unwrap();
    app.desk.store.record(|tx| initial_tokens::insert(tx, &initial_token("dbit_desk"), &digest(1))).await.unwrap();
    let next = keys::rotate(&app.desk, &app.call(), Actor::CommandLine, KeyPurpose::AccessTokens, false).await.unwrap();
    let waiting = somebody_waits(app).await;
    app.protects(FILES).await;
    World::from([
        ("@next", next.id.to_string()),
        ("@signing", app.desk.keys.ring().signing().id.to_string()),
        ("@adas", grant(app, "github:1", &client).await.to_string()),
        ("@own", grant(app, "github:2", &client).await.to_string()),
        ("@client", client.id.clone()),
        ("@other", other.id.clone()),
        ("@waiting", waiting),
        ("@unused", unused.id.clone()),
        ("@retired", retired.id.clone()),
        ("@api", app.api_token(ApiRole::Read).await.token.id.to_string()),
    ])
}

/// From now on an administrator is asked about clients that are new, and about one of them now. Gives the id of one
/// more, which nobody has met.
async fn somebody_waits(app: &TestApp) -> String {
    let grace = app.grace();
    let policy = form(&grace.goes("/admin/policy").await.page().page(200), "/admin/policy");
    grace.posts(&policy.fill("registration", "approval").fill("confirm", "yes"), None).await.is(303);
    let mut body = public_client();
    body["client_name"] = json!("New here");
    app.ada().consented(&app.registers(body.clone()).await).await;
    body["client_name"] = json!("New too");
    app.registers(body).await.id.clone()
}

async fn grant(app: &TestApp, user: &str, client: &TestClient<'_>) -> GrantId {
    let lines = app.audit().await.lines;
    let is_it = |line: &&doorbook::store::audit::Line| {
        line.user.as_ref().is_some_and(|id| id.as_str() == user)
            && line.client.as_ref().is_some_and(|id| id.as_str() == client.id)
    };
    lines.iter().filter(is_it).find_map(|line| line.grant.clone()).unwrap()
}

/// The lines of the table that take a form from somebody who is signed in.
fn forms_behind(doors: &[Door]) -> Vec<Entry> {
    let takes_form = |entry: &Entry| entry.verbs.iter().any(|(verb, _)| *verb == Verb::Post);
    table().into_iter().filter(|entry| doors.contains(&entry.door) && takes_form(entry)).collect()
}

/// The log has that event by that actor among its lines after the first so many; no line at all, where the event is empty.
pub(crate) async fn leaves(app: &TestApp, before: usize, (event, actor): (&str, &str), route: &str) {
    let log = app.audit().await;
    let new: Vec<_> = log.lines.iter().skip(before).map(|line| (&*line.event, &*line.actor)).collect();
    let is_good = if event.is_empty() { new.is_empty() } else { new.contains(&(event, actor)) };
    assert!(is_good, "{route} is to leave {event:?}, and left {new:?}");
}

/// The lines of the table for which there are deeds, each of which is done once.
pub(crate) struct Routes<T>(BTreeMap<&'static str, T>);

impl<T> FromIterator<(&'static str, T)> for Routes<T> {
    fn from_iter<I: IntoIterator<Item = (&'static str, T)>>(all: I) -> Self {
        Self(all.into_iter().collect())
    }
}

impl<T> Routes<T> {
    pub(crate) fn take(&mut self, name: &str) -> T {
        self.0.remove(name).unwrap_or_else(|| panic!("{name} is no route, or twice here"))
    }

    pub(crate) fn are_done(self) {
        let left: Vec<_> = self.0.into_keys().collect();
        assert!(left.is_empty(), "no deed is here for {left:?}");
    }
}

#[actix_web::test]
async fn every_action_leaves_its_line() {
    let (_backups, app, world) = world().await;
    let (grace, elsewhere) = (app.grace(), app.grace());
    for browser in [&grace, &elsewhere] {
        browser.goes("/admin").await.page().page(200);
    }
    let forms = forms_behind(&[Door::Admin, Door::Person]).into_iter();
    let mut routes: Routes<_> = forms.map(|entry| (entry.name, entry)).collect();
    for deed in DEEDS {
        let entry = routes.take(deed.route);
        let path = entry.paths[0];
        let mut form = match deed.page {
            "" => {
                let mark = form(&grace.opens("/me").await.page(200), "/sign-out").value("csrf").to_owned();
                Form { action: path.to_owned(), ..Form::default() }.fill("csrf", &mark)
            }
            page => form(&grace.opens(page).await.page(200), path),
        };
        for (name, value) in deed.fields {
            form = form.fill(name, world.get(value).map_or(*value, String::as_str));
        }
        let before = app.audit().await.lines.len();
        let answer = grace.posts(&form, None).await;
        assert!(matches!(answer.status, 200 | 303), "{}: {} {}", deed.route, answer.status, answer.text());
        leaves(&app, before, (deed.leaves, "github:2"), deed.route).await;
    }
    routes.are_done();
}

/// A form of a public page as a person has it before them, and the event that it leaves.
struct AtPage<'a> {
    person: Person<'a>,
    form: Form,
    button: Option<(&'static str, &'static str)>,
    leaves: &'static str,
}

/// `None` for what changes nothing: it leads on to a sign-in, or asks a question.
async fn at_page<'a>(app: &'a TestApp, local: &'a TestApp, route: &str) -> Option<AtPage<'a>> {
    let approve = Some(APPROVE);
    let page = |answer: Answer| answer.page(200);
    Some(match route {
        "authorize" | "login-github" => return None,
        "consent" => {
            let (person, client) = (app.ada(), app.client().await);
            let form = form(&page(person.asked(&client.asks()).await.page()), "/consent");
            AtPage { person, form, button: approve, leaves: "consent_given" }
        }
        "device" => {
            let grant = "urn:ietf:params:oauth:grant-type:device_code";
            let body = json!({"client_name": "Box", "token_endpoint_auth_method": "none", "grant_types": [grant]});
            let client = app.registers(body).await;
            let told = client.posts("/device_authorization", &[], &[]).await.body();
            let (person, code) = (app.ada(), told["user_code"].as_str().unwrap());
            let form = form(&page(person.goes(&format!("/device?user_code={code}")).await.page()), "/device");
            AtPage { person, form, button: approve, leaves: "consent_given" }
        }
        "login-local" => {
            let person = local.ada();
            let html = page(person.follows(person.opens("/admin").await).await.page());
            let form = form(&html, "/login/local").fill("name", "ada");
            AtPage { person, form, button: None, leaves: "signed_in" }
        }
        "claim" => {
            let person = local.ada();
            let link = first_run::claim_link(&local.desk, &local.call()).await.unwrap().unwrap();
            let form = form(&page(person.opens(&link).await), "/claim").fill("name", "ada");
            AtPage { person, form, button: None, leaves: "administrator_claimed" }
        }
        "sign-out" => {
            let person = app.ada();
            let form = form(&page(person.goes("/me").await.page()), "/sign-out");
            AtPage { person, form, button: None, leaves: "signed_out" }
        }
        other => panic!("nobody fills the form of {other} here"),
    })
}

#[actix_web::test]
async fn every_form_of_a_public_page_needs_its_mark_and_leaves_its_line() {
    let (app, local) = (TestApp::start().await, TestApp::local().await);
    for entry in forms_behind(&[Door::Browser]) {
        let Some(AtPage { person, form, button, leaves }) = at_page(&app, &local, entry.name).await else { continue };
        let names = async || [app.audit().await.names, local.audit().await.names].concat();
        let before = names().await.iter().filter(|name| *name == leaves).count();
        let own = form.value("csrf").to_owned();
        assert!(!own.is_empty(), "{}: the form has no mark", entry.name);
        let cut = own.get(1..).unwrap();
        for mark in ["", "wrong", cut] {
            let answer = person.posts(&form.clone().fill("csrf", mark), button).await;
            assert_eq!(answer.status, 403, "{} with {mark:?}: {}", entry.name, answer.text());
        }
        assert_eq!(names().await.iter().filter(|name| *name == leaves).count(), before, "{}", entry.name);
        let answer = person.posts(&form, button).await;
        assert!(matches!(answer.status, 200 | 302 | 303), "{}: {}", entry.name, answer.text());
        assert_eq!(names().await.iter().filter(|name| *name == leaves).count(), before + 1, "{}", entry.name);
    }
}
