//! Log lines, as text or as JSON, on standard error or in a file.
//!
//! Two rules hold here for every line, whoever wrote it: nobody can forge one (whatever is not printable is escaped), and what
//! other crates say is shown from `warn` upwards only, because their details repeat header fields, and those hold tokens.

use std::{
    fmt::{self, Display, Write as _},
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use env_logger::{Builder, Target, WriteStyle, fmt::Formatter};
use log::{Level, LevelFilter, Record};

use super::lines::{self, Writing};

/// The target of access lines.
const ACCESS: &str = "doorbook::access";
/// What the words of an access line are called in JSON.
const ACCESS_WORDS: [&str; 7] = ["method", "path", "status", "micros", "ip", "request", "why"];

/// How lines look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Format {
    /// `2026-11-21T01:20:00.000Z INFO  doorbook: text`
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// What is logged, how and where.
#[derive(Clone, Debug)]
pub struct LogSettings {
    /// The least important level that is shown.
    pub level: LevelFilter,
    /// How lines look.
    pub format: Format,
    /// A file to append to instead of standard error. It is made with mode 0600.
    pub file: Option<PathBuf>,
}

/// Sets logging up, once per process. What it gives is held for as long as there is something to log.
pub fn start(settings: &LogSettings) -> io::Result<Writing> {
    let (mut builder, writing) = builder(settings)?;
    builder.try_init().map_err(io::Error::other)?;
    Ok(writing)
}

fn builder(settings: &LogSettings) -> io::Result<(Builder, Writing)> {
    let (lines, writing) = match &settings.file {
        None => lines::start(io::stderr())?,
        Some(path) => lines::start(appended(path)?)?,
    };
    let mut builder = Builder::new();
    // Lines go out as they are: none has colours that would have to be taken out for a file.
    builder.write_style(WriteStyle::Always).target(Target::Pipe(Box::new(lines)));
    builder.filter_level(settings.level.min(LevelFilter::Warn)).filter_module("doorbook", settings.level).format(
        match settings.format {
            Format::Text => text_line,
            Format::Json => json_line,
        },
    );
    Ok((builder, writing))
}

fn appended(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// One request and its answer. There is no place in it for a query string, a header or a body.
pub struct Access<'a> {
    /// The method as it was sent.
    pub method: &'a str,
    /// The path, without the query string.
    pub path: &'a str,
    /// The status of the answer.
    pub status: u16,
    /// How long it took, in microseconds.
    pub micros: u128,
    /// The client's address, empty where it is not known.
    pub ip: &'a str,
    /// Names the call elsewhere in the log and in the audit.
    pub request: &'a str,
    /// The short name of the reason when the answer refuses, else `-`.
    pub why: &'static str,
    /// Whether this is one of the many that are counted and not logged at the default level (the gate's successes).
    pub quiet: bool,
}

/// Logs a request. Nothing is formatted when the level is filtered.
pub fn access(line: &Access<'_>) {
    log::log!(target: ACCESS, level(line.quiet), "{line}");
}

/// Whether a request would be logged, one of the quiet ones or another.
pub fn is_heard(quiet: bool) -> bool {
    log::log_enabled!(target: ACCESS, level(quiet))
}

const fn level(quiet: bool) -> Level {
    if quiet { Level::Debug } else { Level::Info }
}

impl Display for Access<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = Printable { text: self.path, spaces: false }.to_string();
        let (status, micros) = (self.status.to_string(), self.micros.to_string());
        let ip = if self.ip.is_empty() { "-" } else { self.ip };
        let words: [&str; ACCESS_WORDS.len()] = [self.method, &path, &status, &micros, ip, self.request, self.why];
        // At once: each piece for itself goes a long way.
        f.write_str(&words.join(" "))
    }
}

fn text_line(to: &mut Formatter, record: &Record<'_>) -> io::Result<()> {
    let (time, level, target) = (to.timestamp_millis(), record.level(), record.target());
    write!(to, "{time} {level:<5} ")?;
    if record.target() == ACCESS {
        // Its one word from outside was made printable there.
        return writeln!(to, "{}", record.args());
    }
    let message = record.args().to_string();
    writeln!(to, "{target}: {}", Printable { text: &message, spaces: true })
}

