//! Overview: what needs the reader first, then figures, refusals, the last lines.
use std::collections::{BTreeMap, BTreeSet, HashMap};

use askama::{Template, filters::HtmlSafe};

use super::{
    guard::{Admin, Answer, Numbers},
    lines::{self, Names},
    links::counted,
    needs,
};
use crate::{
    base::{
        id::ClientId,
        time::{Span, Time},
    },
    oauth::why::Why,
    store::{
        Reader, StoreResult,
        activity::{self, Active},
        audit::{self, Line},
        stats, tallies, traffic,
    },
    web::view::{Ago, Deed, Figure, Phrase, Pick, Section, Shape, Shell, State, grouped},
};

/// One attention line.
#[derive(Clone, Debug, Default)]
pub struct Need {
    /// Since when, or until when.
    pub when: Ago,
    /// Its shape.
    pub shape: Shape,
    /// `red` or `amber`.
    pub ink: &'static str,
    /// One sentence, with the client's name and the offending value.
    pub sentence: Phrase,
    /// One line of circumstances.
    pub more: Phrase,
    /// One or two buttons.
    pub actions: Vec<Deed>,
}

/// One row of the table behind the figures.
#[derive(Clone, Debug, Default)]
pub struct FigureRow {
    /// Begin of the hour or day.
    pub from: String,
    /// The counts, in the order of the figures.
    pub counts: Vec<u64>,
}

/// Refusals with one reason.
#[derive(Clone, Debug, Default)]
pub struct RefusalRow {
    /// The last one.
    pub last: Ago,
    /// The reason in words.
    pub reason: String,
    /// The filtered log; may be empty.
    pub href: String,
    /// Its stable code.
    pub code: String,
    /// How often.
    pub times: u64,
    /// 0 to 100, of the most frequent one.
    pub share: u64,
    /// Clients that met it.
    pub who: Phrase,
}

/// One of the last lines of the log, as the page has it and as it comes live.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "parts/recent_row.html")]
pub struct RecentRow {
    /// When: of today only the time.
    pub when: Ago,
    /// What happened.
    pub sentence: Phrase,
    /// By whom.
    pub who: String,
    /// Resource or address.
    pub place: String,
    /// Reason code of a refusal.
    pub code: Option<State>,
}
impl HtmlSafe for RecentRow {}

impl RecentRow {
    /// A line as it is read at that moment.
    pub fn of(names: &Names, line: &Line, now: Time) -> Self {
        let at = line.at.unix();
        Self {
            when: if now - TODAY < line.at { Ago::clock(at) } else { Ago::of(at, now.unix()) },
            sentence: names.sentence(line),
            who: names.by(line),
            place: line.ip.clone(),
            code: lines::stamp(line),
        }
    }
}

/// `GET /admin`, with `period` = `24h`, `7d`, `30d`.
#[derive(Template)]
#[template(path = "admin/overview.html")]
pub struct OverviewPage {
    /// The frame.
    pub shell: Shell,
    /// "Four things need you. Everything else is as it should be."
    pub lede: Phrase,
    /// Worst first.
    pub needs: Vec<Need>,
    /// "Fri 20 Nov, 01:00 to now. One stroke is one hour."
    pub span: String,
    /// The periods as links.
    pub periods: Vec<Pick>,
    /// Five figures.
    pub figures: Vec<Figure>,
    /// The same as a table.
    pub columns: Vec<FigureRow>,
    /// What came to the gate: three figures.
    pub gate: Vec<Figure>,
    /// The same as a table.
    pub gate_columns: Vec<FigureRow>,
    /// "37 refusals for five reasons." or "Nothing was refused."
    pub refusals_lede: String,
    /// Most frequent first.
    pub refusals: Vec<RefusalRow>,
    /// Newest first, eight or so.
    pub recent: Vec<RecentRow>,
    /// The number of the newest: what comes live comes after it.
    pub newest: i64,
}

/// Of lines that are not older only the time is shown.
const TODAY: Span = Span::hours(12);
/// How many of the last lines are shown.
const RECENT: usize = 8;
/// How many of the newest refusals are looked at for who met them.
const LOOKED_AT: usize = 200;

