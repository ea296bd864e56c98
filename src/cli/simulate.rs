//! `doorbook simulate`: the client lab at the command line. Without an address it rehearses this configuration, with what the
//! dashboard changed, on a scratch server in a temporary folder; with one it goes against a server that runs.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    process::ExitCode,
    sync::Arc,
};

use clap::{Args, builder::PossibleValuesParser};

use super::{
    output::{FAILED, UNUSABLE, configuration, fail, note, say, say_json, wait},
    table,
};
use crate::{
    base::{call::Call, issuer::Issuer, resource::ResourceUri},
    clock::Clock,
    config::{Backend, Config, MasterKey, Overrides, SignIn},
    flows::first_run::{self, Opening},
    jobs,
    lab::{self, Report, Server, Shape, Stage, Step, Target, Verdict},
    store::{Store, backup, policies, resources},
    web::serve,
};

/// What clients name in a rehearsal when the configuration lists no server.
const SOME_RESOURCE: &str = "https://mcp.example.com/mcp";

/// Which clients, and against what.
#[derive(Args)]
#[command(after_long_help = "\
Without --url a scratch server is started on loopback in a temporary folder, with this configuration but its own database and in \
local mode, so that everything can be played to its end, sign-in and refresh too, and nothing is left behind. If there is a \
database, its registration policy and its resources, as the dashboard changed them, count as they do in the server: they win over \
the configuration and its flags. Who and what was approved in it, and how full it is, does not count.

With --url a server that runs is asked through the address that clients know, proxy and certificate included. Registrations are \
deleted again (RFC 7592). What stays in its book: lines of the audit log, and refusals, because an id that nobody has and codes \
that nobody gave are tried, too. A server that limits requests is asked again when it says: all clients may take half a minute. \
One in local mode is played to the end; its book then knows a person named client-lab, who may be suspended. Anywhere else a \
person has to sign in: discovery, CORS, documents of clients, registration, the authorization page and the refusals of the token \
endpoint are tried, and the rest is shown as '-', with the reason below.

The exit code is 0 when every client got as far as it could, 1 when one of them stopped.")]
pub(super) struct Arguments {
    /// Which client: a name, or all of them
    #[arg(long, value_name = "NAME", default_value = "all", value_parser = names())]
    client: String,
    /// A server that runs, by its public URL, as in https://auth.example.com [default: a scratch server of this configuration]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The protected server that clients name [default: the first of the configuration; none with --url]
    #[arg(long, value_name = "URL")]
    resource: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(lab::names().chain(["all"]))
}

pub(super) fn run(overrides: &Overrides, arguments: &Arguments) -> ExitCode {
    let shapes = lab::named(&arguments.client);
    let resource = arguments.resource.clone();
    let played = match &arguments.url {
        Some(url) => match Issuer::parse(url) {
            Some(issuer) => {
                let documents = !issuer.is_loopback();
                let target = Target { issuer: issuer.as_str().to_owned(), resource, documents };
                let played = wait(play(&shapes, target));
                if matches!(played, Ok(Ok(_))) {
                    let words = "lines of its log, refusals and, in local mode, a person named client-lab";
                    note(format!("What {url} keeps of this: {words}."));
                }
                played
            }
            None => return fail(UNUSABLE, "write --url as clients know the server: https, without a slash at the end"),
        },
        None => match configuration(overrides) {
            Ok(loaded) => match as_kept(loaded.config) {
                Ok(config) => wait(rehearse(&shapes, config, resource)),
                Err(why) => return fail(FAILED, why),
            },
            Err(code) => return code,
        },
    };
    match played {
        Ok(Ok(reports)) => told(&reports, arguments.json),
        Ok(Err(why)) => fail(FAILED, why),
        Err(error) => fail(FAILED, error),
    }
}

async fn play(shapes: &[Shape], target: Target) -> Result<Vec<Report>, String> {
    let mut server = Server::new(target)?;
    server.is_there().await?;
    let mut reports = Vec::new();
    for shape in shapes {
        reports.push(lab::play(shape, &mut server).await);
    }
    Ok(reports)
}

