//! Backups in the dashboard: taken, looked through, listed, and given to no browser.

use doorbook::web::routes::{Door, table};

use crate::support::{app::TestApp, form::form};

#[actix_web::test]
async fn one_is_taken_and_looked_through_again() {
    let folder = tempfile::tempdir().unwrap();
    let app = TestApp::with(&[("DOORBOOK_BACKUP_FOLDER", folder.path().to_str().unwrap())]).await;
    let grace = app.grace();
    let page = grace.goes("/admin/backups").await.page().page(200);
    assert!(page.contains("There is none in "), "{page}");
    let done = grace.posts(&form(&page, "/admin/backups"), None).await;
    let page = grace.follows(done).await.page().page(200);
    let file = "doorbook-20270115-080000.tar";
    assert!(page.contains(&format!("Taken, and it can be restored: {file}.")) && page.contains("Whole"), "{page}");
    assert!(page.contains("doorbook restore ") && page.contains("scp -p "), "{page}");
    app.audit().await.ends_with(["backup_taken"]);

    let archive = folder.path().join(file);
    let mut bytes = std::fs::read(&archive).unwrap();
    bytes.iter_mut().skip(4_096).step_by(64).for_each(|byte| *byte ^= 0xff);
    std::fs::write(&archive, bytes).unwrap();
    let done = grace.posts(&form(&page, "/backups/check"), None).await;
    let page = grace.follows(done).await.page().page(200);
    assert!(page.contains("cannot be restored") && page.contains("Broken"), "{page}");
    app.audit().await.ends_with(["backup_checked"]);
    let settings = grace.opens("/admin/settings").await.page(200);
    let done = grace.posts(&form(&settings, "/settings/check"), None).await;
    let settings = grace.follows(done).await.page().page(200);
    assert!(settings.contains("The newest archive cannot be restored"), "{settings}");
    let again = grace.posts(&form(&page, "/admin/backups"), None).await.page(409);
    assert!(again.contains("The backup could not be written"), "{again}");

    std::fs::remove_file(&archive).unwrap();
    let settings = grace.opens("/admin/settings").await.page(200);
    assert!(!settings.contains("cannot be restored"), "what is gone warns nobody: {settings}");
    let done = grace.posts(&form(&page, "/admin/backups"), None).await;
    grace.follows(done).await.page().page(200);
    std::fs::write(&archive, "broken").unwrap();
    let page = grace.opens("/admin/backups").await.page(200);
    grace.posts(&form(&page, "/backups/check"), None).await;
    assert!(grace.opens("/admin/settings").await.page(200).contains("cannot be restored"), "it is looked at at once");
}

#[actix_web::test]
async fn without_a_folder_the_page_says_how_one_is_had() {
    let app = TestApp::start().await;
    let grace = app.grace();
    let page = grace.goes("/admin/backups").await.page().page(200);
    assert!(page.contains("DOORBOOK_BACKUP_FOLDER=") && !page.contains("Take a backup"), "{page}");
}

#[test]
fn no_address_gives_one_out() {
    let behind = table().into_iter().filter(|entry| matches!(entry.door, Door::Admin | Door::Api));
    let paths: Vec<_> = behind.flat_map(|entry| entry.paths).filter(|path| path.contains("backup")).collect();
    let known = ["/admin/backups", "/admin/backups/check", "/admin/api/v1/backups", "/admin/api/v1/backups/{id}/check"];
    assert!(paths.len() == known.len() && paths.iter().all(|path| known.contains(path)), "{paths:?}");
}
