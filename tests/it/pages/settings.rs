//! Settings and health: what the server found about itself, and where each value of its configuration came from.

use doorbook::{
    base::upkeep::{Finding, Health, JobRun, Need},
    store::{findings, job_runs},
};

use crate::support::{
    app::{NOW, TestApp},
    form::form,
};

#[actix_web::test]
async fn values_are_shown_with_their_source_and_secrets_are_not() {
    let app = TestApp::with(&[("DOORBOOK_METRICS_TOKEN", "a-token-for-metrics-only")]).await;
    let grace = app.grace();
    let page = grace.goes("/admin/settings").await.page().page(200);
    for words in [
        "It has not looked at itself yet.",
        "SQLite 3.",
        "environment DOORBOOK_PUBLIC_URL",
        "https://auth.example",
        "<code>access_token_lifetime</code>",
        "doorbook.db",
        "None has run yet. What a job did",
    ] {
        assert!(page.contains(words), "{words} is not in {page}");
    }
    for secret in ["a-token-for-metrics-only", crate::support::github::CLIENT_SECRET] {
        assert!(!page.contains(secret), "{secret}");
    }
}

#[actix_web::test]
async fn the_server_looks_at_itself_when_it_is_asked() {
    let app = TestApp::start().await;
    let grace = app.grace();
    let page = grace.goes("/admin/settings").await.page().page(200);
    let done = grace.posts(&form(&page, "/settings/check"), None).await;
    let page = grace.follows(done).await.page().page(200);
    // Nothing is at that name here, and the clock of the story is not that of the faked GitHub.
    assert!(page.contains("https://auth.example cannot be reached from here"), "{page}");
    assert!(page.contains("Looked at everything:") && page.contains("None was taken yet. The book is new."), "{page}");
    app.audit().await.ends_with(["self_checked"]);
    let kept = app.desk.store.read(findings::all).await.unwrap();
    assert_eq!(kept.len(), Need::ALL.len());
    let audit = grace.opens("/admin/audit").await.page(200);
    assert!(audit.contains("The server was looked at"), "{audit}");
}

#[actix_web::test]
async fn what_is_wrong_stands_first_on_the_overview_and_leads_to_its_cure() {
    let app = TestApp::start().await;
    let finding = |need, health, found: &str| Finding { need, at: NOW, health, found: found.into() };
    let all = [
        finding(Need::Disk, Health::Warning, "Little is left."),
        finding(Need::Backup, Health::Bad, "The newest archive cannot be restored."),
        finding(Need::Clock, Health::Good, "It agrees."),
    ];
    let failed = JobRun {
        name: "move keys on".into(),
        began_at: NOW,
        took_ms: 1_234,
        done: 7,
        failure: Some("the disk is full".into()),
    };
    let write = move |tx: &mut doorbook::store::Tx<'_>| {
        findings::replace(tx, &all)?;
        job_runs::put(tx, &failed)
    };
    app.desk.store.record(write).await.unwrap();
    let grace = app.grace();
    let page = grace.goes("/admin").await.page().page(200);
    let (bad, warning) = (page.find("cannot be restored").unwrap(), page.find("Little is left").unwrap());
    assert!(bad < warning && !page.contains("It agrees."), "{page}");
    assert!(page.contains("/admin/backups\"") && page.contains("/admin/settings\""), "{page}");
    let page = grace.opens("/admin/settings").await.page(200);
    for words in ["2 of 3 things that it needs want to be seen to.", "See to it", "1,234 ms", "the disk is full"] {
        assert!(page.contains(words), "{words} is not in {page}");
    }
}
