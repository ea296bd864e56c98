//! What a command says, and how it ends: 0 when done, 1 when refused or failed, 2 when what was typed or configured cannot be
//! used. Results go to standard output, everything else to standard error.

use std::{
    fmt::Display,
    io::{self, Write as _},
    pin::{Pin, pin},
    process::ExitCode,
};

use serde::Serialize;

use crate::config::{Config, Loaded, Overrides};

/// Refused or failed.
pub(super) const FAILED: u8 = 1;
/// What was typed or configured cannot be used.
pub(super) const UNUSABLE: u8 = 2;

/// Writes a result. A reader that went away is no error: `doorbook clients list | head`.
pub(super) fn say(text: impl Display) {
    drop(writeln!(io::stdout().lock(), "{text}"));
}

/// Writes a result as JSON.
pub(super) fn say_json(value: &impl Serialize) {
    say(serde_json::to_string_pretty(value).unwrap_or_default());
}

/// Says something about a result, beside it.
pub(super) fn note(text: impl Display) {
    drop(writeln!(io::stderr().lock(), "{text}"));
}

/// Says why nothing came of it.
pub(super) fn fail(code: u8, why: impl Display) -> ExitCode {
    drop(writeln!(io::stderr().lock(), "doorbook: {why}"));
    ExitCode::from(code)
}

/// The configuration, or every error in it at once.
pub(super) fn configuration(overrides: &Overrides) -> Result<Loaded, ExitCode> {
    Config::read(overrides).map_err(|refused| {
        let errors: Vec<_> = refused.errors.iter().map(|error| format!("  {error}\n")).collect();
        let words = "the configuration cannot be used ('doorbook config check' shows all of it):";
        fail(UNUSABLE, format!("{words}\n{}", errors.concat().trim_end()))
    })
}

/// Runs what is asynchronous on this thread.
pub(super) fn wait<T>(work: impl Future<Output = T>) -> io::Result<T> {
    let work = pin!(work);
    // Without its type: the loop around it is compiled once and not for every command.
    let work: Pin<&mut dyn Future<Output = T>> = work;
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work))
}
