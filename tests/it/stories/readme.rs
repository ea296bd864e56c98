//! The README's walk, taken as it stands there: its commands in a real shell, the person's steps by a person.

use std::process::Command;

use reqwest::Method;

use crate::support::{app::TestApp, person::Landing};

/// The commands of the walk, in the order in which a newcomer types them.
fn commands(app: &TestApp) -> Vec<String> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let blocks = text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.map(|block| block.replace("http://127.0.0.1:8000", &app.at)).collect()
}

/// Types commands into a shell in the server's folder that knows these variables; gives what they print.
async fn types(app: &TestApp, commands: &str, known: &[(&str, &str)]) -> String {
    let mut shell = Command::new("bash");
    shell.arg("-euo").arg("pipefail").arg("-c").arg(commands).current_dir(app.folder());
    shell.envs(known.iter().copied());
    let done = tokio::task::spawn_blocking(move || shell.output().unwrap()).await.unwrap();
    assert!(done.status.success(), "{commands}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

#[actix_web::test]
async fn the_readme_leads_a_newcomer_to_a_token_and_to_its_end() {
    let app = TestApp::local().await;
    let [register, ask, exchange, knock] = commands(&app).try_into().expect("four blocks of commands");
    let typed: usize = [&register, &ask, &exchange, &knock].iter().map(|block| block.trim().lines().count()).sum();
    assert!(typed < 10, "{typed} commands");

    let id = types(&app, &format!("{register}\nprintf ' %s' $ID"), &[]).await;
    let id = id.rsplit(' ').next().unwrap();
    let address = types(&app, &ask, &[("ID", id)]).await;
    let ada = app.ada();
    let page = ada.goes(address.trim().strip_prefix(app.at.as_str()).unwrap()).await.page();
    let Landing::Client(back) = ada.decides(&page, "approve").await else { panic!("not let in") };
    let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let told = types(&app, &format!("{exchange}\nprintf ' %s' $TOKEN"), &[("ID", id), ("CODE", &code)]).await;
    assert!(told.contains("HTTP/1.1 200 OK") && told.contains("x-user-id: local:ada"), "{told}");
    let token = told.rsplit(' ').next().unwrap();

    let management = std::fs::read_to_string(app.folder().join("client.json")).unwrap();
    let registration: serde_json::Value = serde_json::from_str(&management).unwrap();
    let request = app.request(Method::DELETE, registration["registration_client_uri"].as_str().unwrap());
    app.send(request.bearer_auth(registration["registration_access_token"].as_str().unwrap())).await.is(204);
    let shut = types(&app, &knock, &[("TOKEN", token)]).await;
    assert!(shut.contains("HTTP/1.1 401"), "{shut}");
}
