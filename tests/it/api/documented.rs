//! docs/API.md is true: its commands work, and its table has every operation, every page and every command that it names.

use std::{collections::BTreeSet, process::Command};

use doorbook::{
    base::api_token::ApiRole,
    web::{
        api::describe,
        routes::{Door, table},
    },
};
use serde_json::Value;

use super::program::Program;
use crate::support::app::TestApp;

fn page() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/API.md")).unwrap()
}

/// The rows of the table: page, API, command, each empty or between backticks.
fn rows(page: &str) -> Vec<[String; 3]> {
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| what |"));
    let cells = |line: &str| {
        let all: Vec<String> = line.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect();
        [all[2].clone(), all[3].clone(), all[4].clone()]
    };
    rows.map(cells).collect()
}

#[test]
fn the_table_has_every_operation_and_names_nothing_else() {
    let description = serde_json::to_value(describe::description()).unwrap();
    let mut described = BTreeSet::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        let path = path.strip_prefix("/admin/api/v1").unwrap();
        described.extend(item.as_object().unwrap().keys().map(|method| format!("{} {path}", method.to_uppercase())));
    }
    let rows = rows(&page());
    assert!(rows.len() > 40, "{}", rows.len());
    let named: BTreeSet<_> = rows.iter().map(|[_, api, _]| api.clone()).filter(|api| !api.is_empty()).collect();
    assert_eq!(named, described);

    let behind: Vec<_> = table().into_iter().filter(|entry| entry.door == Door::Admin).collect();
    for [page, ..] in rows.iter().filter(|[page, ..]| !page.is_empty()) {
        let (method, path) = page.split_once(' ').unwrap();
        let path = format!("/admin{}", path.trim_end_matches('/'));
        let answers = |verb: &str| verb.split(", ").any(|known| known == method);
        let found = behind.iter().any(|entry| entry.paths.contains(&&*path) && answers(&entry.allow()));
        assert!(found, "{page} is no page");
    }
}

#[test]
fn every_command_is_one() {
    let commands: BTreeSet<_> = rows(&page()).into_iter().map(|[_, _, command]| command).collect();
    for command in commands.iter().filter(|command| !command.is_empty()) {
        let words: Vec<_> = command.split(' ').skip(1).collect();
        let help = Command::new(env!("CARGO_BIN_EXE_doorbook")).args(&words).arg("--help").output().unwrap();
        assert!(help.status.success(), "{command}: {}", String::from_utf8_lossy(&help.stderr));
        let usage = String::from_utf8_lossy(&help.stdout).into_owned();
        let name = words.iter().filter(|word| !word.starts_with('-')).copied().collect::<Vec<_>>().join(" ");
        assert!(usage.contains(&format!("Usage: doorbook {name}")), "{command}: {usage}");
    }
}

#[actix_web::test]
async fn its_examples_work_as_they_stand_there() {
    let app = TestApp::start().await;
    let program = Program::of(&app, ApiRole::Write).await;
    let robot =
        app.writes(serde_json::json!({ "client_name": "Robot", "redirect_uris": ["https://a.example/cb"] })).await;
    let text = page();
    let blocks = text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let mut answers = Vec::new();
    for line in blocks.flat_map(str::lines) {
        let mut shell = Command::new("bash");
        shell.args(["-euc", &line.replace("https://auth.example.com", &app.at)]);
        shell.env("TOKEN", &program.token).env("ID", &robot.id);
        let done = tokio::task::spawn_blocking(move || shell.output().unwrap()).await.unwrap();
        assert!(done.status.success(), "{line}: {}", String::from_utf8_lossy(&done.stderr));
        answers.push(serde_json::from_slice::<Value>(&done.stdout).unwrap_or_else(|error| panic!("{line}: {error}")));
    }
    let [server, clients, effect, rotated, refused] = answers.try_into().expect("five examples");
    assert_eq!(server["token"]["token_id"], program.id);
    assert_eq!((&clients["items"][0]["client_id"], &clients["next"]), (&Value::from(&*robot.id), &Value::Null));
    assert_eq!(effect["grants"], 0);
    assert!(rotated["client_secret"].is_string(), "{rotated}");
    assert_eq!((&refused["reason"], &refused["error"]), (&"DB-104".into(), &"invalid_client_metadata".into()));
}
