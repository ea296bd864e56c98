//! A real Chromium, driven through its own driver. Each has a driver process and a profile of its own.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use thirtyfour::{LoggingPrefsLogLevel, prelude::*};

/// How wide a page is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Width {
    Phone,
    Tablet,
    Desktop,
}

impl Width {
    pub(crate) const ALL: [Self; 3] = [Self::Phone, Self::Tablet, Self::Desktop];

    const fn pixels(self) -> (u32, u32) {
        match self {
            Self::Phone => (360, 740),
            Self::Tablet => (768, 1_024),
            Self::Desktop => (1_440, 900),
        }
    }
}

/// Without a screen, and without a way to anywhere but this computer.
const ARGUMENTS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-extensions",
    "--lang=en",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

/// Somebody's browser.
pub(crate) struct Browser {
    driver: Option<WebDriver>,
    process: Child,
    _profile: tempfile::TempDir,
}

impl Browser {
    pub(crate) async fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let (process, port) = (0..5).find_map(|_| chromedriver()).expect("chromedriver finds a port");
        let mut wanted = DesiredCapabilities::chrome();
        for argument in ARGUMENTS {
            wanted.add_arg(argument).unwrap();
        }
        wanted.add_arg(&format!("--user-data-dir={}", profile.path().display())).unwrap();
        wanted.set_browser_log_level(LoggingPrefsLogLevel::All).unwrap();
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), wanted).await.unwrap();
        let browser = Self { driver: Some(driver), process, _profile: profile };
        browser.looks(Width::Desktop, "light").await;
        browser
    }

    /// Ends it in good order.
    pub(crate) async fn quits(mut self) {
        self.driver.take().unwrap().quit().await.unwrap();
    }

    fn driver(&self) -> &WebDriver {
        self.driver.as_ref().unwrap()
    }

    /// From now on the window is so wide, and the system's theme `light` or `dark`.
    pub(crate) async fn looks(&self, width: Width, theme: &str) {
        let (width, height) = width.pixels();
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500});
        self.driver().cdp().send_raw("Emulation.setDeviceMetricsOverride", size).await.unwrap();
        let media = json!({"features": [
            {"name": "prefers-color-scheme", "value": theme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]});
        self.driver().cdp().send_raw("Emulation.setEmulatedMedia", media).await.unwrap();
    }

    /// Switches scripts off, or on again.
    pub(crate) async fn scripts(&self, on: bool) {
        self.driver().cdp().send_raw("Emulation.setScriptExecutionDisabled", json!({"value": !on})).await.unwrap();
    }

    pub(crate) async fn opens(&self, url: &str) {
        self.driver().goto(url).await.unwrap();
    }

    pub(crate) async fn url(&self) -> String {
        self.driver().current_url().await.unwrap().to_string()
    }

    pub(crate) async fn source(&self) -> String {
        self.driver().source().await.unwrap()
    }

    /// What a person reads in the first element of that selector.
    pub(crate) async fn reads(&self, css: &str) -> String {
        self.one(css).await.text().await.unwrap()
    }

    pub(crate) async fn count(&self, css: &str) -> usize {
        self.driver().find_all(By::Css(css)).await.unwrap().len()
    }

    pub(crate) async fn types(&self, css: &str, text: &str) {
        let field = self.one(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Ticks a box, or takes one of several.
    pub(crate) async fn ticks(&self, css: &str) {
        let element = self.one(css).await;
        element.scroll_into_view().await.unwrap();
        element.click().await.unwrap();
    }

    /// Presses the element of that selector, and waits for the next page.
    pub(crate) async fn presses(&self, css: &str) {
        self.leaves_by(&self.one(css).await).await;
    }

    async fn leaves_by(&self, element: &WebElement) {
        element.scroll_into_view().await.unwrap();
        element.click().await.unwrap();
        element.wait_until().stale().await.unwrap();
    }

    /// Presses the button that says this, and waits for the next page.
    pub(crate) async fn presses_button(&self, words: &str) {
        let path = format!("//button[contains(normalize-space(.), \"{words}\")]");
        let button = self.driver().query(By::XPath(&path)).and_displayed().first().await;
        let button = match button {
            Ok(button) => button,
            Err(error) => panic!("no button says {words:?} at {}: {error}", self.url().await),
        };
        self.leaves_by(&button).await;
    }

    /// Follows the link that says this.
    pub(crate) async fn follows_link(&self, words: &str) {
        let path = format!("//a[contains(normalize-space(.), \"{words}\")]");
        let link = self.driver().query(By::XPath(&path)).and_displayed().first().await;
        self.leaves_by(&link.unwrap_or_else(|error| panic!("no link says {words:?}: {error}"))).await;
    }

    /// Presses `/`, types what is looked for, and Enter.
    pub(crate) async fn searches(&self, words: &str) {
        let page = self.one("body").await;
        let typed = self.driver().action_chain().send_keys(format!("/{words}")).send_keys(Key::Enter);
        typed.perform().await.unwrap();
        page.wait_until().stale().await.unwrap();
    }

    // By keyboard alone

    /// Presses these keys, wherever the focus is.
    pub(crate) async fn keys(&self, keys: impl Into<TypingData>) {
        self.driver().action_chain().send_keys(keys).perform().await.unwrap();
    }

    /// Presses these keys, and waits for the next page.
    pub(crate) async fn leaves_with(&self, keys: impl Into<TypingData>) {
        self.leaves_after(self.keys(keys)).await;
    }

    /// Waits until there is one of these to see.
    pub(crate) async fn waits_for(&self, css: &str) {
        let found = self.driver().query(By::Css(css)).and_displayed().first().await;
        found.unwrap_or_else(|error| panic!("no {css} came: {error}"));
    }

    /// Presses Tab until the focus is on what is called so. Wherever it comes by, it can be seen where it is.
    pub(crate) async fn tabs_to(&self, words: &str) {
        let ask = "const at = document.activeElement, labels = [...(at.labels || [])];
            const seen = [at, ...labels].some((el) => getComputedStyle(el).outlineStyle !== 'none');
            return [seen, [at.ariaLabel, ...labels.map((label) => label.textContent), at.textContent].join(' ')]";
        let mut past = Vec::new();
        for _ in 0..100 {
            self.keys(Key::Tab).await;
            let at = self.driver().execute(ask, Vec::new()).await.unwrap();
            let (seen, name) = (at.json()[0].as_bool(), at.json()[1].as_str().unwrap_or_default().to_owned());
            assert_eq!(seen, Some(true), "nobody sees that the focus is on {name:?}");
            if name.split_whitespace().collect::<Vec<_>>().join(" ").contains(words) {
                return;
            }
            past.push(name);
        }
        panic!("no Tab leads to {words:?} at {}: {past:?}", self.url().await);
    }

    /// Waits until the page goes away by itself, which it does after that.
    pub(crate) async fn leaves_after(&self, cause: impl Future<Output = ()>) {
        let page = self.one("main").await;
        cause.await;
        page.wait_until().stale().await.unwrap();
    }

    async fn one(&self, css: &str) -> WebElement {
        match self.driver().query(By::Css(css)).first().await {
            Ok(element) => element,
            Err(error) => panic!("no {css} at {}: {error}", self.url().await),
        }
    }

    /// The page as it is at every width, light and dark: nothing runs over its side, nothing was refused or broken. Leaves
    /// a picture of each for people to look at, in `target/tmp/pictures`.
    pub(crate) async fn pictures(&self, name: &str) {
        for theme in ["light", "dark"] {
            for width in Width::ALL {
                self.looks(width, theme).await;
                let over = self
                    .driver()
                    .execute("return document.documentElement.scrollWidth - window.innerWidth", Vec::new())
                    .await
                    .unwrap();
                assert!(over.json().as_i64() <= Some(0), "{name} at {width:?}: {:?} px over the side", over.json());
                let file = folder().join(format!("{name}-{}-{theme}.png", format!("{width:?}").to_lowercase()));
                self.picture(&file).await;
                self.shuts_nobody_out(name).await;
            }
        }
        self.looks(Width::Desktop, "light").await;
        self.complains_of_nothing().await;
    }

    /// What axe holds against the page as it is shown now, by WCAG 2.2 AA and its own good practice: nothing.
    async fn shuts_nobody_out(&self, name: &str) {
        let there = self.driver().execute("return typeof axe", Vec::new()).await.unwrap();
        if there.json() == "undefined" {
            // As a script of the page it would be refused; and once a page is enough.
            self.driver().execute(format!("{}; window.axe = axe;", axe()), Vec::new()).await.unwrap();
        }
        let ask = "axe.run(document).then(arguments[arguments.length - 1]);";
        let found = self.driver().execute_async(ask, Vec::new()).await.unwrap();
        let found: Vec<_> = found.json()["violations"].as_array().unwrap().iter().map(barrier).collect();
        assert!(found.is_empty(), "{name}:\n{}", found.join("\n"));
    }

    /// The whole page, not only what fits the window.
    async fn picture(&self, file: &Path) {
        let wanted = json!({"format": "png", "captureBeyondViewport": true});
        let picture = self.driver().cdp().send_raw("Page.captureScreenshot", wanted).await.unwrap();
        let bytes = STANDARD.decode(picture["data"].as_str().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }

    /// What the window shows now, small enough for a document.
    pub(crate) async fn snapshot(&self, file: &Path) {
        let wanted = json!({"format": "webp", "quality": 72});
        let picture = self.driver().cdp().send_raw("Page.captureScreenshot", wanted).await.unwrap();
        std::fs::write(file, STANDARD.decode(picture["data"].as_str().unwrap()).unwrap()).unwrap();
    }

    /// Types into the field that `/` leads to, and waits for what stands under it.
    pub(crate) async fn looks_for(&self, words: &str) {
        self.driver().action_chain().send_keys(format!("/{words}")).perform().await.unwrap();
        self.driver().query(By::Css(".found li")).and_displayed().first().await.unwrap();
    }

    /// What the console says of a page that is refused on purpose.
    pub(crate) async fn forgets_complaints(&self) {
        self.driver().browser_log().await.unwrap();
    }

    /// Nothing on the console: no violation of the content security policy, no missing file, no error of the script.
    pub(crate) async fn complains_of_nothing(&self) {
        let log = self.driver().browser_log().await.unwrap();
        assert!(log.is_empty(), "{log:?}");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A driver that is dropped says goodbye and waits for the answer; after a failure there is nobody to give one.
        self.driver.take().map(WebDriver::leak);
        end(&mut self.process);
    }
}

/// Asks the driver to go, which takes its Chromium with it.
fn end(process: &mut Child) {
    drop(Command::new("kill").arg(process.id().to_string()).stderr(Stdio::null()).status());
    drop(process.wait());
}

/// A driver and the port that it says it listens on; `None` when somebody else took that port from it.
fn chromedriver() -> Option<(Child, u16)> {
    let mut process = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver is there: scripts/test installs it");
    let said = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
    let port =
        said.filter_map(|line| line.split_once("started successfully on port ")?.1.trim_end_matches('.').parse().ok());
    match port.take(1).last() {
        Some(port) => Some((process, port)),
        None => {
            end(&mut process);
            None
        }
    }
}

/// The checker, as `tests/clients/install` brought it.
fn axe() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/node/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(file).expect("axe is here: tests/clients/install brings it")
}

/// One thing that axe holds against a page, and where.
fn barrier(found: &Value) -> String {
    let places = found["nodes"].as_array().unwrap().iter().map(|node| node["html"].to_string());
    format!("{} ({}):\n  {}", found["help"], found["id"], places.collect::<Vec<_>>().join("\n  "))
}

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pictures");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