/// A length of time that the figures are for: name, words, hours, hours of one stroke.
struct Period {
    name: &'static str,
    words: &'static str,
    hours: i64,
    stroke: i64,
}

impl Period {
    /// How many strokes it has.
    const fn strokes(&self) -> i64 {
        self.hours / self.stroke
    }
}

const PERIODS: [Period; 3] = [
    Period { name: "24h", words: "24 hours", hours: 24, stroke: 1 },
    Period { name: "7d", words: "7 days", hours: 168, stroke: 6 },
    Period { name: "30d", words: "30 days", hours: 720, stroke: 24 },
];

/// How many hours a period of that name has.
pub(super) fn period(name: &str) -> Option<i64> {
    PERIODS.iter().find(|period| period.name == name).map(|period| period.hours)
}

/// What the page is made from.
struct Facts {
    needs: Vec<Need>,
    counts: stats::Counts,
    /// What was counted in this period and the one before, by the stroke.
    tallies: Vec<(i64, String, i64)>,
    /// Who was active in this period, by the stroke.
    active: Vec<Active>,
    /// What came to the gate in the same time, by the hour.
    gate: Vec<(String, i64, traffic::Counts)>,
    recent: Vec<Line>,
    refused: Vec<Line>,
    names: Names,
}

/// `GET /admin`.
pub async fn get(admin: Admin) -> Answer {
    let [day, ..] = &PERIODS;
    let period = PERIODS.iter().find(|p| p.name == admin.one("period")).unwrap_or(day);
    let (desk, now, hours, stroke) = (admin.desk.clone(), admin.call.now, period.hours, period.stroke);
    let first = tallies::hour(now) + 1 - 2 * hours;
    let (facts, numbers) = admin
        .read(move |reader| {
            let base = desk.config.issuer.path();
            let recent = audit::page(reader, &audit::Filter::default(), None, RECENT)?.rows;
            let refused = refused(reader)?;
            let both: Vec<Line> = recent.iter().chain(&refused).cloned().collect();
            Ok(Facts {
                needs: needs::lines(reader, &desk, now)?,
                counts: stats::counts(reader, now - Span::hours(hours), now)?,
                tallies: tallies::in_steps(reader, first, stroke)?,
                active: active(reader, period, now)?,
                gate: traffic::since(reader, first)?,
                names: Names::load(reader, base, &both)?,
                recent,
                refused,
            })
        })
        .await?;
    admin.page(&page(&admin, period, facts, &numbers))
}

/// Who was active in each stroke of a period: as it was noted, and of the running one as it is.
fn active(reader: &mut Reader<'_>, period: &Period, now: Time) -> StoreResult<Vec<Active>> {
    let (hour, hours) = (tallies::hour(now), period.stroke);
    let ends: Vec<i64> = (0..period.strokes()).rev().map(|back| hour - back * hours).collect();
    let mut noted: HashMap<i64, Active> = activity::at(reader, hours, &ends)?.into_iter().collect();
    noted.insert(hour, activity::now(reader, hours, now)?);
    Ok(ends.iter().map(|end| noted.get(end).copied().unwrap_or_default()).collect())
}

fn refused(reader: &mut Reader<'_>) -> StoreResult<Vec<Line>> {
    let filter = audit::Filter { event: Some("refused".into()), ..audit::Filter::default() };
    Ok(audit::page(reader, &filter, None, LOOKED_AT)?.rows)
}

