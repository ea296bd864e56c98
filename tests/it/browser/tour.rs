//! The pictures of docs/DASHBOARD.md, taken of the program over a large book. scripts/pictures fills the book and starts this.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::support::{
    browser::{Browser, Width},
    client::public_client,
    program::Program,
};

/// Who looks: the first person of every filled book.
const KEEPER: (u64, &str) = (583_231, "octavia-kern");
/// No picture is larger.
const LARGEST: u64 = 110_000;

/// Page by page: the picture, the path, how wide, in which theme.
const PAGES: &[(&str, &str, Width, &str)] = &[
    ("overview", "/admin?period=7d", Width::Desktop, "light"),
    ("overview-dark", "/admin?period=30d#figures", Width::Desktop, "dark"),
    ("refusals", "/admin/refusals?period=7d", Width::Desktop, "light"),
    ("clients", "/admin/clients", Width::Desktop, "light"),
    ("clients-phone", "/admin/clients?q=claude", Width::Phone, "light"),
    ("people", "/admin/people", Width::Desktop, "light"),
    ("grants", "/admin/grants", Width::Desktop, "dark"),
    ("access", "/admin/access", Width::Desktop, "light"),
    ("resources", "/admin/resources", Width::Desktop, "light"),
    ("resource", "/admin/resources/https%3A%2F%2Ffiles.example.com%2Fmcp", Width::Desktop, "light"),
    ("policy", "/admin/policy", Width::Desktop, "light"),
    ("tokens", "/admin/tokens", Width::Desktop, "light"),
    ("approvals", "/admin/approvals", Width::Desktop, "light"),
    ("keys", "/admin/keys", Width::Desktop, "light"),
    ("audit", "/admin/audit", Width::Desktop, "dark"),
    ("settings", "/admin/settings", Width::Desktop, "light"),
    ("me-phone", "/me", Width::Phone, "dark"),
];

fn pictures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures")
}

/// The filled book, in a folder that goes away again.
fn book() -> tempfile::TempDir {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = tempfile::tempdir_in(target).unwrap();
    for file in fs::read_dir(target.join("tour")).expect("scripts/pictures fills a book first") {
        let file = file.unwrap();
        fs::rename(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    folder
}

async fn takes(browser: &Browser, name: &str) {
    let file = pictures().join(format!("{name}.webp"));
    browser.snapshot(&file).await;
    let size = file.metadata().unwrap().len();
    assert!(size <= LARGEST, "{name} has {size} bytes");
}

#[actix_web::test]
#[ignore = "scripts/pictures starts it"]
async fn takes_the_pictures_of_the_tour() {
    let program = Program::over(book(), KEEPER.1);
    program.github().sits_down(KEEPER.0, KEEPER.1);
    fs::create_dir_all(pictures()).unwrap();
    let browser = Browser::start().await;
    let at = |path: &str| format!("{}{path}", program.at);
    browser.opens(&at("/admin")).await;
    for (name, path, width, theme) in PAGES {
        browser.looks(*width, theme).await;
        browser.opens(&at(path)).await;
        takes(&browser, name).await;
    }
    browser.looks(Width::Desktop, "light").await;
    browser.opens(&at("/admin/refusals?period=30d&q=DB-409")).await;
    browser.presses("table.reg a.name").await;
    takes(&browser, "client").await;
    browser.presses_button("Revoke…").await;
    takes(&browser, "revoke").await;
    browser.opens(&at("/admin")).await;
    browser.looks_for("clau").await;
    takes(&browser, "search").await;
    browser.opens(&at("/admin/people")).await;
    browser.presses("table.reg a.login").await;
    takes(&browser, "person").await;

    // What people see who only want to let a client in.
    let client = program.registers(public_client()).await;
    browser.looks(Width::Phone, "light").await;
    browser.opens(&at(&client.asks().path())).await;
    takes(&browser, "consent-phone").await;
    browser.quits().await;
}
