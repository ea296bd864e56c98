//! The stranger's test: somebody who has never seen the dashboard does with it what it is there for. Each press and each key is
//! counted, and docs/DASHBOARD.md says the same numbers: who makes a path longer has to write it down there.

use std::path::Path;

use serde_json::json;

use crate::support::{
    browser::Browser,
    client::{TestClient, confidential_client},
    program::Program,
};

/// How long a person takes, after the keystroke-level model of Card, Moran and Newell, in hundredths of a second: to decide what
/// comes next, to bring the pointer there and press, to move a hand between mouse and keyboard, to type a letter.
const DECIDE: usize = 135;
const PRESS: usize = 130;
const HAND: usize = 40;
const KEY: usize = 28;

/// A hand that counts what it does.
struct Hand<'b> {
    browser: &'b Browser,
    presses: usize,
    keys: usize,
    fields: usize,
}

impl<'b> Hand<'b> {
    fn of(browser: &'b Browser) -> Self {
        Self { browser, presses: 0, keys: 0, fields: 0 }
    }

    /// Something that stands on a console or a page is clicked.
    async fn opens(&mut self, url: &str) {
        self.browser.opens(url).await;
        self.presses += 1;
    }

    async fn button(&mut self, words: &str) {
        self.browser.presses_button(words).await;
        self.presses += 1;
    }

    async fn link(&mut self, words: &str) {
        self.browser.follows_link(words).await;
        self.presses += 1;
    }

    /// Presses into a field and types.
    async fn types(&mut self, css: &str, text: &str) {
        self.browser.types(css, text).await;
        self.presses += 1;
        self.keys += text.chars().count();
        self.fields += 1;
    }

    /// `/`, what is looked for, Enter.
    async fn searches(&mut self, text: &str) {
        self.browser.searches(text).await;
        self.keys += text.chars().count() + 2;
        self.fields += 1;
    }

    /// Something beside the browser: a command that is typed.
    fn commands(&mut self, keys: usize) {
        self.keys += keys;
        self.fields += 1;
    }

    /// The row of the table in docs/DASHBOARD.md.
    fn row(&self, task: &str) -> String {
        let Self { presses, keys, fields, .. } = self;
        let time = presses * (DECIDE + PRESS) + fields * (DECIDE + 2 * HAND) + keys * KEY;
        format!("| {task} | {presses} | {keys} | {} |", time.div_ceil(100))
    }
}

#[actix_web::test]
async fn a_stranger_does_what_the_dashboard_is_for_in_few_presses() {
    let mut program = Program::fresh();
    let browser = Browser::start().await;
    let mut rows = Vec::new();

    let link = program.welcome.lines().last().unwrap().trim().to_owned();
    let mut hand = Hand::of(&browser);
    hand.opens(&link).await;
    hand.types("#name", "octavia").await;
    hand.button("Become administrator").await;
    rows.push(hand.row("become administrator by the link on the console"));

    let fancy = json!({"client_name": "Fancy Editor", "redirect_uris": ["fancy-editor://callback"]});
    program.post_json("/register", &fancy).await.is(400);
    let registration = program.registers(confidential_client()).await.registration;

    let mut hand = Hand::of(&browser);
    program.github().sits_down(42, "octavia");
    hand.link("Setup").await;
    hand.button("Create the GitHub App").await;
    // The page there has one button of its own; the fake presses it.
    hand.presses += 1;
    assert!(browser.reads(".flash").await.contains("Kept, encrypted"));
    // Ctrl-C, the line above, Enter.
    hand.commands(3);
    program.signal("INT");
    program.ended();
    program.is_kept = true;
    program.starts();
    hand.opens(&format!("{}/admin", program.at)).await;
    assert!(browser.url().await.ends_with("/admin"), "{}", browser.url().await);
    rows.push(hand.row("set up GitHub: make the application, start again, sign in"));

    let mut hand = Hand::of(&browser);
    hand.link("Access list").await;
    hand.types("#entries", "ada").await;
    hand.button("See what it changes").await;
    hand.button("Add 1 entry").await;
    assert!(browser.reads(".flash").await.contains("1 new entry is on the list"));
    rows.push(hand.row("let one person in"));

    let client = TestClient::registered(&program, registration);
    program.ada().connects(&client).await;
    let mut hand = Hand::of(&browser);
    hand.searches("fancy").await;
    assert!(browser.reads("main").await.contains("A redirect URI uses a scheme that is not on the list"));
    assert!(browser.reads("main").await.contains("fancy-editor://callback"));
    rows.push(hand.row("find out why a given client was refused"));

    let mut hand = Hand::of(&browser);
    hand.searches("workbench").await;
    hand.button("Rotate secret of").await;
    assert!(browser.reads("output").await.starts_with("dbs_"));
    hand.link("I have saved it").await;
    rows.push(hand.row("rotate one secret"));

    let mut hand = Hand::of(&browser);
    hand.searches("workbench").await;
    hand.button("Revoke…").await;
    hand.types("#word", "Workbench").await;
    hand.button("Revoke registration").await;
    assert!(browser.reads(".flash").await.contains("Workbench is revoked"));
    rows.push(hand.row("throw one client out"));
    browser.quits().await;

    let written = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/DASHBOARD.md")).unwrap();
    let missing: Vec<_> = rows.iter().filter(|row| !written.contains(row.as_str())).collect();
    assert!(missing.is_empty(), "docs/DASHBOARD.md does not say:\n{missing:#?}\n{}", rows.join("\n"));
}