fn page(admin: &Admin, period: &Period, facts: Facts, numbers: &Numbers) -> OverviewPage {
    let now = admin.call.now;
    let strokes = Strokes::new(period, &facts, now);
    let refusals = refusals(admin, period, &facts);
    let times: u64 = refusals.iter().map(|row| row.times).sum();
    let recent = facts.recent.iter().map(|line| RecentRow::of(&facts.names, line, now));
    OverviewPage {
        shell: admin.shell(Section::Overview, numbers),
        lede: match facts.needs.len() {
            0 => "Nothing needs you. Everything is as it should be.".into(),
            1 => "One thing needs you.".into(),
            n => Phrase::from(format!("{n} things need you.")),
        },
        newest: facts.recent.first().map_or(0, |line| line.seq),
        recent: recent.collect(),
        span: format!(
            "The last {}. One stroke is {}.",
            period.words,
            match period.stroke {
                1 => "one hour",
                6 => "six hours",
                _ => "one day",
            }
        ),
        periods: PERIODS
            .iter()
            .map(|p| Pick {
                value: format!("{}?period={}", admin.at(""), p.name),
                label: p.name.replace('h', " h").replace('d', " d"),
                chosen: p.name == period.name,
            })
            .collect(),
        figures: figures(admin, period, &facts.counts, &strokes),
        columns: strokes.table(&[
            &strokes.people,
            &strokes.clients,
            &strokes.registered,
            &strokes.tokens,
            &strokes.refused,
        ]),
        gate: gate(admin, &strokes),
        gate_columns: strokes.table(&[&strokes.passed, &strokes.challenged, &strokes.turned_away]),
        refusals_lede: match refusals.len() {
            0 => "Nothing was refused.".into(),
            1 => format!("{} for one reason.", counted(times as i64, "refusal", "refusals")),
            n => format!("{} for {n} reasons.", counted(times as i64, "refusal", "refusals")),
        },
        refusals,
        needs: facts.needs,
    }
}

fn figures(admin: &Admin, period: &Period, counts: &stats::Counts, strokes: &Strokes) -> Vec<Figure> {
    let number = |n: i64| grouped(n.unsigned_abs());
    let name = period.name;
    let active = |label: &str, n: i64, path: &str, each: &Count, note: String| {
        Figure::new(label, number(n), &admin.at(path), each.strokes.clone(), &note)
    };
    let moving = |label: &str, count: &Count, path: &str| count.figure(label, &admin.at(path));
    vec![
        active(
            "Active people",
            counts.people_seen,
            "/people",
            &strokes.people,
            format!("of {} who have been here", number(counts.people)),
        ),
        active(
            "Live clients",
            counts.clients_used,
            &format!("/clients?used={name}"),
            &strokes.clients,
            format!("of {} in the book", number(counts.clients)),
        ),
        moving("Registrations", &strokes.registered, "/audit?did=client_registered"),
        moving("Tokens issued", &strokes.tokens, "/audit?did=token_issued"),
        moving("Refusals", &strokes.refused, &format!("/refusals?period={name}")),
    ]
}

fn gate(admin: &Admin, strokes: &Strokes) -> Vec<Figure> {
    let resources = admin.at("/resources");
    vec![
        strokes.passed.figure("Let through", &resources),
        strokes.challenged.figure("Asked to sign in", &resources),
        strokes.turned_away.figure("Turned away", &resources),
    ]
}

/// "3 more than before", in words: the period before this one.
fn compared(now: u64, before: u64) -> String {
    match (now, before) {
        (0, 0) => "none before either".into(),
        (now, before) if now == before => "as many as before".into(),
        (now, before) if now > before => format!("{} more than before", grouped(now - before)),
        (now, before) => format!("{} less than before", grouped(before - now)),
    }
}

/// One count: the strokes of this period, and the sum of the one before.
#[derive(Default)]
struct Count {
    strokes: Vec<u64>,
    before: u64,
}

impl Count {
    /// From what was counted in each stroke of the period before and then of this one.
    fn of(period: &Period, counted: impl Iterator<Item = (i64, i64)>) -> Self {
        let many = period.strokes();
        let mut count = Self { strokes: vec![0; usize::try_from(many).unwrap_or(0)], before: 0 };
        for (step, n) in counted {
            let n = u64::try_from(n).unwrap_or(0);
            match usize::try_from(step - many) {
                Ok(place) => count.strokes.iter_mut().skip(place).take(1).for_each(|stroke| *stroke += n),
                Err(_) => count.before += n,
            }
        }
        count
    }

    /// From how many there were in each stroke: they do not add up, for whoever comes twice is one.
    fn each(counts: impl Iterator<Item = i64>) -> Self {
        Self { strokes: counts.map(|n| u64::try_from(n).unwrap_or(0)).collect(), before: 0 }
    }

    fn figure(&self, label: &str, href: &str) -> Figure {
        let total = self.strokes.iter().sum::<u64>();
        Figure::new(label, grouped(total), href, self.strokes.clone(), &compared(total, self.before))
    }
}

