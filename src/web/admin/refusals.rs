//! Refusals: who was refused, why in plain words, and what to do about it; most often first, each reason with those who met it.
use std::collections::{BTreeMap, BTreeSet, HashMap};

use askama::Template;

use super::{
    clients::select,
    guard::{Admin, Answer},
    lines::Names,
    links::{View, counted},
    remedies,
};
use crate::{
    base::{
        id::{ClientId, UserId},
        time::Span,
    },
    oauth::why::Why,
    store::{
        Reader, StoreResult,
        audit::{self, Line},
        clients, tallies, users,
    },
    web::view::{Ago, Deed, Filters, Link, Phrase, Section, Shape, Shell, State, Tone},
};

/// One of those who met a reason.
#[derive(Clone, Debug, Default)]
pub struct Met {
    /// The last time.
    pub last: Ago,
    /// The client, or what it called itself, or nobody known.
    pub who: Phrase,
    /// The person, when one was there.
    pub person: String,
    /// From where.
    pub from: String,
    /// "13 times".
    pub times: String,
}

/// A reason, and those who met it.
#[derive(Clone, Debug, Default)]
pub struct Reason {
    /// "14 times"; "at least 60 times" when not all were looked at.
    pub times: String,
    /// The last time.
    pub last: Ago,
    /// What happened, in plain words.
    pub words: String,
    /// Its code; red when something can be done here.
    pub code: State,
    /// "What it sent", or "Where" when nothing of it is kept.
    pub sent_label: &'static str,
    /// What was sent, and where.
    pub sent: Phrase,
    /// Who does what about it.
    pub fix: String,
    /// What can be done with one press.
    pub deeds: Vec<Deed>,
    /// All lines of it in the log.
    pub all: Link,
    /// Who met it, the last first.
    pub met: Vec<Met>,
    /// How many more; may be empty.
    pub more: String,
}

/// `GET /admin/refusals`.
#[derive(Template)]
#[template(path = "admin/refusals.html")]
pub struct RefusalsPage {
    /// The frame.
    pub shell: Shell,
    /// "37 refusals for five reasons. Two of them you can end here."
    pub lede: String,
    /// Search and selects (`reason`, `period`).
    pub filters: Filters,
    /// The reasons, the most frequent first.
    pub reasons: Vec<Reason>,
    /// Requests that were turned away unread: how many, why, what to do.
    pub unread: Vec<(String, State, Phrase)>,
    /// What stands there when there is none.
    pub empty: Phrase,
}

const PERIODS: [(&str, &str); 4] = [("", "24 hours"), ("1h", "The last hour"), ("7d", "7 days"), ("30d", "30 days")];
/// How many lines of one reason are looked at, while all reasons are shown.
const OF_EACH: usize = 60;
/// How many lines are looked at when they were searched for.
const OF_ALL: usize = 2_000;
/// How many of the newest lines a search over everything looks at.
const NAMED: usize = 500;
/// How many that met a reason are listed.
const LISTED: usize = 5;
/// How many different values of a reason are shown.
const VALUES: usize = 3;
/// How many clients of a name are looked at.
const NAMESAKES: usize = 20;

/// What was searched for.
enum Sought {
    Everything,
    Reason(String),
    Who(audit::Filter),
    /// Words of a name or of what was sent; the clients of that name.
    Words(String, Vec<ClientId>),
}

/// The lines of one reason, the newest first, and how often there were any.
struct Heap {
    code: String,
    lines: Vec<Line>,
    times: i64,
    /// Not all of them were looked at.
    cut: bool,
}

