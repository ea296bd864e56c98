//! The client lab against a server of its own kind: what real clients send is what these tests send.

use std::{fs, path::Path};

use doorbook::{
    lab::{self, Report, Server, Shape, Stage, Target, Verdict},
    store::clients,
};

use crate::support::app::TestApp;

const RESOURCE: &str = "https://mcp.example.com/mcp";
const PAGE: &str = "docs/CLIENTS.md";
const BEGIN: &str = "<!-- made by the client lab: begin -->\n";
const END: &str = "<!-- made by the client lab: end -->\n";

async fn plays(app: &TestApp, shapes: &[Shape]) -> Vec<Report> {
    let target = Target { issuer: app.issuer().to_owned(), resource: Some(RESOURCE.to_owned()), documents: false };
    let mut server = Server::new(target).unwrap();
    let mut reports = Vec::new();
    for shape in shapes {
        reports.push(lab::play(shape, &mut server).await);
    }
    reports
}

/// What became of one stage of one client.
fn verdict(report: &Report, stage: Stage) -> Option<Verdict> {
    report.steps.iter().find(|step| step.stage == stage).map(|step| step.verdict)
}

async fn registered(app: &TestApp) -> i64 {
    app.desk.store.read(|reader| clients::count(reader)).await.unwrap()
}

#[actix_web::test]
async fn every_client_gets_through_where_anybody_may_sign_in() {
    let app = TestApp::local().await;
    for report in plays(&app, &lab::named("all")).await {
        let stopped: Vec<_> = report.failures().collect();
        assert!(stopped.is_empty(), "{}: {stopped:#?}", report.client);
        for stage in [Stage::Discovery, Stage::Register, Stage::Authorize, Stage::SignIn, Stage::Token, Stage::Gone] {
            assert_eq!(verdict(&report, stage), Some(Verdict::Passed), "{} {stage:?}", report.client);
        }
        let refreshes = if report.name == "zed" { Verdict::Skipped } else { Verdict::Passed };
        assert_eq!(verdict(&report, Stage::Refresh), Some(refreshes), "{}", report.client);
        let asks_first = ["chatgpt", "inspector"].contains(&report.name);
        assert_eq!(verdict(&report, Stage::Preflight), asks_first.then_some(Verdict::Passed), "{}", report.client);
    }
    assert_eq!(registered(&app).await, 0, "nothing is left behind");
}

#[actix_web::test]
async fn where_a_person_is_needed_it_goes_as_far_as_it_can_and_cleans_up() {
    let app = TestApp::at_its_address(&[]).await;
    for report in plays(&app, &lab::named("all")).await {
        assert!(report.passed(), "{}: {:#?}", report.client, report.failures().collect::<Vec<_>>());
        assert_eq!(verdict(&report, Stage::SignIn), Some(Verdict::Skipped), "{}", report.client);
        assert_eq!(verdict(&report, Stage::Token), Some(Verdict::Passed), "{}", report.client);
        assert_eq!(verdict(&report, Stage::Refresh), None, "{}", report.client);
    }
    assert_eq!(registered(&app).await, 0, "nothing is left behind");
}

#[actix_web::test]
async fn what_stops_a_client_is_named_with_its_fix() {
    let app = TestApp::at_its_address(&[("DOORBOOK_REDIRECT_SCHEMES", "vscode")]).await;
    for report in plays(&app, &lab::named("all")).await {
        let own_scheme = ["cursor", "claude-desktop"].contains(&report.name);
        assert_eq!(report.passed(), !own_scheme, "{}", report.client);
        let Some(step) = report.failures().next() else { continue };
        assert_eq!(step.stage, Stage::Register);
        assert!(step.came.starts_with("400 invalid_redirect_uri: "), "{}", step.came);
        assert!(step.fix.as_deref().is_some_and(|fix| fix.contains("policy of registration")), "{:?}", step.fix);
    }
    assert_eq!(registered(&app).await, 0);

    let app = TestApp::at_its_address(&[("DOORBOOK_REGISTRATION", "closed")]).await;
    for report in plays(&app, &lab::named("codex")).await {
        let step = report.failures().next().unwrap();
        assert_eq!((step.stage, step.came.as_str()), (Stage::Register, "no registration_endpoint"));
    }

    let mut server =
        Server::new(Target { issuer: "http://127.0.0.1:1".into(), resource: None, documents: false }).unwrap();
    let report = lab::play(&lab::named("codex")[0], &mut server).await;
    let step = report.failures().next().unwrap();
    assert_eq!((step.stage, step.came.as_str(), report.steps.len()), (Stage::Discovery, "no connection", 1));
}

/// The matrix as the page shows it.
async fn matrix() -> String {
    let app = TestApp::local().await;
    let stages: Vec<_> = Stage::ALL.into_iter().filter(|stage| *stage != Stage::Document).collect();
    let names: Vec<_> = stages.iter().map(|stage| stage.name()).collect();
    let mut page =
        format!("| client | what is special | {} |\n|---|---|{}\n", names.join(" | "), "---|".repeat(names.len()));
    for report in plays(&app, &lab::named("all")).await {
        let cell = |stage: &Stage| match verdict(&report, *stage) {
            Some(Verdict::Passed) => "yes",
            Some(Verdict::Failed) => "**no**",
            Some(Verdict::Skipped) | None => "",
        };
        let cells: Vec<_> = stages.iter().map(cell).collect();
        page.push_str(&format!(
            "| {} (`{}`) | {} | {} |\n",
            report.client,
            report.name,
            report.note,
            cells.join(" | ")
        ));
    }
    page
}

fn page() -> (String, String, String) {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE)).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (matrix, after) = rest.split_once(END).unwrap();
    (before.to_owned(), matrix.to_owned(), after.to_owned())
}

#[actix_web::test]
async fn the_matrix_of_the_page_is_what_the_lab_finds() {
    let (_, written, _) = page();
    assert!(written == matrix().await, "{PAGE} is old: cargo test --test it write_the_matrix -- --ignored");
}

#[actix_web::test]
#[ignore = "writes docs/CLIENTS.md"]
async fn write_the_matrix() {
    let (before, _, after) = page();
    let text = format!("{before}{BEGIN}{}{END}{after}", matrix().await);
    fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE), text).unwrap();
}
