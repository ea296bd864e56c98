//! The command line: the server, and what an administrator does without a browser. Commands call the same flows as the pages
//! do, on the same database, also while a server runs on it.

mod access;
mod api_tokens;
mod approvals;
mod audit;
mod backup;
mod backups;
mod calls;
mod clients;
mod config;
mod grants;
mod health;
mod healthcheck;
mod keys;
mod output;
mod policy;
mod resources;
mod scopes;
mod serve;
mod setup;
mod simulate;
mod status;
mod table;
mod tokens;
mod users;
mod work;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Overrides;

/// The book at the door of your MCP servers: every client that wants in signs it, every key handed out is in it.
#[derive(Parser)]
#[command(name = "doorbook", version, max_term_width = 110, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    overrides: Overrides,
}

/// What can be done.
#[derive(Subcommand)]
enum Command {
    /// Run the server in the foreground (what happens without a command, too)
    Serve,
    /// Show what is left to do before the server is in use
    Setup(setup::Arguments),
    /// Look at the configuration
    #[command(subcommand)]
    Config(config::Command),
    /// Ask the running server whether it can work: exit code 0 when it can
    Healthcheck(healthcheck::Arguments),
    /// Say which server this is, whether it runs, and how much is in its book
    Status(status::Arguments),
    /// Say how the server is: what it found when it last looked at itself, and what its jobs did; exit code 1 when something is bad
    Health(health::Arguments),
    /// Look at registered clients, make one, keep one out
    #[command(subcommand)]
    Clients(clients::Command),
    /// Look at the people who signed in, suspend one, restore one
    #[command(subcommand)]
    Users(users::Command),
    /// Look at what people allowed clients, end some of it
    #[command(subcommand)]
    Grants(grants::Command),
    /// Look at the access list, put people on it, take an entry off it
    #[command(subcommand)]
    Access(access::Command),
    /// Look at the register of protected resources, add one, change one, remove one
    #[command(subcommand)]
    Resources(resources::Command),
    /// Look at the scopes of this server, put one into words
    #[command(subcommand)]
    Scopes(scopes::Command),
    /// Look at who may come into the book, change it, undo it
    #[command(subcommand)]
    Policy(policy::Command),
    /// Look at who waits for an administrator, let their clients in, turn them away
    #[command(subcommand)]
    Approvals(approvals::Command),
    /// Make what lets clients register, look at it, end it
    #[command(subcommand)]
    Tokens(tokens::Command),
    /// Look at the signing keys, make a new one
    #[command(subcommand)]
    Keys(keys::Command),
    /// Make a token for the dashboard's API, list them, revoke one
    #[command(subcommand)]
    ApiTokens(api_tokens::Command),
    /// Look at the audit log, export it, check that it is as it was written
    #[command(subcommand)]
    Audit(audit::Command),
    /// Play what clients truly send against a server, and see which of them would get through
    Simulate(simulate::Arguments),
    /// Write one archive with the database and its master key, also while the server runs
    Backup(backup::Take),
    /// Look at the archives in the folder for backups, look through one
    #[command(subcommand)]
    Backups(backups::Command),
    /// Put such an archive back, while no server runs
    Restore(backup::Restore),
}

/// Runs what was typed.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(&cli.overrides),
        Command::Setup(arguments) => setup::run(&cli.overrides, &arguments),
        Command::Config(command) => config::run(&cli.overrides, &command),
        Command::Healthcheck(arguments) => healthcheck::run(&cli.overrides, &arguments),
        Command::Status(arguments) => status::run(&cli.overrides, &arguments),
        Command::Health(arguments) => health::run(&cli.overrides, &arguments),
        Command::Clients(command) => clients::run(&cli.overrides, command),
        Command::Users(command) => users::run(&cli.overrides, command),
        Command::Grants(command) => grants::run(&cli.overrides, command),
        Command::Access(command) => access::run(&cli.overrides, command),
        Command::Resources(command) => resources::run(&cli.overrides, command),
        Command::Scopes(command) => scopes::run(&cli.overrides, command),
        Command::Policy(command) => policy::run(&cli.overrides, command),
        Command::Approvals(command) => approvals::run(&cli.overrides, command),
        Command::Tokens(command) => tokens::run(&cli.overrides, command),
        Command::Keys(command) => keys::run(&cli.overrides, command),
        Command::ApiTokens(command) => api_tokens::run(&cli.overrides, command),
        Command::Audit(command) => audit::run(&cli.overrides, command),
        Command::Simulate(arguments) => simulate::run(&cli.overrides, &arguments),
        Command::Backup(arguments) => backup::take(&cli.overrides, &arguments),
        Command::Backups(command) => backups::run(&cli.overrides, command),
        Command::Restore(arguments) => backup::restore(&cli.overrides, &arguments),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn every_command_takes_the_options_before_and_behind_its_name() {
        Cli::command().debug_assert();
        for typed in [["doorbook", "--database=a.db", "serve"], ["doorbook", "serve", "--database=a.db"]] {
            let cli = Cli::try_parse_from(typed).unwrap();
            assert_eq!(cli.overrides.flags.get("database").map(String::as_str), Some("a.db"), "{typed:?}");
        }
    }
}
