//! How the server is, its settings and its backups, as programs read them.

use doorbook::base::api_token::ApiRole;
use serde_json::{Value, json};

use super::program::{Program, refused};
use crate::support::app::TestApp;

#[actix_web::test]
async fn a_program_reads_how_the_server_is() {
    let app = TestApp::start().await;
    let program = Program::of(&app, ApiRole::Write).await;
    let before = program.get("/health").await.body();
    assert_eq!((&before["checks"], &before["jobs"]), (&json!([]), &json!([])));
    let health = program.does("/health/check").await.body();
    let checks = health["checks"].as_array().unwrap();
    let named: Vec<_> = checks.iter().map(|check| check["what"].as_str().unwrap()).collect();
    assert_eq!(named, ["public_url", "github", "clock", "disk", "audit", "backup", "keys", "jobs", "registrations"]);
    assert_eq!(checks[0]["health"], "bad", "{health}");
    app.audit().await.ends_with(["self_checked"]);
    let server = program.get("/server").await.body();
    assert_eq!(server["attention"][0]["what"], "public_url", "{server}");

    let settings = program.get("/settings").await.body();
    let of = |option: &str| {
        let all = settings["items"].as_array().unwrap();
        all.iter().find(|setting| setting["option"] == option).unwrap().clone()
    };
    assert_eq!(of("public_url")["source"], "environment DOORBOOK_PUBLIC_URL");
    assert_eq!((&of("backup_folder")["value"], &of("backup_folder")["source"]), (&Value::Null, &json!("default")));
    assert!(!of("github_client_secret")["value"].as_str().unwrap().contains(crate::support::github::CLIENT_SECRET));
}

#[actix_web::test]
async fn a_program_takes_a_backup_and_gets_none() {
    let app = TestApp::start().await;
    let program = Program::of(&app, ApiRole::Write).await;
    refused(&program.does("/backups").await, 409, "DB-753");

    let folder = tempfile::tempdir().unwrap();
    let app = TestApp::with(&[("DOORBOOK_BACKUP_FOLDER", folder.path().to_str().unwrap())]).await;
    let program = Program::of(&app, ApiRole::Write).await;
    let taken = program.does("/backups").await.is(201).json();
    assert_eq!((&taken["taken"], &taken["trouble"]), (&taken["checked"], &Value::Null));
    assert_eq!(program.get("/backups").await.body()["items"], json!([taken]));
    let at = format!("/backups/{}/check", taken["file"].as_str().unwrap());
    assert_eq!(program.does(&at).await.body(), taken);
    app.audit().await.ends_with(["backup_taken", "backup_checked"]);
    refused(&program.does("/backups/..%2Fdoorbook.key/check").await, 404, "DB-804");
    let looks = Program::of(&app, ApiRole::Read).await;
    assert_eq!(looks.does("/backups").await.status, 403);
}
