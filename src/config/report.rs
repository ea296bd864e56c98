//! What was understood, what was ignored and why, what is dangerous. No secret is in it.

use super::options::Facts;

/// What came out of reading the configuration.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Every option with its value and where that came from, in the order of the list.
    pub understood: Vec<Understood>,
    /// Names that were seen and not read.
    pub ignored: Vec<Remark>,
    /// What should not stay so.
    pub dangers: Vec<Remark>,
    /// What is good to know.
    pub notes: Vec<Remark>,
}

/// One option as it is in force.
#[derive(Clone, Debug)]
pub struct Understood {
    /// Its definition.
    pub facts: &'static Facts,
    /// Its value as text; secrets only say that they are set.
    pub shown: String,
    /// Where the value came from.
    pub source: Source,
}

/// One line about one name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remark {
    /// The option or the name as it was found.
    pub name: String,
    /// What there is to say.
    pub text: String,
}

/// Where a value came from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// The TOML file of that name.
    File(String),
    /// That variable of the environment file of that name.
    EnvFile(&'static str, String),
    /// That variable of the environment.
    Environment(&'static str),
    /// That flag.
    Flag(&'static str),
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(name) => write!(f, "file {name}"),
            Self::EnvFile(variable, name) => write!(f, "{variable} in {name}"),
            Self::Environment(variable) => write!(f, "environment {variable}"),
            Self::Flag(flag) => write!(f, "flag --{flag}"),
        }
    }
}

impl Source {
    /// What the administrator typed to set that option: a key, a variable or a flag.
    pub fn typed(&self, facts: &Facts) -> String {
        match self {
            Self::Default => facts.env.to_owned(),
            Self::File(_) => facts.key.to_owned(),
            Self::EnvFile(variable, _) | Self::Environment(variable) => (*variable).to_owned(),
            Self::Flag(flag) => format!("--{flag}"),
        }
    }

    /// Where they typed it.
    pub fn place(&self) -> &str {
        match self {
            Self::Default => "not set",
            Self::File(name) | Self::EnvFile(_, name) => name,
            Self::Environment(_) => "environment",
            Self::Flag(_) => "command line",
        }
    }
}

impl Remark {
    /// A line about that name.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }
}