/// `GET /admin/refusals`. `q` is a reason code, a client by id or name, a person, an address, or part of what was sent.
pub async fn get(admin: Admin) -> Answer {
    let view = View::of(&admin, "/refusals", &["q", "reason", "period"]);
    let now = admin.call.now;
    let span = match view.get("period") {
        "1h" => Span::hours(1),
        "7d" => Span::days(7),
        "30d" => Span::days(30),
        _ => Span::hours(24),
    };
    let (q, reason) = (view.get("q").to_owned(), view.get("reason").to_owned());
    let base = admin.desk.config.issuer.path().to_owned();
    let ((heaps, known, names, unread), numbers) = admin
        .read(move |reader| {
            let (mut counts, mut unread) = (BTreeMap::<String, i64>::new(), BTreeMap::<String, i64>::new());
            for (name, n) in tallies::sums(reader, tallies::hour(now - span))? {
                if let Some(code) = name.strip_prefix("refused ") {
                    counts.insert(code.to_owned(), n);
                }
                if let Some(code) = name.strip_prefix("unread ") {
                    unread.insert(code.to_owned(), n);
                }
            }
            let sought = if reason.is_empty() { sought(reader, &q)? } else { Sought::Reason(reason) };
            let first = audit::first_since(reader, now - span)?;
            let heaps = heaps(reader, sought, &counts, first)?;
            let lines: Vec<Line> = heaps.iter().flat_map(|heap| heap.lines.iter().cloned()).collect();
            let known: Vec<String> = counts.into_keys().collect();
            Ok((heaps, known, Names::load(reader, &base, &lines)?, unread))
        })
        .await?;
    let reasons: Vec<Reason> = heaps.iter().map(|heap| reason_of(&admin, &names, heap)).collect();
    admin.page(&RefusalsPage {
        shell: admin.shell(Section::Refusals, &numbers),
        lede: lede(&heaps, &reasons),
        filters: Filters {
            selects: vec![reasons_known(&view, &known), select(&view, "period", "Time", &PERIODS)],
            applied: view.applied(|name, value| match name {
                "period" => super::clients::word(&PERIODS, value),
                _ => value.to_owned(),
            }),
            ..view.filters("Client, person, address, code, or what was sent")
        },
        reasons,
        unread: if view.is_narrowed() { Vec::new() } else { unread.iter().filter_map(turned_away).collect() },
        empty: if view.is_narrowed() {
            Phrase::from("Nothing that fits was refused. ").link("Show all of the last 24 hours", admin.at("/refusals"))
        } else {
            "Nobody was refused in the last 24 hours.".into()
        },
    })
}

/// Requests that nobody read: they are only counted.
fn turned_away((code, times): (&String, &i64)) -> Option<(String, State, Phrase)> {
    let why = Why::parse(code)?;
    let words = Phrase::default().strong(why.words()).text(format!(". {}", why.fix()));
    Some((often(*times), State::refused(code), words))
}

/// What a search means, by its shape.
fn sought(reader: &mut Reader<'_>, q: &str) -> StoreResult<Sought> {
    if q.is_empty() {
        return Ok(Sought::Everything);
    }
    let none = audit::Filter { event: Some("refused".into()), ..audit::Filter::default() };
    if let Some(why) = Why::parse(&q.to_ascii_uppercase()).or_else(|| Why::parse(q)) {
        return Ok(Sought::Reason(why.code().to_owned()));
    }
    if let Ok(ip) = q.parse::<std::net::IpAddr>() {
        return Ok(Sought::Who(audit::Filter { refused_from: Some(ip.to_string()), ..audit::Filter::default() }));
    }
    if q.starts_with("client_") {
        return Ok(Sought::Who(audit::Filter { client: Some(ClientId::new(q)), ..none }));
    }
    let id = q.strip_prefix("id:").map(|number| format!("github:{number}"));
    let user = match id {
        Some(id) => Some(UserId::new(id)),
        None if q.starts_with("github:") || q.starts_with("local:") => Some(UserId::new(q)),
        None => users::by_login(reader, q)?.into_iter().next().map(|person| person.id),
    };
    if user.is_some() {
        return Ok(Sought::Who(audit::Filter { user, ..none }));
    }
    let by_name = clients::Filter { search: q.to_owned(), ..clients::Filter::default() };
    let namesakes = clients::page(reader, &by_name, None, NAMESAKES)?.rows;
    Ok(Sought::Words(q.to_lowercase(), namesakes.into_iter().map(|client| client.id).collect()))
}

/// Of the newest refusals those that go by these words, or were about something that has them in it: the last of each reason.
pub(super) fn named(reader: &mut Reader<'_>, words: &str) -> StoreResult<Vec<Line>> {
    let refused = audit::Filter { event: Some("refused".into()), ..audit::Filter::default() };
    let mut lines = audit::page(reader, &refused, None, NAMED)?.rows;
    let (words, mut reasons) = (words.to_lowercase(), BTreeSet::new());
    lines.retain(|line| goes_by(line, &words, &[]) && reasons.insert(line.reason.clone()));
    Ok(lines)
}

