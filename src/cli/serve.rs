//! `doorbook serve`: one server on one database, in the foreground, until it is told to stop.

use std::{error::Error, process::ExitCode};

use super::output::{FAILED, configuration, fail};
use crate::{
    base::call::Call,
    clock::Clock,
    config::{self, Config, Overrides, report::Remark},
    flows::first_run::{self, Opening},
    jobs,
    observe::log::{self as logging, Format, LogSettings},
    store::lock,
    web::serve,
};

pub(super) fn run(overrides: &Overrides) -> ExitCode {
    let loaded = match configuration(overrides) {
        Ok(loaded) => loaded,
        Err(code) => return code,
    };
    // Held to the end: what is logged last is written when it goes.
    let _writing = match logging::start(&settings(&loaded.config.log)) {
        Ok(writing) => writing,
        Err(error) => return fail(FAILED, format!("the log cannot be written: {error}")),
    };
    for Remark { name, text } in &loaded.report.dangers {
        log::warn!("{name}: {text}");
    }
    match actix_web::rt::System::new().block_on(until_stopped(loaded.config)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(FAILED, error),
    }
}

async fn until_stopped(config: Config) -> Result<(), Box<dyn Error>> {
    let clock = Clock::System;
    let call = Call::inside(clock.now(), "start");
    let _alone = lock::acquire(first_run::database(&config))?;
    let desk = first_run::open(config, &call, Opening::Server).await?;
    let claim = first_run::claim_link(&desk, &call).await?;
    let jobs = jobs::start(&desk, &clock);
    let served = serve::run(desk, clock, claim.as_deref()).await;
    jobs.stop().await;
    Ok(served?)
}

fn settings(log: &config::Log) -> LogSettings {
    LogSettings {
        level: log.level,
        format: match log.format {
            config::LogFormat::Text => Format::Text,
            config::LogFormat::Json => Format::Json,
        },
        file: log.file.clone(),
    }
}
