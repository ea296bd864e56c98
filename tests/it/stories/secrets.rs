//! Everything that Doorbook ever handed out in a story is searched for where it must not be: in what the program logs at the
//! most talkative level, in the bytes of the database, its journals and the backup.

use std::{fs, path::Path};

use crate::support::{client::confidential_client, form::form, github, program::Program};

/// Where a secret is found in a file, compressed or not.
fn found(secret: &str, bytes: &[u8]) -> bool {
    let needle = secret.as_bytes();
    bytes.windows(needle.len()).any(|window| window == needle)
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            all.push((path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()));
        }
    }
    all
}

#[actix_web::test]
async fn log_01_log_02_no_secret_is_in_the_log_the_database_or_the_backup() {
    let mut program = Program::start();
    let mut secrets: Vec<(&str, String)> = Vec::new();
    let claim = program.welcome.split("claim=").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    secrets.push(("claim link", claim.clone()));
    secrets.push(("GitHub's secret", github::CLIENT_SECRET.into()));

    let grace = program.grace();
    let page = grace.opens(&format!("/claim?claim={claim}")).await.page(200);
    let answer = grace.posts(&form(&page, "/claim"), None).await;
    let dashboard = grace.follows(answer).await.page().page(200);
    secrets.push(("mark of a session", form(&dashboard, "/sign-out").value("csrf").to_owned()));

    let ada = program.ada();
    for body in [confidential_client(), crate::support::client::public_client()] {
        let client = program.registers(body).await;
        secrets.push(("registration token", client.registration_token().to_owned()));
        secrets.extend(client.secret.clone().map(|secret| ("client secret", secret)));
        let ask = client.asks();
        let first = ada.opens(&ask.path()).await;
        if let Some(url) = first.header("location").split("state=").nth(1) {
            secrets.push(("state for GitHub", url.split('&').next().unwrap().to_owned()));
        }
        let question = ada.follows(first).await.page();
        let form = form(&question.text(), "/consent");
        secrets.push(("parked request", form.value("request").to_owned()));
        let code = ada.code(&ask, ada.decides(&question, "approve").await);
        secrets.push(("code", code.code.clone()));
        secrets.push(("verifier", code.verifier.clone()));
        let tokens = client.exchanges(&code).await.ok();
        let next = client.refreshes(&tokens).await.ok();
        client.refreshes(&tokens).await.ok();
        client.exchanges(&code).await.refused(400, "invalid_grant");
        let last = ada.connects(&client).await;
        for pair in [&tokens, &next, &last] {
            secrets.push(("access token", pair.access.clone()));
            secrets.push(("refresh token", pair.refresh.clone()));
        }
        program.gate(&last.access).await.is(200);
        program.gate(&next.access).await.refused(401, "invalid_token");
        client.reads().await.is(200);
        client.introspects(&last.access).await;
        // What goes wrong must not spill it either.
        client.exchanges_with(&code, &[("code_verifier", "")]).await.is(400);
        client.posts("/token", &[("grant_type", &last.refresh)], &[]).await.is(400);
        program.post_form("/token", &[("client_id", &last.refresh), ("client_secret", &last.access)]).await.is(401);
        program.get(&format!("/{}", "not-a-secret")).await.is(404);
        client.revokes(&last.refresh).await.is(200);
    }
    for person in [&grace, &ada] {
        let jar = person.jar.borrow();
        secrets.extend(jar.values().map(|value| ("cookie", value.clone())));
    }
    assert!(secrets.len() >= 25 && secrets.iter().all(|(_, secret)| secret.len() >= 20), "{secrets:?}");

    // A session's key inside of its cookie is encrypted there; what the store keeps is a digest of the key.
    let backup = program.command(&["backup", "book.backup"]);
    assert!(backup.status.success(), "{}", String::from_utf8_lossy(&backup.stderr));
    let said = [backup.stdout, backup.stderr].concat();
    let mut places = files(&program.file("."));
    let names: Vec<_> = places.iter().map(|(name, _)| name.as_str()).collect();
    for name in ["doorbook.db", "doorbook.db-wal", "log", "book.backup"] {
        assert!(names.contains(&name), "{name} is not among {names:?}");
    }
    places.push(("what the command said".into(), said));
    for name in ["doorbook.db", "doorbook.db-wal", "doorbook.key", "book.backup"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(program.file(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name} is for its owner only");
    }
    // Refusals and uses are written down a moment later, or when the server stops.
    program.signal("TERM");
    assert_eq!(program.ended(), Some(0));
    places.extend(files(&program.file(".")));
    for (kind, secret) in &secrets {
        for (name, bytes) in &places {
            assert!(!found(secret, bytes), "{kind} is in {name}");
        }
    }
    // The search itself finds what is there.
    let (_, log) = places.iter().find(|(name, _)| name == "log").unwrap();
    assert!(found("/token", log) && found("not-a-secret", log), "{}", program.log());
    assert!(found("Workbench", &places.iter().find(|(name, _)| name == "doorbook.db-wal").unwrap().1));
}