fn heaps(
    reader: &mut Reader<'_>,
    sought: Sought,
    counts: &BTreeMap<String, i64>,
    first: i64,
) -> StoreResult<Vec<Heap>> {
    let mut heaps = Vec::new();
    match sought {
        Sought::Everything => {
            for (code, times) in counts {
                heaps.extend(of_reason(reader, code, *times, OF_EACH, first)?);
            }
        }
        Sought::Reason(code) => {
            let times = counts.get(&code).copied().unwrap_or(0);
            heaps.extend(of_reason(reader, &code, times, OF_ALL, first)?);
        }
        Sought::Who(filter) => {
            let filter = audit::Filter { first: Some(first), ..filter };
            heaps = piled(audit::page(reader, &filter, None, OF_ALL)?.rows);
        }
        Sought::Words(words, namesakes) => {
            let filter =
                audit::Filter { event: Some("refused".into()), first: Some(first), ..audit::Filter::default() };
            let mut lines = audit::page(reader, &filter, None, OF_ALL)?.rows;
            lines.retain(|line| goes_by(line, &words, &namesakes));
            heaps = piled(lines);
        }
    }
    heaps.sort_by(|a, b| b.times.cmp(&a.times).then_with(|| a.code.cmp(&b.code)));
    Ok(heaps)
}

fn of_reason(reader: &mut Reader<'_>, code: &str, times: i64, most: usize, first: i64) -> StoreResult<Option<Heap>> {
    let filter = audit::Filter { reason: Some(code.to_owned()), first: Some(first), ..audit::Filter::default() };
    let page = audit::page(reader, &filter, None, most)?;
    let (cut, seen) = (page.older.is_some(), page.rows.len() as i64);
    // Counts go by whole hours, lines by seconds: where all lines were seen they are the truth.
    let times = if cut { times.max(seen) } else { seen };
    Ok((seen > 0).then(|| Heap { code: code.to_owned(), lines: page.rows, times, cut }))
}

fn piled(lines: Vec<Line>) -> Vec<Heap> {
    let cut = lines.len() >= OF_ALL;
    let mut piles: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    for line in lines {
        piles.entry(line.reason.clone().unwrap_or_default()).or_default().push(line);
    }
    piles.into_iter().map(|(code, lines)| Heap { code, times: lines.len() as i64, lines, cut }).collect()
}

fn goes_by(line: &Line, words: &str, namesakes: &[ClientId]) -> bool {
    let says = |name: &str| text(line, name).is_some_and(|text| text.to_lowercase().contains(words));
    line.client.as_ref().is_some_and(|id| namesakes.contains(id)) || says("name") || says("value")
}

fn text<'l>(line: &'l Line, name: &str) -> Option<&'l str> {
    line.detail.get(name).and_then(|value| value.as_str())
}

fn reason_of(admin: &Admin, names: &Names, heap: &Heap) -> Reason {
    let now = admin.call.now;
    let why = Why::parse(&heap.code);
    let base = admin.desk.config.issuer.path();
    let mut deeds: Vec<Deed> = Vec::new();
    for deed in heap.lines.iter().flat_map(|line| why.map_or_else(Vec::new, |why| remedies::of(base, why, line))) {
        let known = deeds.iter().any(|other| other.label == deed.label && other.href == deed.href);
        if !known && deeds.len() < VALUES {
            deeds.push(deed);
        }
    }
    let (met, more) = met(admin, names, heap);
    let (sent_label, sent) = sent(&heap.lines);
    let last = heap.lines.first().map_or_else(Ago::default, |line| Ago::of(line.at.unix(), now.unix()));
    let code =
        if deeds.is_empty() { State::new(Tone::Plain, Shape::Cross, &*heap.code) } else { State::refused(&heap.code) };
    let times = often(heap.times);
    Reason {
        all: Link::new(format!("Show {} in the log", if heap.times == 1 { "it" } else { "all of them" }), {
            format!("{}?q={}", admin.at("/audit"), heap.code)
        }),
        times: if heap.cut && heap.times <= heap.lines.len() as i64 { format!("at least {times}") } else { times },
        last,
        words: why.map_or_else(|| "Refused for a reason that is no longer used".to_owned(), |why| why.words().into()),
        code,
        sent_label,
        sent,
        fix: why.map_or_else(String::new, |why| why.fix().into()),
        deeds,
        met,
        more,
    }
}

fn often(times: i64) -> String {
    if times == 1 { "once".into() } else { counted(times, "time", "times") }
}

