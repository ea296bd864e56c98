//! Puts the sources on top of each other: defaults, file, environment, flags; the later ones win. The only reader of the
//! environment. It knows words, not values: those are made in [`build`](super::build), which also hands back every error.

use std::{collections::BTreeMap, io, path::Path};

use super::{
    dotenv,
    nearest::nearest,
    options::{self, ALL, Facts, Opt},
    places::Place,
    predecessors::{ignored, translated},
    report::{Remark, Report, Source, Understood},
};

pub use super::flags::Overrides;

/// The file that is read when no other is named.
const FILE: &str = "doorbook.toml";
/// The environment file that is read when no other is named.
const ENV_FILE: &str = ".env";
/// Tables of the file that are no options.
pub const TABLES: [&str; 5] = ["clients", "resources", "scope_sentences", "statement_issuers", "trusted_issuers"];

/// What there is to read, as values, so that tests need no files and no environment. No `Debug`: there are secrets in it.
#[derive(Clone, Default)]
pub struct Sources {
    /// The environment of the process.
    pub env: BTreeMap<String, String>,
    /// The text of the environment file.
    pub dotenv: Option<String>,
    /// The text of the TOML file.
    pub toml: Option<String>,
}

/// One thing to change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfigError {
    /// The option, variable or key, as the administrator knows it.
    pub name: String,
    /// Where it was found.
    pub source: String,
    /// What is wrong and what to type instead.
    pub problem: String,
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}): {}", self.name, self.source, self.problem)
    }
}

impl std::error::Error for ConfigError {}

/// Marks a value that could not be had. The error itself was noted.
#[derive(Clone, Copy, Debug)]
pub struct Noted;

/// The words of every option, and what is to be said about them.
pub struct Values {
    found: BTreeMap<&'static str, (String, Source)>,
    /// What the tables of the file hold.
    pub tables: toml::Table,
    /// The name of the file, for errors about its tables.
    pub file: String,
    /// The whole environment with the environment file below it.
    pub environment: BTreeMap<String, String>,
    /// Set where only the database can say how people sign in.
    pub application: Option<Place<()>>,
    errors: Vec<ConfigError>,
    report: Report,
}

impl Sources {
    /// Reads the environment and the files that are there. A file that was named must be there.
    pub fn read(overrides: &Overrides) -> Result<Self, Vec<ConfigError>> {
        let text = |bytes: std::ffi::OsString| bytes.to_string_lossy().into_owned();
        let env = std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect();
        let dotenv = read_file(overrides.env_file.as_deref(), ENV_FILE, "--env-file");
        let toml = read_file(overrides.config.as_deref(), FILE, "--config");
        match (dotenv, toml) {
            (Ok(dotenv), Ok(toml)) => Ok(Self { env, dotenv, toml }),
            (dotenv, toml) => Err(dotenv.err().into_iter().chain(toml.err()).collect()),
        }
    }
}

fn read_file(named: Option<&Path>, usual: &str, flag: &str) -> Result<Option<String>, ConfigError> {
    match std::fs::read_to_string(named.unwrap_or(Path::new(usual))) {
        Ok(text) => Ok(Some(text)),
        Err(e) if e.kind() == io::ErrorKind::NotFound && named.is_none() => Ok(None),
        Err(e) => Err(ConfigError {
            name: named.map_or_else(|| usual.to_owned(), |path| path.display().to_string()),
            source: if named.is_some() { flag.to_owned() } else { "working folder".to_owned() },
            problem: format!("cannot be read ({e}); name a text file that this user may read"),
        }),
    }
}

impl Values {
    /// Finds the words of every option.
    pub fn layered(overrides: &Overrides, sources: &Sources) -> Self {
        let name_of =
            |path: Option<&Path>, usual: &str| path.map_or_else(|| usual.to_owned(), |p| p.display().to_string());
        let (file, env_file) =
            (name_of(overrides.config.as_deref(), FILE), name_of(overrides.env_file.as_deref(), ENV_FILE));
        let mut values = Self {
            found: BTreeMap::new(),
            tables: toml::Table::new(),
            file,
            environment: BTreeMap::new(),
            application: None,
            errors: Vec::new(),
            report: Report::default(),
        };
        let in_file = values.read_toml(sources.toml.as_deref().unwrap_or_default());
        let in_env_file = values.read_dotenv(sources, &env_file);
        values.environment = in_env_file.clone();
        values.environment.extend(set(&sources.env));
        for facts in ALL {
            let from_flag = || Some((overrides.flags.get(facts.key)?.clone(), Source::Flag(facts.flag?)));
            let from_file = |file: &str| Some((in_file.get(facts.key)?.clone(), Source::File(file.to_owned())));
            let found =
                from_flag().or_else(|| values.variable(facts, sources, &env_file)).or_else(|| from_file(&values.file));
            let default = (!facts.default.is_empty()).then(|| (facts.default.to_owned(), Source::Default));
            if let Some(found) = found.or(default) {
                values.found.insert(facts.key, found);
            }
        }
        values.look_at_other_names(sources, &env_file);
        values
    }