/// The configuration with what the book keeps that it names: what the dashboard changed wins, as it does in the server.
fn as_kept(mut config: Config) -> Result<Config, String> {
    let book = first_run::database(&config).to_owned();
    let kept = match Store::exists(&book) {
        true => backup::look_into(&book, |reader| {
            let registration = policies::in_force(reader, &config.registration)?;
            Ok((policies::newest(reader)?, registration, resources::all(reader)?))
        }),
        false => Ok(None),
    };
    let why = |error| {
        format!("what the dashboard changed cannot be read: {error}; start the server once, or name another database")
    };
    let Some((version, registration, register)) = kept.map_err(why)? else {
        note(format!("There is no book at {} yet: the configuration alone is rehearsed.", book.display()));
        return Ok(config);
    };
    let listed = |uri: &ResourceUri| config.resources.iter().any(|resource| resource.uri.names_same_as(uri));
    let added = register.into_iter().map(|entry| (entry.configured, entry.resource));
    let added: Vec<_> = added.filter(|(configured, resource)| !configured && !listed(&resource.uri)).collect();
    let policy = match version {
        0 => "no change of the policy".to_owned(),
        version => format!("version {version} of the policy"),
    };
    note(format!("Rehearsed with what {} keeps: {policy}; resources added there: {}.", book.display(), added.len()));
    config.registration = registration;
    config.resources.extend(added.into_iter().map(|(_, resource)| resource));
    Ok(config)
}

/// The same against a server of this configuration, but for where it is, what it keeps and who signs in.
async fn rehearse(shapes: &[Shape], config: Config, resource: Option<String>) -> Result<Vec<Report>, String> {
    let folder = tempfile::tempdir().map_err(|error| format!("there is no temporary folder: {error}"))?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| error.to_string())?;
    let bind = listener.local_addr().map_err(|error| error.to_string())?;
    let issuer = Issuer::parse(&format!("http://{bind}")).ok_or("loopback cannot be used here")?;
    let first = config.resources.first().map(|resource| resource.uri.to_string());
    let resource = resource.or(first).unwrap_or_else(|| SOME_RESOURCE.to_owned());
    let target = Target { issuer: issuer.as_str().to_owned(), resource: Some(resource), documents: false };
    let clock = Clock::System;
    let call = Call::inside(clock.now(), "simulate");
    let config = scratch(config, bind, issuer, folder.path());
    let desk = first_run::open(config, &call, Opening::Server).await.map_err(|error| error.to_string())?;
    let jobs = jobs::start(&desk, &clock);
    let played = serve::during(Arc::clone(&desk), clock, listener, play(shapes, target)).await;
    jobs.stop().await;
    played.map_err(|error| error.to_string())?
}

fn scratch(config: Config, bind: SocketAddr, issuer: Issuer, folder: &std::path::Path) -> Config {
    let (mut network, mut resources) = (config.network, config.resources);
    network.rate_limit = false;
    // Who may use them is not rehearsed: the person of the lab is nobody's.
    resources.iter_mut().for_each(|resource| resource.people.clear());
    Config {
        issuer,
        bind,
        workers: Some(1),
        database: Backend::Sqlite(folder.join("doorbook.db")),
        master_key: MasterKey::File(folder.join("doorbook.key")),
        sign_in: SignIn::Local,
        access: Vec::new(),
        network,
        resources,
        ..config
    }
}

fn told(reports: &[Report], json: bool) -> ExitCode {
    if json {
        say_json(&reports);
    } else {
        let rows = reports.iter().map(|report| line(report.name, report.row()).map(str::to_owned));
        table::print(line("client", Stage::ALL.map(Stage::name)), rows, table::NOTHING);
        for (step, clients) in alike(reports, Verdict::Skipped) {
            say(format!("\n{}: no {}, {}", clients.join(", "), step.stage.name(), table::plain(&step.came)));
        }
        for (step, clients) in alike(reports, Verdict::Failed) {
            let stop = if clients.len() == 1 { "stops" } else { "stop" };
            say(format!("\n{} {stop} at {}", clients.join(", "), step.stage.name()));
            say(format!("  sent  {}", table::plain(&step.sent)));
            say(format!("  came  {}", table::plain(&step.came)));
            say(format!("  fix   {}", step.fix.as_deref().unwrap_or(table::NOTHING)));
        }
    }
    if reports.iter().all(Report::passed) { ExitCode::SUCCESS } else { ExitCode::from(FAILED) }
}

/// Steps that came to the same, each once with the clients whose they are.
fn alike(reports: &[Report], verdict: Verdict) -> Vec<(&Step, Vec<&str>)> {
    let mut all: Vec<(&Step, Vec<&str>)> = Vec::new();
    for (report, step) in reports.iter().flat_map(|report| report.steps.iter().map(move |step| (report, step))) {
        if step.verdict != verdict {
            continue;
        }
        let alike = |known: &Step| known.stage == step.stage && known.came == step.came && known.fix == step.fix;
        match all.iter_mut().find(|(known, _)| alike(known)) {
            Some((_, clients)) => clients.push(&report.client),
            None => all.push((step, vec![&report.client])),
        }
    }
    all
}

/// A line of the matrix.
fn line(first: &'static str, rest: [&'static str; Stage::ALL.len()]) -> [&'static str; Stage::ALL.len() + 1] {
    let mut cells = std::iter::once(first).chain(rest);
    std::array::from_fn(|_| cells.next().unwrap_or_default())
}
