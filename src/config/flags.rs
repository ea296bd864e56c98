//! The flags of `serve` and of every command that opens the database: one for each option that has one, made from the list.

use std::{collections::BTreeMap, path::PathBuf};

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, value_parser};

use super::options::{ALL, Facts};

/// What was typed on the command line. Put it into a command with `#[command(flatten)]`.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// The TOML file; `doorbook.toml`, if there is one, when not set.
    pub config: Option<PathBuf>,
    /// The environment file; `.env`, if there is one, when not set.
    pub env_file: Option<PathBuf>,
    /// Values by the key of their option.
    pub flags: BTreeMap<&'static str, String>,
}

impl Args for Overrides {
    fn augment_args(command: Command) -> Command {
        let config = Arg::new("config").long("config").value_name("FILE").value_parser(value_parser!(PathBuf));
        let env_file = Arg::new("env_file").long("env-file").value_name("FILE").value_parser(value_parser!(PathBuf));
        let files = [
            config.help("The configuration file [default: doorbook.toml, if there is one]"),
            env_file.help("A file of environment variables [default: .env, if there is one]"),
        ];
        // Known to every command, and listed where the long help is asked for.
        let everywhere = |arg: Arg| arg.global(true).hide_short_help(true);
        command.args(files.into_iter().chain(ALL.into_iter().filter_map(flag)).map(everywhere))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Overrides {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut overrides = Self::default();
        overrides.update_from_arg_matches(matches)?;
        Ok(overrides)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.config = matches.get_one("config").cloned();
        self.env_file = matches.get_one("env_file").cloned();
        for facts in ALL.into_iter().filter(|facts| facts.flag.is_some()) {
            if let Some(value) = matches.get_one::<String>(facts.key) {
                self.flags.insert(facts.key, value.clone());
            }
        }
        Ok(())
    }
}

/// The flag of one option.
fn flag(facts: &'static Facts) -> Option<Arg> {
    let long = facts.flag?;
    let default = facts.default_for_people();
    let help = format!("{} [env: {}] [default: {default}]", facts.doc, facts.env).replace('`', "");
    Some(Arg::new(facts.key).long(long).value_name(facts.value).help(help).help_heading(facts.section.title()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_is_read_and_no_secret_has_one() {
        let command = Overrides::augment_args(Command::new("serve"));
        command.clone().debug_assert();
        for facts in ALL {
            assert_eq!(facts.flag.is_none(), facts.secret, "{}", facts.key);
            let Some(flag) = facts.flag else { continue };
            let typed = ["serve".to_owned(), format!("--{flag}=x y"), "--config=c.toml".into(), "--env-file=e".into()];
            let read = Overrides::from_arg_matches(&command.clone().get_matches_from(typed)).unwrap();
            assert_eq!(read.flags, BTreeMap::from([(facts.key, "x y".to_owned())]));
            assert_eq!((read.config, read.env_file), (Some("c.toml".into()), Some("e".into())));
        }
    }
}
