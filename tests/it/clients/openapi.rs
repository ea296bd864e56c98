//! The API's description, read by a validator, and the API itself, asked by a property-based tester whatever its description
//! allows and much that it does not.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use doorbook::{
    base::api_token::ApiRole,
    store::grants::{self, Filter},
    web::api::describe,
};

use super::process::command;
use crate::{
    api::program::Program,
    support::app::{NOW, TestApp},
};

/// How long the tester asks, in seconds.
const TIME: &str = "45";
/// The same questions at each run.
const SEED: &str = "1";

/// A program of `tests/clients/openapi`.
fn tool(name: &str, folder: &Path) -> Command {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/openapi/.venv/bin").join(name);
    assert!(installed.exists(), "{name} is not here: run tests/clients/install");
    let mut command = command(&installed, folder);
    command.current_dir(folder);
    command
}

fn told(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

fn written(folder: &Path) -> PathBuf {
    let path = folder.join("openapi.json");
    fs::write(&path, serde_json::to_string(&describe::description()).unwrap()).unwrap();
    path
}

/// A book with something of everything in it, and its ids for half of the questions: most of what is made up is not there.
async fn furnished(app: &TestApp) -> String {
    let mut clients = Vec::new();
    for _ in 0..20 {
        let client = app.client().await;
        app.ada().connects(&client).await;
        clients.push(client.id.clone());
    }
    app.writes(serde_json::json!({ "client_name": "Robot", "redirect_uris": ["https://robot.example/cb"] })).await;
    let page = app.desk.store.read(|reader| grants::page(reader, &Filter::default(), None, 50, NOW)).await.unwrap();
    let grants = page.rows.into_iter().map(|line| line.grant.id.to_string()).collect();
    let resource = app.protects("https://tools.example/mcp").await.uri.to_string();
    let known = [
        ("clients", clients),
        ("people", vec!["github:1".to_owned(), "github:2".to_owned()]),
        ("grants", grants),
        ("access", vec!["member.ada".to_owned(), "administrator.grace".to_owned()]),
        ("resources", vec![resource]),
    ];
    let one = |(tag, values): (&str, Vec<String>)| {
        let bound = format!("{{ id = {{ dictionary = \"{tag}\", probability = 0.5 }} }}");
        format!(
            "[dictionaries.{tag}]\nvalues = {values:?}\n[[operations]]\ninclude-tag = \"{tag}\"\nparameters = {bound}\n"
        )
    };
    known.into_iter().map(one).collect()
}

#[test]
fn the_description_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path());
    let output = tool("openapi-spec-validator", folder.path()).args(["--schema", "3.1"]).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
}

#[actix_web::test]
async fn nothing_that_is_asked_breaks_it_or_is_answered_as_nobody_wrote_down() {
    let app = TestApp::start().await;
    let program = Program::of(&app, ApiRole::Write).await;
    let folder = tempfile::tempdir().unwrap();
    let ids = furnished(&app).await;
    fs::write(folder.path().join("schemathesis.toml"), ids).unwrap();
    let mut tester = tool("schemathesis", folder.path());
    tester.arg("run").arg(written(folder.path())).args(["--url", &app.at]);
    tester.args(["--header", &format!("Authorization: Bearer {}", program.token)]);
    // What a description cannot say: that a URL or a cursor must be one of ours.
    tester.args(["--exclude-checks", "positive_data_acceptance"]);
    // The token that asks must not end itself on the way.
    tester.args(["--exclude-operation-id", "api-tokens_revoke"]);
    tester.args(["--max-time", TIME, "--seed", SEED, "--continue-on-failure", "--no-color"]);
    let output = tokio::task::spawn_blocking(move || tester.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", told(&output));
    program.get("/server").await.is(200);
}
