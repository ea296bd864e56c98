//! Doorbook as people run it: the program, in a process of its own, with the machine's clock. GitHub is the fake.

use std::{
    fs,
    fs::{File, OpenOptions},
    io::{BufRead as _, BufReader},
    net::TcpListener,
    ops::Deref,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use doorbook::base::issuer::Issuer;

use super::{
    app::ISSUER,
    github::{self, GitHub},
    reach::Reach,
};

/// A running program, and the folder it works in.
pub(crate) struct Program {
    reach: Reach,
    folder: tempfile::TempDir,
    child: Child,
    /// What is set in its environment, beside where everything is.
    set: Vec<(&'static str, &'static str)>,
    /// Somebody keeps the book: it makes no claim link when it starts.
    pub(crate) is_kept: bool,
    /// What it said on standard output until it listened.
    pub(crate) welcome: String,
}

impl Program {
    /// Starts it with everything logged that can be, and waits until it listens.
    pub(crate) fn start() -> Self {
        let set = [KNOWN_TO_GITHUB, &[("DOORBOOK_PUBLIC_URL", ISSUER), ("ALLOWED_GITHUB_USERS", "ada,grace")]];
        Self::begin(tempfile::tempdir().unwrap(), set.concat(), Some(ISSUER))
    }

    /// Starts it as it is when somebody has just installed it: nothing is set, and no GitHub application is there.
    pub(crate) fn fresh() -> Self {
        Self::begin(tempfile::tempdir().unwrap(), Vec::new(), None)
    }

    /// Starts it on the database in that folder, at its own address; that login at GitHub keeps the book.
    pub(crate) fn over(folder: tempfile::TempDir, keeper: &'static str) -> Self {
        let set = [KNOWN_TO_GITHUB, &[("ADMIN_GITHUB_USERS", keeper)]];
        Self::begin(folder, set.concat(), None)
    }

    fn begin(folder: tempfile::TempDir, set: Vec<(&'static str, &'static str)>, issuer: Option<&str>) -> Self {
        // A port that nobody has: the program must know it beforehand, because its own name depends on it.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let at = format!("http://{port}");
        let issuer = Issuer::parse(issuer.unwrap_or(&at)).unwrap();
        let reach = Reach::new(issuer, at, GitHub::start(1, "ada"));
        let is_kept = set.iter().any(|(name, _)| *name == "ADMIN_GITHUB_USERS");
        let (child, welcome) = spawn(folder.path(), &reach, &set, is_kept);
        Self { reach, folder, child, set, is_kept, welcome }
    }

    /// Kills it in the middle of whatever it does, and starts it anew on what is left.
    pub(crate) fn killed_and_started(&mut self) {
        self.kill();
        self.starts();
    }

    /// SIGKILL: it hears nothing of it.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// A signal through a shared reference: from the middle of requests that are still on their way.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end, and gives its exit code.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Starts it on what is there.
    pub(crate) fn starts(&mut self) {
        self.reach.reconnect();
        (self.child, self.welcome) = spawn(self.folder.path(), &self.reach, &self.set, self.is_kept);
    }

    /// Everything it ever logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Runs another command of the program in the same folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> std::process::Output {
        command(self.folder.path(), &self.reach, &self.set).args(arguments).output().unwrap()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Deref for Program {
    type Target = Reach;
    fn deref(&self) -> &Reach {
        &self.reach
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The application that the fake GitHub knows.
const KNOWN_TO_GITHUB: &[(&str, &str)] =
    &[("GITHUB_CLIENT_ID", github::CLIENT_ID), ("GITHUB_CLIENT_SECRET", github::CLIENT_SECRET)];

fn command(folder: &Path, reach: &Reach, set: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doorbook"));
    command
        .env_clear()
        .current_dir(folder)
        .env("DOORBOOK_BIND", reach.at.trim_start_matches("http://"))
        .env("DOORBOOK_RATE_LIMIT", "off")
        .env("DOORBOOK_LOG_LEVEL", "trace")
        .env("GITHUB_URL", &reach.github().url)
        .env("GITHUB_API_URL", format!("{}/api", reach.github().url))
        .envs(set.iter().copied());
    command
}

fn spawn(folder: &Path, reach: &Reach, set: &[(&str, &str)], is_kept: bool) -> (Child, String) {
    let log: File = OpenOptions::new().create(true).append(true).open(folder.join("log")).unwrap();
    let mut child = command(folder, reach, set).arg("serve").stdout(Stdio::piped()).stderr(log).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut welcome = String::new();
    // The welcome is written at once; its last line is the claim link, while nobody keeps the book.
    let last = if is_kept { "  Metadata " } else { "/claim?claim=" };
    for line in lines.by_ref() {
        welcome += &format!("{}\n", line.unwrap());
        if welcome.contains(last) {
            break;
        }
    }
    assert!(welcome.contains("listens on"), "it ended: {}", fs::read_to_string(folder.join("log")).unwrap());
    (child, welcome)
}
