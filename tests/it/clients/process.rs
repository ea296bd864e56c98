//! A program that tells its story in lines, and never for longer than its time.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use super::door::Door;

/// How long a program may be silent: what they do takes two seconds, on a busy machine ten.
const PATIENCE: Duration = Duration::from_secs(60);

/// A command that sees nothing of this machine's environment but the way to its programs; `folder` is its home, and that
/// of the person's cookies.
#[expect(clippy::disallowed_methods, reason = "programs are found by the path of whoever runs the tests")]
pub(crate) fn command(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    let path = std::env::var_os("PATH").unwrap();
    command.env_clear().env("PATH", path).env("HOME", folder).env("PERSON_PROFILE", folder.join("cookies"));
    command
}

/// A running program. Ends when dropped.
pub(crate) struct Process {
    child: Child,
    lines: Receiver<String>,
    errors: PathBuf,
}

impl Process {
    /// Starts it in `folder`. `command` comes from [`command`]; what it writes on its standard error is kept.
    pub(crate) fn start(mut command: Command, folder: &Path, name: &str) -> Self {
        let errors = folder.join(format!("{name}.err"));
        command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(&errors).unwrap());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (tell, lines) = channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Self { child, lines, errors }
    }

    /// Its next line; `None` when it has ended.
    pub(crate) fn line(&self) -> Option<String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("silent for {PATIENCE:?}; it said:\n{}", self.errors()),
        }
    }

    /// Everything that it tells until it ends.
    pub(crate) fn story(self) -> Story {
        let steps: Vec<Value> = std::iter::from_fn(|| self.line())
            .map(|line| serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}")))
            .collect();
        let failed = steps.iter().find(|step| step["step"] == "failed");
        assert!(failed.is_none(), "{steps:#?}\n{}", self.errors());
        Story(steps)
    }

    /// What it wrote on its standard error.
    pub(crate) fn errors(&self) -> String {
        std::fs::read_to_string(&self.errors).unwrap()
    }

    /// Asks it to stop and waits until it has.
    pub(crate) fn stop(mut self) {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(asked.success());
        let ended = self.child.wait().unwrap();
        assert!(ended.success(), "{ended}: {}", self.errors());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended by itself, or nobody waits for it any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a program told, step by step.
pub(crate) struct Story(Vec<Value>);

impl Story {
    /// The facts of one step; of a step that is told twice, the first.
    pub(crate) fn step(&self, name: &str) -> &Value {
        let found = self.0.iter().find(|step| step["step"] == name);
        found.unwrap_or_else(|| panic!("no step {name} in {:#?}", self.0))
    }

    /// The requests that the client made of `path` at Doorbook: status, names of what was sent, how it proved itself.
    pub(crate) fn asked_of(&self, door: &Door, path: &str) -> Vec<&Value> {
        let url = format!("{}{path}", door.issuer);
        let requests = self.step("wire")["requests"].as_array().unwrap();
        requests.iter().filter(|request| url.ends_with(request["path"].as_str().unwrap())).collect()
    }

    /// A stranger went through the door, and the tool of the protected server knows them; the client that got in.
    pub(crate) fn is_let_in(&self, door: &Door, method: &str) -> String {
        let registered = self.step("registered");
        let client = registered["client"].as_str().unwrap();
        assert_eq!(registered["method"], method);
        assert_eq!(registered["secret"], method != "none");
        let pages = self.step("person")["pages"].as_array().unwrap();
        assert_eq!(pages.len(), 2, "sign-in and consent: {pages:?}");

        let tokens = self.step("tokens");
        assert_eq!(tokens["token_type"], "Bearer");
        assert_eq!(tokens["refresh"], true);
        let claims = &tokens["claims"];
        assert_eq!(claims["iss"], door.issuer);
        assert_eq!(claims["aud"], door.resource);
        assert_eq!(claims["client_id"], client);

        let called = self.step("called");
        assert_eq!(called["tools"], json!(["whoami"]));
        assert_eq!(called["text"], format!("local:ada through {client}"));
        client.to_owned()
    }
}
