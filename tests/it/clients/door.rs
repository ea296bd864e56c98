//! The real program in local mode, with one protected server in its book.

use std::{io::Write as _, path::Path};

use doorbook::store::audit::{self, Filter};
use serde_json::Value;

use super::process::{Process, Story, command};
use crate::{
    proxies::recipe::{Kind, free_port},
    support::{
        github::{self, GitHub},
        store,
    },
};

/// Doorbook on a port of its own, and the address of the server that it protects.
pub(crate) struct Door {
    folder: tempfile::TempDir,
    process: Process,
    pub(crate) issuer: String,
    pub(crate) resource: String,
    /// How Doorbook is configured.
    options: Vec<(&'static str, String)>,
    /// What the programs are told besides.
    told: Vec<(&'static str, String)>,
}

impl Door {
    /// Starts Doorbook and waits until it listens. It is its own host.
    pub(crate) fn open() -> Self {
        Self::open_at("")
    }

    /// The same, under a path of its host.
    pub(crate) fn open_at(path: &str) -> Self {
        Self::start(path, free_port(), &[], "")
    }

    /// With more in its configuration file.
    pub(crate) fn open_with(file: &str) -> Self {
        Self::start("", free_port(), &[], file)
    }

    /// With OpenID Connect: clients may ask who signed in.
    pub(crate) fn open_with_openid() -> Self {
        Self::start("", free_port(), &[("DOORBOOK_SCOPES", "openid profile mcp offline_access")], "")
    }

    /// It trusts that authority too, when it fetches the documents of clients.
    pub(crate) fn open_that_trusts(root: &str) -> Self {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(root.as_bytes()).unwrap();
        Self::start("", free_port(), &[("DOORBOOK_OUTBOUND_CA_FILE", file.path().to_str().unwrap())], "")
    }

    /// Not in local mode: people come from that GitHub, the proxy of that kind asks the gate, and the protected server is
    /// known at `port`.
    pub(crate) fn open_to(github: &GitHub, kind: Kind, port: u16) -> Self {
        let api = format!("{}/api", github.url);
        let mut door = Self::start(
            "",
            port,
            &[
                ("GITHUB_CLIENT_ID", github::CLIENT_ID),
                ("GITHUB_CLIENT_SECRET", github::CLIENT_SECRET),
                ("GITHUB_URL", &github.url),
                ("GITHUB_API_URL", &api),
                ("ALLOWED_GITHUB_USERS", "ada"),
                ("DOORBOOK_PROXY_HEADERS", kind.name()),
            ],
            "",
        );
        door.told.push(("PERSON_KNOWS", github.url.clone()));
        door
    }

    fn start(path: &str, port: u16, more: &[(&'static str, &str)], tables: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bind = format!("127.0.0.1:{}", free_port());
        let issuer = format!("http://{bind}{path}");
        let resource = format!("http://127.0.0.1:{port}/mcp");
        let file = format!("[[resources]]\nurl = \"{resource}\"\nname = \"Whoami\"\nscopes = [\"mcp\"]\n{tables}");
        std::fs::write(folder.path().join("doorbook.toml"), file).unwrap();
        let mut options: Vec<_> = more.iter().map(|&(name, value)| (name, value.to_owned())).collect();
        options.extend([("DOORBOOK_PUBLIC_URL", issuer.clone()), ("DOORBOOK_BIND", bind)]);
        let mut doorbook = command(Path::new(env!("CARGO_BIN_EXE_doorbook")), folder.path());
        doorbook.envs(options.iter().cloned());
        let process = Process::start(doorbook, folder.path(), "doorbook");
        let first = process.line().unwrap_or_else(|| panic!("Doorbook ended: {}", process.errors()));
        assert!(first.contains("listens on"), "{first}");
        Self { folder, process, issuer, resource, options, told: Vec::new() }
    }

    /// Starts a protected server and waits until it listens.
    pub(crate) fn protect(&self, program: &Program) -> Process {
        self.protect_with(program, &[])
    }

    /// The same; `more` is what the server is told besides.
    pub(crate) fn protect_with(&self, program: &Program, more: &[&str]) -> Process {
        let server = self.run(program, &[&[self.resource.as_str(), &self.issuer], more].concat());
        let first = server.line().unwrap_or_else(|| panic!("the protected server ended: {}", server.errors()));
        assert!(first.contains("listening"), "{first}");
        server
    }

    /// What the administrator gets for the protected server: a credential of its own.
    pub(crate) fn credential(&self) -> String {
        let said = self.administrator(&["resources", "credential", &self.resource]);
        said["credential"].as_str().unwrap().to_owned()
    }

    /// Lets the protected server call another one of the register.
    pub(crate) fn allows_call(&self, target: &str) {
        self.administrator(&["resources", "calls", "allow", &self.resource, target]);
    }

    /// The registration of a client that the administrator makes.
    pub(crate) fn client(&self, metadata: &Value) -> Value {
        std::fs::write(self.folder.path().join("client.json"), metadata.to_string()).unwrap();
        self.administrator(&["clients", "create", "--metadata", "client.json"])
    }

    /// The administrator at the command line, beside the running server; what it says.
    fn administrator(&self, arguments: &[&str]) -> Value {
        let mut doorbook = command(Path::new(env!("CARGO_BIN_EXE_doorbook")), self.folder.path());
        doorbook.envs(self.options.iter().cloned()).current_dir(self.folder.path());
        let said = doorbook.args(arguments).arg("--json").output().unwrap();
        assert!(said.status.success(), "{said:?}");
        serde_json::from_slice(&said.stdout).unwrap()
    }

    /// Runs a client to its end.
    pub(crate) fn story(&self, program: &Program, arguments: &[&str]) -> Story {
        self.run(program, arguments).story()
    }

    fn run(&self, program: &Program, arguments: &[&str]) -> Process {
        let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
        // There only where the system's own is too old.
        let node = Some(all.join("runtime/node_modules/.bin/node")).filter(|own| own.exists());
        let (interpreter, installed, programs) = match program.runtime {
            Runtime::Node => (node.unwrap_or_else(|| "node".into()), "node/node_modules", "node"),
            Runtime::Python => (all.join("python/.venv/bin/python"), "python/.venv", "python"),
            Runtime::Python1 => (all.join("python1/.venv/bin/python"), "python1/.venv", "python"),
        };
        let installed = all.join(installed).join(".asked");
        assert!(installed.exists(), "the published clients are not here: run tests/clients/install");
        let mut command = command(&interpreter, self.folder.path());
        command.arg(all.join(programs).join(program.file)).args(arguments).args(program.variant);
        command.envs(self.told.iter().cloned());
        Process::start(command, self.folder.path(), program.file)
    }

    /// Stops Doorbook and opens its book.
    pub(crate) async fn book(self) -> Book {
        self.process.stop();
        let store = store::open(&self.folder.path().join("doorbook.db")).unwrap();
        let page = store.read(|reader| audit::page(reader, &Filter::default(), None, 200)).await.unwrap();
        let by_others = page.rows.into_iter().rev().filter(|line| line.actor_kind != "system");
        let (refused, done): (Vec<_>, Vec<_>) = by_others.partition(|line| line.event == "refused");
        Book {
            events: done.into_iter().map(|line| line.event).collect(),
            refusals: refused.into_iter().filter_map(|line| line.reason).collect(),
        }
    }
}

/// What the audit log says of clients and people.
pub(crate) struct Book {
    /// What they did, in its order.
    pub(crate) events: Vec<String>,
    /// Why they were refused, by reason code. Refusals are written later and together, so their order is among themselves.
    pub(crate) refusals: Vec<String>,
}

/// A program of `tests/clients`: what runs it, its file, and what it is told last.
pub(crate) struct Program {
    runtime: Runtime,
    file: &'static str,
    variant: Option<&'static str>,
}

/// What runs a program; for Python with the second or the first generation of the SDK.
#[derive(Clone, Copy)]
pub(crate) enum Runtime {
    Node,
    Python,
    Python1,
}

impl Runtime {
    pub(crate) const fn program(self, file: &'static str) -> Program {
        Program { runtime: self, file, variant: None }
    }
}

impl Program {
    pub(crate) const fn of(self, variant: &'static str) -> Self {
        Self { variant: Some(variant), ..self }
    }
}