    /// The variable that sets an option: its own name first, then those of predecessors.
    fn variable(&mut self, facts: &Facts, sources: &Sources, env_file: &str) -> Option<(String, Source)> {
        let names = std::iter::once(&facts.env).chain(facts.aliases);
        let mut found = None;
        for &name in names {
            let Some(value) = self.environment.get(name).cloned() else { continue };
            if facts.key == options::SIGNING_ALGORITHM.facts.key
                && name != facts.env
                && value.to_ascii_uppercase().starts_with("HS")
            {
                self.ignore(name, "a shared secret signs nothing here; tokens are signed with ES256, RS256 or EdDSA");
                self.danger(name, format!("{value} lets every server that verifies tokens make tokens too; servers must verify through the JWKS"));
            } else if found.is_none() {
                let source = match sources.env.get(name).is_some_and(|v| !v.trim().is_empty()) {
                    true => Source::Environment(name),
                    false => Source::EnvFile(name, env_file.to_owned()),
                };
                found = Some((translated(name, &value), source));
            } else {
                self.ignore(name, format!("{} says it already", facts.env));
            }
        }
        found
    }

    /// The options of the file as text; its tables are put aside.
    fn read_toml(&mut self, text: &str) -> BTreeMap<String, String> {
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(e) => {
                let e: toml::de::Error = e;
                let before = e.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
                let line = before.matches('\n').count() + 1;
                self.error(self.file.clone(), format!("line {line}"), format!("this is not TOML: {}", e.message()));
                return BTreeMap::new();
            }
        };
        let mut found = BTreeMap::new();
        for (key, value) in table {
            if TABLES.contains(&key.as_str()) {
                self.tables.insert(key, value);
            } else if !ALL.iter().any(|facts| facts.key == key) {
                let known = ALL.iter().map(|facts| facts.key).chain(TABLES);
                let by_variable = ALL.iter().find(|facts| facts.env == key).map(|facts| facts.key);
                let hint = by_variable.or_else(|| nearest(&key, known));
                self.error(key, self.file.clone(), unknown(hint));
            } else if let Some(text) = as_text(&value) {
                found.insert(key, text);
            } else {
                let problem = "write a text in quotes, a number, true or false, or a list of texts";
                self.error(key, self.file.clone(), problem);
            }
        }
        found.retain(|_, text| !text.is_empty());
        found
    }

    fn read_dotenv(&mut self, sources: &Sources, env_file: &str) -> BTreeMap<String, String> {
        match dotenv::parse(sources.dotenv.as_deref().unwrap_or_default(), &sources.env) {
            Ok(found) => set(&found).collect(),
            Err(problems) => {
                for problem in problems {
                    self.error(env_file.to_owned(), "environment file", problem);
                }
                BTreeMap::new()
            }
        }
    }

    /// Names that nobody reads: ours are errors, those of predecessors are ignored with the reason, others are others'.
    fn look_at_other_names(&mut self, sources: &Sources, env_file: &str) {
        let known: Vec<_> = ALL.iter().map(|facts| facts.env).collect();
        for (name, value) in self.environment.clone() {
            if known.contains(&name.as_str()) {
                continue;
            }
            if let Some(why) = ignored(&name) {
                self.ignore(&name, why);
            } else if is_orchestrators(&name, &value) {
                self.ignore(&name, "it names a service of that name to its neighbours; no option is called so");
            } else if name.starts_with("DOORBOOK_") {
                let source = if sources.env.contains_key(&name) { "environment" } else { env_file };
                self.error(&name, source.to_owned(), unknown(nearest(&name, known.iter().copied())));
            }
        }
    }

    /// The value of an option that has a default.
    pub fn get<T>(&mut self, option: &Opt<T>) -> Result<T, Noted> {
        self.find(option)?.ok_or_else(|| self.wrong(option, "it has to be set"))
    }

    /// The value of an option, if it is set or has a default.
    pub fn find<T>(&mut self, option: &Opt<T>) -> Result<Option<T>, Noted> {
        let parsed = self.parsed(option).transpose();
        parsed.map_err(|advice| self.unusable(&option.facts, &advice))
    }

    /// The same, where it is noted elsewhere what is wrong with it.
    pub fn peek<T>(&self, option: &Opt<T>) -> Option<T> {
        self.parsed(option)?.ok()
    }

    /// The same, with who named it.
    pub(super) fn place<T>(&self, option: &Opt<T>) -> Option<Place<T>> {
        let (value, source) = (self.peek(option)?, self.source(option));
        Some(Place::new(value, source.typed(&option.facts), source.place()))
    }

    fn parsed<T>(&self, option: &Opt<T>) -> Option<Result<T, String>> {
        let (text, _) = self.found.get(option.facts.key)?;
        Some(if text.contains('\u{fffd}') { Err("write it in UTF-8".into()) } else { (option.parse)(text.trim()) })
    }

    /// What was typed for an option is not what it takes.
    fn unusable(&mut self, facts: &Facts, advice: &str) -> Noted {
        if let Some((text, source)) = self.found.get(facts.key).cloned() {
            let typed =
                if facts.secret { String::new() } else { format!("`{}` cannot be used; ", shown(facts, &text)) };
            self.error(source.typed(facts), source.place(), typed + advice);
        }
        Noted
    }

    /// Where the value of an option came from.
    pub fn source<T>(&self, option: &Opt<T>) -> Source {
        self.found.get(option.facts.key).map_or(Source::Default, |(_, source)| source.clone())
    }

    /// Whether somebody set an option.
    pub fn is_set<T>(&self, option: &Opt<T>) -> bool {
        self.source(option) != Source::Default
    }

    /// Says which value an option has that nobody set.
    pub fn derived<T>(&mut self, option: &Opt<T>, text: impl Into<String>) {
        self.found.entry(option.facts.key).or_insert((text.into(), Source::Default));
    }

    /// Notes an error about the value of an option.
    pub fn wrong<T>(&mut self, option: &Opt<T>, problem: impl Into<String>) -> Noted {
        let source = self.source(option);
        self.error(source.typed(&option.facts), source.place(), problem);
        Noted
    }

    /// Notes an error.
    pub fn error(&mut self, name: impl Into<String>, source: impl Into<String>, problem: impl Into<String>) {
        self.errors.push(ConfigError { name: name.into(), source: source.into(), problem: problem.into() });
    }

    /// Notes something that was not read.
    pub fn ignore(&mut self, name: impl Into<String>, why: impl Into<String>) {
        self.report.ignored.push(Remark::new(name, why));
    }

    /// Notes something that should not stay so.
    pub fn danger(&mut self, name: impl Into<String>, why: impl Into<String>) {
        self.report.dangers.push(Remark::new(name, why));
    }

    /// Notes something that is good to know.
    pub fn note(&mut self, name: impl Into<String>, what: impl Into<String>) {
        self.report.notes.push(Remark::new(name, what));
    }

    /// What there is to say at the end.
    pub fn finish(mut self) -> (Vec<ConfigError>, Report) {
        self.report.understood = ALL
            .into_iter()
            .map(|facts| match self.found.get(facts.key) {
                Some((text, source)) => Understood { facts, shown: shown(facts, text), source: source.clone() },
                None => Understood { facts, shown: String::new(), source: Source::Default },
            })
            .collect();
        (self.errors, self.report)
    }
}