fn json_line(to: &mut Formatter, record: &Record<'_>) -> io::Result<()> {
    let time = to.timestamp_millis();
    write!(to, r#"{{"time":"{time}","level":"{}","target":"{}""#, record.level(), Quoted(record.target()))?;
    let message = record.args().to_string();
    if record.target() == ACCESS {
        for (name, word) in ACCESS_WORDS.iter().zip(message.split(' ')) {
            match word.parse::<u64>() {
                Ok(number) if matches!(*name, "status" | "micros") => write!(to, r#","{name}":{number}"#)?,
                _ => write!(to, r#","{name}":"{}""#, Quoted(word))?,
            }
        }
    } else {
        write!(to, r#","message":"{}""#, Quoted(&message))?;
    }
    writeln!(to, "}}")
}

/// Whether a character could move the cursor, break the line or turn the text around.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// Text for one line: what is not printable appears as its escape.
struct Printable<'a> {
    text: &'a str,
    spaces: bool,
}

impl Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.text.bytes().all(|b| b.is_ascii_graphic() || (b == b' ' && self.spaces)) {
            return f.write_str(self.text);
        }
        for c in self.text.chars() {
            match c {
                ' ' if !self.spaces => f.write_str("%20")?,
                c if is_unprintable(c) => write!(f, "{}", c.escape_unicode())?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// The inside of a JSON string (RFC 8259 section 7).
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                // All of them lie below U+10000, so that one escape is enough.
                c if is_unprintable(c) => write!(f, "\\u{:04x}", u32::from(c))?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_06_nobody_forges_a_line() {
        let cases = [
            ("a\nINFO all is well", "a\\u{a}INFO all is well"),
            ("\r\u{1b}[2J", "\\u{d}\\u{1b}[2J"),
            ("a\u{2028}b\u{85}c", "a\\u{2028}b\\u{85}c"),
            ("\u{202e}nimda", "\\u{202e}nimda"),
            ("plain, with spaces and ü", "plain, with spaces and ü"),
        ];
        for (text, seen) in cases {
            assert_eq!(Printable { text, spaces: true }.to_string(), seen);
            let json = format!("\"{}\"", Quoted(text));
            assert!(!json.contains(is_unprintable));
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
        assert_eq!(serde_json::from_str::<String>(&format!("\"{}\"", Quoted("\"\\"))).unwrap(), "\"\\");
    }

    /// The lines that a log file holds after these records: level, target, message.
    fn written(format: Format, records: &[(Level, &str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let settings = LogSettings { level: LevelFilter::Debug, format, file: Some(path.clone()) };
        let (mut builder, writing) = builder(&settings).unwrap();
        let logger = builder.build();
        for (level, target, message) in records {
            log::Log::log(
                &logger,
                &Record::builder().level(*level).target(target).args(format_args!("{message}")).build(),
            );
        }
        drop(writing);
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
    }

    const RECORDS: &[(Level, &str, &str)] = &[
        (Level::Info, "doorbook", "up\nand \"running\""),
        (Level::Debug, ACCESS, "GET /verify 200 80 192.0.2.1 5f-1 -"),
        (Level::Debug, "h2::codec", "authorization: Bearer secret"),
        (Level::Warn, "actix_http", "a broken request"),
    ];

    #[test]
    fn log_01_text_lines_have_one_line_each_and_other_crates_keep_their_details() {
        let lines = written(Format::Text, RECORDS);
        assert_eq!(lines.len(), 3);
        assert!(lines[0].ends_with("Z INFO  doorbook: up\\u{a}and \"running\""), "{}", lines[0]);
        assert!(lines[1].ends_with("Z DEBUG GET /verify 200 80 192.0.2.1 5f-1 -"), "{}", lines[1]);
        assert!(lines[2].contains("actix_http: a broken request"));
    }

    #[test]
    fn json_lines_are_json_and_access_lines_have_members() {
        let lines: Vec<serde_json::Value> =
            written(Format::Json, RECORDS).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0]["message"], "up\nand \"running\"");
        assert_eq!((&lines[0]["level"], &lines[0]["target"]), (&"INFO".into(), &"doorbook".into()));
        assert_eq!((&lines[1]["status"], &lines[1]["micros"]), (&200.into(), &80.into()));
        assert_eq!((&lines[1]["path"], &lines[1]["request"]), (&"/verify".into(), &"5f-1".into()));
        assert!(lines[1].get("message").is_none());
    }

    #[test]
    fn an_access_line_has_seven_words() {
        let line = Access {
            method: "GET",
            path: "/a b\nc",
            status: 404,
            micros: 120,
            ip: "192.0.2.1",
            request: "5f-1",
            why: "-",
            quiet: false,
        };
        assert_eq!(line.to_string(), "GET /a%20b\\u{a}c 404 120 192.0.2.1 5f-1 -");
        assert_eq!(line.to_string().split(' ').count(), ACCESS_WORDS.len());
        assert_eq!(Access { ip: "", ..line }.to_string(), "GET /a%20b\\u{a}c 404 120 - 5f-1 -");
    }
}
