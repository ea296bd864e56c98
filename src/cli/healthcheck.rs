//! `doorbook healthcheck`: for containers and monitors without curl.

use std::process::ExitCode;

use clap::Args;

use super::output::{FAILED, configuration, fail, say, wait};
use crate::{config::Overrides, flows::health};

/// Which server is asked.
#[derive(Args)]
pub(super) struct Arguments {
    /// Another server than the one of this configuration, as in http://127.0.0.1:8000
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

pub(super) fn run(overrides: &Overrides, arguments: &Arguments) -> ExitCode {
    let url = match &arguments.url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => match configuration(overrides) {
            Ok(loaded) => health::own_address(&loaded.config),
            Err(code) => return code,
        },
    };
    match wait(health::ask(&url)) {
        Ok(Ok(())) => {
            say(format!("{url} is ready"));
            ExitCode::SUCCESS
        }
        Ok(Err(why)) => fail(FAILED, format!("{url} is not ready: {why}")),
        Err(why) => fail(FAILED, why),
    }
}