/// The counts of a period in strokes, the oldest first.
struct Strokes {
    first: i64,
    hours: i64,
    people: Count,
    clients: Count,
    registered: Count,
    tokens: Count,
    refused: Count,
    passed: Count,
    challenged: Count,
    turned_away: Count,
}

impl Strokes {
    fn new(period: &Period, facts: &Facts, now: Time) -> Self {
        let first = tallies::hour(now) + 1 - period.hours;
        let tallied = |wanted: fn(&str) -> bool| {
            let all = facts.tallies.iter().filter(move |(_, name, _)| wanted(name));
            Count::of(period, all.map(|(step, _, n)| (*step, *n)))
        };
        let step = |hour: i64| (hour - first + period.hours) / period.stroke;
        let at_gate = |n: fn(&traffic::Counts) -> i64| {
            Count::of(period, facts.gate.iter().map(|(_, hour, counts)| (step(*hour), n(counts))))
        };
        Self {
            first,
            hours: period.stroke,
            people: Count::each(facts.active.iter().map(|active| active.people)),
            clients: Count::each(facts.active.iter().map(|active| active.clients)),
            registered: tallied(|name| name == "registered"),
            tokens: tallied(|name| name == "tokens"),
            refused: tallied(|name| name.starts_with("refused ")),
            passed: at_gate(|counts| counts.passed),
            challenged: at_gate(|counts| counts.challenged),
            turned_away: at_gate(|counts| counts.refused),
        }
    }

    /// Some of them as a table: one row a stroke.
    fn table(&self, columns: &[&Count]) -> Vec<FigureRow> {
        let many = columns.first().map_or(0, |count| count.strokes.len());
        let begins = |row: usize| (self.first + row as i64 * self.hours) * 3_600;
        let cell = |count: &&Count, row: usize| count.strokes.get(row).copied().unwrap_or(0);
        let row = |row: usize| FigureRow {
            from: Ago::exact(begins(row)).relative,
            counts: columns.iter().map(|count| cell(count, row)).collect(),
        };
        (0..many).map(row).collect()
    }
}

/// Refusals of the period by their reason, the most frequent first. Who met them is known of the newest.
fn refusals(admin: &Admin, period: &Period, facts: &Facts) -> Vec<RefusalRow> {
    let now = admin.call.now;
    let mut times: BTreeMap<&str, u64> = BTreeMap::new();
    for (step, name, n) in &facts.tallies {
        if let (Some(code), true) = (name.strip_prefix("refused "), *step >= period.strokes()) {
            *times.entry(code).or_default() += u64::try_from(*n).unwrap_or(0);
        }
    }
    let most = times.values().copied().max().unwrap_or(1).max(1);
    let mut rows: Vec<RefusalRow> = times
        .into_iter()
        .map(|(code, times)| {
            let met: Vec<&Line> = facts.refused.iter().filter(|l| l.reason.as_deref() == Some(code)).collect();
            RefusalRow {
                last: met.first().map_or_else(|| Ago::never("–"), |line| Ago::of(line.at.unix(), now.unix())),
                reason: Why::parse(code).map_or_else(|| code.to_owned(), |why| why.words().to_owned()),
                href: format!("{}?q={code}&period={}", admin.at("/refusals"), period.name),
                code: code.to_owned(),
                times,
                share: times * 100 / most,
                who: who(&facts.names, &met),
            }
        })
        .collect();
    rows.sort_by(|a, b| b.times.cmp(&a.times).then(a.code.cmp(&b.code)));
    rows
}

/// The first two clients that met it, and how many others.
fn who(names: &Names, met: &[&Line]) -> Phrase {
    let clients: BTreeSet<&ClientId> = met.iter().filter_map(|line| line.client.as_ref()).collect();
    let mut words = Phrase::default();
    for (place, id) in clients.iter().take(2).enumerate() {
        words = names.client(if place > 0 { words.text(", ") } else { words }, id);
    }
    match clients.len() {
        0 => "–".into(),
        1 | 2 => words,
        n => words.text(format!(" and {} more", n - 2)),
    }
}
