//! What waits for the administrator: refusals whose cure is theirs, secrets that end, settings that leave a door open. A line
//! goes when its cause is gone, not when it was read.

use std::collections::BTreeMap;

use super::{
    lines::Names,
    links::{counted, segment},
    overview::Need,
    remedies,
    settings::remedy,
};
use crate::{
    base::{
        client::Client,
        time::{Span, Time},
        upkeep::{Finding, Health},
    },
    flows::{
        Desk,
        approvals::{self as flow, Waiting},
    },
    oauth::why::Why,
    store::{Reader, StoreResult, approvals, audit, clients, findings, tallies},
    web::view::{Ago, Deed, Phrase, Shape},
};

/// For how long a refusal waits to be seen to.
const RECENT: Span = Span::hours(24);
/// How long before its end a secret is spoken of.
const SOON: Span = Span::days(14);
/// At most so many who wait are spoken of.
const MOST_WAITING: usize = 5;
/// At most so many secrets are spoken of.
const MOST_SECRETS: i64 = 20;

/// The refusals that an administrator can cure, or must know of; the worst first. `true`: something is wrong, not just waiting.
const CURABLE: [(Why, bool); 24] = [
    (Why::StandingStale, true),
    (Why::Broken, true),
    (Why::RefreshReused, true),
    (Why::CodeReplayed, true),
    (Why::CodeOtherClient, true),
    (Why::RefreshOtherClient, true),
    (Why::LoginOtherPerson, true),
    (Why::TargetMissing, true),
    (Why::GitHubFailed, true),
    (Why::RegistrationsFull, true),
    (Why::SecretExpired, true),
    (Why::SecretWrong, false),
    (Why::RedirectUnknownScheme, false),
    (Why::RedirectHostUnlisted, false),
    (Why::RedirectHostDenied, false),
    (Why::InitialTokenMissing, false),
    (Why::NameRefused, false),
    (Why::NameLookAlike, false),
    (Why::DocumentHost, false),
    (Why::RedirectOutOfBandOff, false),
    (Why::ResourceUnknown, false),
    (Why::ResourceUnmatched, false),
    (Why::NotOnAccessList, false),
    (Why::ResourcePerson, false),
];

/// How many lines there are.
pub fn count(reader: &mut Reader<'_>, desk: &Desk, now: Time) -> StoreResult<u64> {
    let mut all = refused(reader, now)?.len() + ending(reader, desk, now)?.len() + settings(desk).len();
    all += findings::wrong(reader)?.len();
    let waiting = usize::try_from(approvals::count(reader, now)?).unwrap_or(0).min(MOST_WAITING);
    Ok((all + waiting) as u64)
}

/// The lines, worst first.
pub fn lines(reader: &mut Reader<'_>, desk: &Desk, now: Time) -> StoreResult<Vec<Need>> {
    let waiting = flow::waiting(reader, now)?;
    let mut needs: Vec<Need> = waiting.iter().take(MOST_WAITING).map(|waiting| waits(desk, waiting, now)).collect();
    for (why, is_red, times) in refused(reader, now)? {
        needs.push(refusal(reader, desk, why, is_red, times, now)?);
    }
    let secrets = ending(reader, desk, now)?;
    needs.extend(secrets.iter().filter_map(|client| secret(desk, client, now)));
    needs.extend(findings::wrong(reader)?.iter().map(|finding| found(desk, finding, now)));
    let base = desk.config.issuer.path();
    needs.extend(settings(desk).into_iter().map(|unsafe_one| Need {
        when: Ago::never("always"),
        shape: Shape::Warning,
        ink: "amber",
        sentence: unsafe_one.words.into(),
        more: unsafe_one.cure.into(),
        actions: vec![Deed::go(unsafe_one.label, format!("{base}/admin{}", unsafe_one.path))],
    }));
    needs.sort_by_key(|need| need.ink != "red");
    Ok(needs)
}

/// Somebody who waits until an administrator approves a client.
fn waits(desk: &Desk, waiting: &Waiting, now: Time) -> Need {
    let base = desk.config.issuer.path();
    let page = format!("{base}/admin/clients/{}", segment(waiting.client.id.as_str()));
    Need {
        when: Ago::of(waiting.wait.created_at.unix(), now.unix()),
        shape: Shape::Half,
        ink: "amber",
        sentence: Phrase::default()
            .strong(&*waiting.login)
            .text(" waits until you approve ")
            .client(waiting.client.name(), page)
            .text("."),
        more: Phrase::from("The wait ends ").time(Ago::of(waiting.wait.expires_at.unix(), now.unix())).text("."),
        actions: vec![Deed { label: "Decide".into(), href: format!("{base}/admin/approvals"), ..Deed::default() }],
    }
}

/// How many refusals there were in the last 24 hours.
pub fn refusals(reader: &mut Reader<'_>, now: Time) -> StoreResult<u64> {
    let all = tallies::sums(reader, tallies::hour(now - RECENT))?;
    let refused = all.iter().filter(|(name, _)| name.starts_with("refused "));
    Ok(refused.map(|(_, n)| u64::try_from(*n).unwrap_or(0)).sum())
}