/// Variables that are set to something; an empty one is as good as none.
fn set(all: &BTreeMap<String, String>) -> impl Iterator<Item = (String, String)> {
    let filled = all.iter().filter(|(_, value)| !value.trim().is_empty());
    filled.map(|(name, value)| (name.clone(), value.trim().to_owned()))
}

/// Orchestrators tell containers about a service called `doorbook` in variables that begin like ours.
fn is_orchestrators(name: &str, value: &str) -> bool {
    let Some(rest) = name.strip_prefix("DOORBOOK_") else { return false };
    rest == "SERVICE_HOST"
        || rest.starts_with("SERVICE_PORT")
        || ((rest == "PORT" || rest.starts_with("PORT_")) && {
            value.starts_with("tcp://") || rest.len() > "PORT_".len()
        })
}

fn unknown(hint: Option<&str>) -> String {
    match hint {
        Some(name) => format!("no option has this name; write {name}"),
        None => "no option has this name; docs/CONFIG.md lists them all".into(),
    }
}

/// A value of the file as the environment would write it.
fn as_text(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.trim().to_owned()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(on) => Some(if *on { "on".into() } else { "off".into() }),
        toml::Value::Array(parts) if parts.is_empty() => Some("none".into()),
        toml::Value::Array(parts) => {
            let texts: Option<Vec<_>> = parts.iter().map(|part| part.as_str().map(str::to_owned)).collect();
            texts.map(|texts| texts.join(","))
        }
        _ => None,
    }
}

/// A value as it may be shown: no secrets, no passwords in URLs, no control characters, not endless.
fn shown(facts: &Facts, text: &str) -> String {
    if facts.secret {
        return "(set)".into();
    }
    let clean: String = text.chars().map(|c| if c.is_control() || c == '`' { '?' } else { c }).take(300).collect();
    match clean.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?.1))) {
        Some((scheme, host)) => format!("{scheme}://***@{host}"),
        None => clean,
    }
}
