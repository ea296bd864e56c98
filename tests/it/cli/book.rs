//! The real program in a folder of its own: a server that runs or does not, and commands beside it.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use doorbook::{
    base::{
        issuer::Issuer,
        registration::RegistrationPolicy,
        time::Time,
        user::{Provider, Role, Who},
    },
    store::{
        Store, StoreResult, Tx,
        audit::{self, Filter},
        standing::Fixed,
    },
};
use serde_json::Value;

/// When what tests put into the book has happened: before any real present.
pub(crate) const THEN: Time = Time::from_unix(1_700_000_000);
/// And when it ends.
pub(crate) const FAR: Time = Time::from_unix(4_000_000_000);

/// A folder with a database, and the address of its server.
pub(crate) struct Book {
    folder: tempfile::TempDir,
    server: Option<Server>,
    bind: String,
}

/// A running server, and what it says: a server whose console goes away stops.
struct Server {
    program: Child,
    console: BufReader<ChildStdout>,
}

/// What a command said, and how it ended.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// What it printed, when it did what it should.
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        assert!(!self.out.contains("/claim"), "{}", self.out);
        self.out
    }

    /// The JSON it printed, when it did what it should.
    pub(crate) fn json(self) -> Value {
        let out = self.ok();
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
    }

    /// What it complained of, when it ended with that code and printed no result.
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{}", self.err);
        self.err
    }
}

impl Book {
    /// An empty folder.
    pub(crate) fn nowhere() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let bind = listener.local_addr().unwrap().to_string();
        Self { folder: tempfile::tempdir().unwrap(), server: None, bind }
    }

    /// The database of a server that has stopped.
    pub(crate) fn closed() -> Self {
        let mut book = Self::open();
        book.stop();
        book
    }

    /// The database of a server that runs.
    pub(crate) fn open() -> Self {
        let mut book = Self::nowhere();
        book.start();
        book
    }

    /// Starts a server and waits until it listens.
    pub(crate) fn start(&mut self) {
        let errors = self.folder.path().join("server.err");
        let mut command = self.command(&["serve"]);
        command.stdout(Stdio::piped()).stderr(File::create(&errors).unwrap());
        let mut program = command.spawn().unwrap();
        let mut server = Server { console: BufReader::new(program.stdout.take().unwrap()), program };
        let mut first = String::new();
        server.console.read_line(&mut first).unwrap();
        let errors = std::fs::read_to_string(errors).unwrap();
        assert!(first.contains("listens on"), "{first}{errors}");
        self.server = Some(server);
    }

    /// Asks the server to stop, and waits until it has.
    pub(crate) fn stop(&mut self) {
        let mut server = self.server.take().unwrap();
        assert!(Command::new("kill").arg(server.program.id().to_string()).status().unwrap().success());
        let ended = server.program.wait().unwrap();
        let errors = std::fs::read_to_string(self.folder.path().join("server.err")).unwrap();
        assert!(ended.success(), "{ended}: {errors}");
    }

    /// Ends the server without a word.
    pub(crate) fn kill(&mut self) {
        let mut server = self.server.take().unwrap().program;
        server.kill().unwrap();
        server.wait().unwrap();
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Makes a client with a secret: its id and the secret.
    pub(crate) fn client(&self, name: &str) -> (String, String) {
        let uri = "https://app.example/callback";
        let made = self.run(&["clients", "create", "--name", name, "--redirect-uri", uri, "--json"]).json();
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        (text("client_id"), text("client_secret"))
    }

    /// Writes into the book from outside of any program.
    pub(crate) async fn wrote(&self, work: impl FnOnce(&mut Tx<'_>) -> StoreResult<()> + Send + 'static) {
        self.store().record(work).await.unwrap();
    }

    /// What the command line did, as the audit log has it, oldest first.
    pub(crate) async fn done(&self) -> Vec<String> {
        let page = self.store().read(|reader| audit::page(reader, &Filter::default(), None, 500)).await.unwrap();
        let ours = page.rows.into_iter().rev().filter(|line| line.actor_kind == "command_line");
        ours.map(|line| line.event).collect()
    }

    /// The address of something at the server.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.bind)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("doorbook.db")
    }

    pub(crate) fn store(&self) -> Store {
        let fixed = Fixed {
            provider: Provider::Local,
            entries: vec![(Who::Everybody, Role::Member)],
            issuer: Issuer::parse(&self.url("")).unwrap(),
            registration: RegistrationPolicy::default(),
        };
        Store::open(&self.database(), THEN, |_| Ok(fixed)).unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_doorbook")));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null()).env_clear();
        command.env("DOORBOOK_PUBLIC_URL", self.url("")).env("DOORBOOK_BIND", &self.bind);
        command
    }
}

impl Drop for Book {
    fn drop(&mut self) {
        if self.server.is_some() {
            self.kill();
        }
    }
}