fn refused(reader: &mut Reader<'_>, now: Time) -> StoreResult<Vec<(Why, bool, i64)>> {
    let counted: BTreeMap<String, i64> = tallies::sums(reader, tallies::hour(now - RECENT))?.into_iter().collect();
    let met =
        |(why, is_red): &(Why, bool)| counted.get(&format!("refused {}", why.code())).map(|n| (*why, *is_red, *n));
    Ok(CURABLE.iter().filter_map(met).collect())
}

/// Only secrets of clients that signed by themselves end, and only where the configuration says so.
fn ending(reader: &mut Reader<'_>, desk: &Desk, now: Time) -> StoreResult<Vec<Client>> {
    match desk.config.policy.lifetimes.client_secret {
        Some(_) => clients::secrets_ending(reader, now, now + SOON, MOST_SECRETS),
        None => Ok(Vec::new()),
    }
}

/// A setting that leaves a door open.
struct Unsafe {
    words: &'static str,
    cure: &'static str,
    /// Words of the way to the cure.
    label: &'static str,
    /// That way, below `/admin`.
    path: &'static str,
}

fn settings(desk: &Desk) -> Vec<Unsafe> {
    let mut unsafe_ones = Vec::new();
    if desk.config.sign_in.is_local() {
        unsafe_ones.push(Unsafe {
            words: "Local mode: any name opens this door, and only on this computer.",
            cure: "Set up a GitHub application before anybody else is to come in.",
            label: "Set up",
            path: "/setup",
        });
    }
    if desk.store.standing().register().entries().is_empty() {
        unsafe_ones.push(Unsafe {
            words: "No protected server is in the register, so one token opens every host behind the gate.",
            cure: "Add each server here, in the configuration file, or with doorbook resources add.",
            label: "Resources",
            path: "/resources",
        });
    }
    if !desk.config.network.rate_limit {
        unsafe_ones.push(Unsafe {
            words: "Nobody is slowed down: the limits on requests are switched off.",
            cure: "Take DOORBOOK_RATE_LIMIT=off out of the configuration.",
            label: "Settings",
            path: "/settings",
        });
    }
    unsafe_ones
}

/// What the server found when it last looked at what it needs.
fn found(desk: &Desk, finding: &Finding, now: Time) -> Need {
    let (name, words, path) = remedy(finding.need);
    let (shape, ink) = match finding.health {
        Health::Bad => (Shape::Cross, "red"),
        Health::Warning | Health::Good => (Shape::Warning, "amber"),
    };
    Need {
        when: Ago::of(finding.at.unix(), now.unix()),
        shape,
        ink,
        sentence: Phrase::default().strong(name).text(": ").text(&*finding.found),
        more: Phrase::default(),
        actions: vec![Deed::go(words, format!("{}/admin{path}", desk.config.issuer.path()))],
    }
}

fn refusal(reader: &mut Reader<'_>, desk: &Desk, why: Why, is_red: bool, times: i64, now: Time) -> StoreResult<Need> {
    let base = desk.config.issuer.path();
    let filter = audit::Filter { reason: Some(why.code().to_owned()), ..audit::Filter::default() };
    let last = audit::page(reader, &filter, None, 1)?.rows.into_iter().next();
    let mut sentence = Phrase::default();
    let mut when = Ago::never("today");
    let mut deeds = Vec::new();
    if let Some(line) = &last {
        let names = Names::load(reader, base, std::slice::from_ref(line))?;
        when = Ago::of(line.at.unix(), now.unix());
        if let Some(client) = &line.client {
            sentence = names.client(sentence, client).text(": ");
        } else if let Some(name) = line.detail.get("name").and_then(|name| name.as_str()) {
            sentence = sentence.client(name, "").text(": ");
        }
        let value = line.detail.get("value").and_then(|value| value.as_str());
        sentence = sentence.text(why.words());
        if let Some(value) = value {
            sentence = sentence.text(": ").code(value);
        }
        deeds = remedies::of(base, why, line);
    } else {
        sentence = sentence.text(why.words());
    }
    deeds.push(Deed::go("Look", format!("{base}/admin/refusals?q={}", why.code())));
    Ok(Need {
        when,
        shape: if is_red { Shape::Cross } else { Shape::Half },
        ink: if is_red { "red" } else { "amber" },
        sentence: sentence.text("."),
        more: Phrase::from(format!("{} in 24 hours. ", counted(times, "time", "times"))).text(why.fix()),
        actions: deeds,
    })
}

fn secret(desk: &Desk, client: &Client, now: Time) -> Option<Need> {
    let end = client.secret.as_ref()?.expires_at?;
    let href = format!("{}/admin/clients/{}", desk.config.issuer.path(), segment(client.id.as_str()));
    Some(Need {
        when: Ago::of(end.unix(), now.unix()),
        shape: Shape::Clock,
        ink: "amber",
        sentence: Phrase::from("The secret of ").client(client.name(), &*href).text(" ends soon."),
        more: "Rotate it and give the client the new one; both work for a while.".into(),
        actions: vec![Deed::go("Open", href)],
    })
}
