//! `doorbook clients`: what the book says, and what an administrator does to a client. What changes a client takes its whole
//! id; what only shows it takes a name too, if only one client has it.

mod act;
mod create;
mod edit;
mod hosts;
mod meant;
mod members;
mod show;

pub(super) use self::meant::{is_known, named};

use std::process::ExitCode;

use super::work::at_desk;
use crate::{
    base::{
        client::{Origin, Proof},
        id::ClientId,
        time::Span,
    },
    config::{Overrides, parse},
    flows::clients::LONGEST_OVERLAP,
    store::clients::{Filter, StateFilter},
};
use clap::{Args, Subcommand};

/// What can be done with clients.
#[derive(Subcommand)]
pub(super) enum Command {
    /// List them, last used first
    List(List),
    /// Show all that is known of one
    Show {
        /// Its client_id, or its name if no other client has it
        client: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Make one, and print its credentials this once
    Create(Box<create::Arguments>),
    /// Change what one registered; what is not named stays
    Edit(Box<edit::Arguments>),
    /// Give one a new secret, and print it this once
    RotateSecret {
        /// Its client_id
        id: String,
        /// How long the old secret works beside the new one; 0: it ends at once [default: as configured, 24h]
        #[arg(long, value_name = "TIME", value_parser = overlap)]
        overlap: Option<Span>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// End the secret before the last rotation at once
    EndOldSecret(One),
    /// Give one a new registration access token, and print it this once; the old one is good for nothing
    RotateRegistrationToken(One),
    /// Take one's registration access token away: it can no longer change or delete its registration
    RevokeRegistrationToken(One),
    /// Keep one out until it is enabled again
    Disable(One),
    /// Let a disabled one in again
    Enable(One),
    /// Approve one for everybody, with all clients like it, whether or not somebody waits for it now
    Approve(One),
    /// Vouch for one, so that people need not be asked a second time
    Trust(One),
    /// Vouch for one no longer: people are asked each time
    Untrust(One),
    /// End everything that people allowed one; it stays in the book, and people are asked again
    RevokeTokens(One),
    /// Put one back that was taken out because nobody used it
    Revive(One),
    /// Revoke a registration. Final: everything that people allowed it ends, and its id does not come back
    Revoke {
        #[command(flatten)]
        one: One,
        /// Why, for the audit log
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// List the hosts whose documents may describe clients
    Hosts(hosts::List),
    /// Let the documents of a host describe clients
    ApproveHost(hosts::One),
    /// Let them do so no longer
    RemoveHost(hosts::One),
}

/// Which clients are listed.
#[derive(Args)]
pub(super) struct List {
    /// Only those whose name, id or redirect host begins with these words
    #[arg(long, value_name = "WORDS", default_value = "")]
    search: String,
    /// Only those that registered by themselves, that an administrator made, that a document describes, or that the configuration
    /// lists
    #[arg(long, value_name = "dynamic|administrator|document|configured", value_parser = origin)]
    origin: Option<Origin>,
    /// Only those that this speaks for
    #[arg(long, value_name = "nobody|document|statement|administrator|configuration", value_parser = proof)]
    proof: Option<Proof>,
    /// Only those in this state
    #[arg(long, value_name = "live|unused|disabled", value_parser = state)]
    state: Option<StateFilter>,
    /// At most so many [default: all]
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The client that is meant.
#[derive(Args)]
pub(super) struct One {
    /// Its client_id
    id: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl One {
    fn client(&self) -> ClientId {
        ClientId::new(self.id.as_str())
    }
}

pub(super) fn run(overrides: &Overrides, command: Command) -> ExitCode {
    at_desk(overrides, async |work| match command {
        Command::List(list) => show::list(work, list).await,
        Command::Show { client, json } => show::one(work, &client, json).await,
        Command::Create(arguments) => create::create(work, *arguments).await,
        Command::Edit(arguments) => edit::edit(work, *arguments).await,
        Command::RotateSecret { id, overlap, json } => act::rotate_secret(work, &id, overlap, json).await,
        Command::EndOldSecret(one) => act::end_old_secret(work, &one).await,
        Command::RotateRegistrationToken(one) => act::rotate_registration_token(work, &one).await,
        Command::RevokeRegistrationToken(one) => act::revoke_registration_token(work, &one).await,
        Command::Disable(one) => act::disable(work, &one).await,
        Command::Enable(one) => act::enable(work, &one).await,
        Command::Approve(one) => act::approve(work, &one).await,
        Command::Trust(one) => act::trust(work, &one, true).await,
        Command::Untrust(one) => act::trust(work, &one, false).await,
        Command::RevokeTokens(one) => act::revoke_tokens(work, &one).await,
        Command::Revive(one) => act::revive(work, &one).await,
        Command::Revoke { one, reason } => act::revoke(work, &one, &reason).await,
        Command::Hosts(list) => hosts::list(work, &list).await,
        Command::ApproveHost(one) => hosts::approve(work, &one).await,
        Command::RemoveHost(one) => hosts::remove(work, &one).await,
    })
}

fn overlap(text: &str) -> Result<Span, String> {
    parse::span(text, Span::ZERO, LONGEST_OVERLAP)
}

fn origin(text: &str) -> Result<Origin, String> {
    Origin::parse(text).ok_or_else(|| "write dynamic, administrator, configured or document".into())
}

fn proof(text: &str) -> Result<Proof, String> {
    let advice = "write nobody, document, statement, administrator or configuration";
    Proof::parse(text).ok_or_else(|| advice.into())
}

fn state(text: &str) -> Result<StateFilter, String> {
    StateFilter::parse(text).ok_or_else(|| "write live, unused or disabled".into())
}

impl List {
    fn filter(&self) -> Filter {
        let search = self.search.clone();
        Filter { search, origin: self.origin, proof: self.proof, state: self.state, ..Filter::default() }
    }
}