/// What was sent: the different values, the newest first; and where.
fn sent(lines: &[Line]) -> (&'static str, Phrase) {
    let mut values: Vec<&str> = Vec::new();
    for value in lines.iter().filter_map(|line| text(line, "value")) {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    let mut places: Vec<&str> = Vec::new();
    for place in lines.iter().filter_map(|line| text(line, "endpoint")) {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let mut words = Phrase::default();
    for (n, value) in values.iter().take(VALUES).enumerate() {
        words = (if n > 0 { words.text(", ") } else { words }).code(*value);
    }
    if values.len() > VALUES {
        words = words.text(format!(" and {} more", values.len() - VALUES));
    }
    let places: Vec<&str> = places.iter().take(VALUES).map(|place| at(place)).collect();
    let places = places.join(", and ");
    match values.is_empty() {
        false => ("What it sent", words.text(format!(", {places}."))),
        true => {
            let (first, rest) = places.split_at(places.chars().next().map_or(0, char::len_utf8));
            ("Where", Phrase::from(format!("{}{rest}.", first.to_uppercase())))
        }
    }
}

/// Where in the protocol something was refused.
fn at(endpoint: &str) -> &'static str {
    match endpoint {
        "register" => "when it registered",
        "manage" => "when it changed its registration",
        "authorize" | "par" => "when it asked to be let in",
        "consent" => "at the question to the person",
        "sign-in" | "callback" => "at the sign-in",
        "token" => "when it asked for a token",
        "verify" => "at the gate",
        "introspect" => "when a server asked about a token",
        "revoke" => "when it gave a token back",
        "device" | "device_authorization" => "on a device",
        "admin" => "at the dashboard",
        "me" => "at their own page",
        _ => "on a page",
    }
}

/// Who met it: each client, person and address once, the last first; and how many more.
fn met(admin: &Admin, names: &Names, heap: &Heap) -> (Vec<Met>, String) {
    let mut places = HashMap::new();
    let mut groups: Vec<(&Line, i64)> = Vec::new();
    for line in &heap.lines {
        let key = (line.client.as_ref(), text(line, "name"), line.user.as_ref(), &line.ip);
        let place = *places.entry(key).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, times)) => *times += 1,
            None => groups.push((line, 1)),
        }
    }
    let row = |(line, times): &(&Line, i64)| Met {
        last: Ago::of(line.at.unix(), admin.call.now.unix()),
        who: match (&line.client, text(line, "name")) {
            (Some(id), _) => names.client(Phrase::default(), id),
            (None, Some(name)) => Phrase::default().client(name, ""),
            (None, None) => "no client that is known".into(),
        },
        person: line.user.as_ref().map_or_else(|| "nobody signed in".into(), |user| names.login(user)),
        from: line.ip.clone(),
        times: often(*times),
    };
    let more = groups.len().saturating_sub(LISTED);
    let more = if more == 0 { String::new() } else { format!("and {more} more") };
    (groups.iter().take(LISTED).map(row).collect(), more)
}

fn reasons_known(view: &View, known: &[String]) -> crate::web::view::Filter {
    let words = |code: &String| {
        let words = Why::parse(code).map_or("", Why::words);
        format!("{code} {}", words.chars().take(40).collect::<String>())
    };
    let mut options = vec![(String::new(), "Any".to_owned())];
    options.extend(known.iter().map(|code| (code.clone(), words(code))));
    let chosen = view.get("reason");
    if !chosen.is_empty() && !known.iter().any(|code| code == chosen) {
        options.push((chosen.to_owned(), chosen.to_owned()));
    }
    let options: Vec<(&str, &str)> = options.iter().map(|(value, words)| (&**value, &**words)).collect();
    select(view, "reason", "Reason", &options)
}

fn lede(heaps: &[Heap], reasons: &[Reason]) -> String {
    let times: i64 = heaps.iter().map(|heap| heap.times).sum();
    let here = reasons.iter().filter(|reason| !reason.deeds.is_empty()).count();
    let sum = match reasons.len() {
        0 => return "Every refusal says why, and what to do about it.".into(),
        1 => format!("{} for one reason.", counted(times, "refusal", "refusals")),
        n => format!("{} for {n} reasons.", counted(times, "refusal", "refusals")),
    };
    match here {
        0 => sum,
        1 => format!("{sum} One of them you can deal with here."),
        n => format!("{sum} {n} of them you can deal with here."),
    }
}
