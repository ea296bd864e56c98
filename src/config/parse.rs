//! From the words of one option to its value. Every error says what to type instead; what was typed is added by the
//! loader, which knows whether it may be shown.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use ipnet::IpNet;
use url::Url;
use zeroize::Zeroizing;

use super::{LogFormat, ProxyHeaders};
use crate::base::{
    algorithm::SigningAlgorithm,
    egress::Exception,
    id::ClientId,
    issuer::Issuer,
    registration::{LookAlikes, RegistrationMode, Trust},
    resource::is_loopback,
    scope::{ScopeSet, is_scope_token},
    secret::Plain,
    time::Span,
    user::Who,
};

/// A value, or what to type instead.
pub type Parsed<T> = Result<T, String>;

/// The parts of a list: separated by commas or white space; `none` is the empty list.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let text = if text.trim().eq_ignore_ascii_case("none") { "" } else { text };
    text.split(|c: char| c == ',' || c.is_whitespace()).filter(|part| !part.is_empty())
}

/// The public URL.
pub fn issuer(text: &str) -> Parsed<Issuer> {
    Issuer::parse(text).ok_or_else(|| {
        "write https://your.domain (http is allowed for 127.0.0.1, [::1] and localhost only; no query, no credentials)".into()
    })
}

/// An address to listen on.
pub fn address(text: &str) -> Parsed<SocketAddr> {
    let literal = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    let literal = literal.as_deref().unwrap_or(text);
    literal.parse().map_err(|_| "write address:port, as in 127.0.0.1:8000 or [::]:8000".into())
}

/// A number of threads.
pub fn workers(text: &str) -> Parsed<Option<usize>> {
    if text.eq_ignore_ascii_case("auto") {
        return Ok(None);
    }
    let number = text.parse().ok().filter(|n| (1..=256).contains(n));
    number.map(Some).ok_or_else(|| "write a number from 1 to 256, or auto for one thread for each core".into())
}

/// A number of registrations.
pub fn clients(text: &str) -> Parsed<i64> {
    let number = text.parse().ok().filter(|n| (1..=10_000_000).contains(n));
    number.ok_or_else(|| "write a number from 1 to 10000000".into())
}

/// `on` or `off`.
pub fn switch(text: &str) -> Parsed<bool> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" | "1" => Ok(true),
        "off" | "false" | "no" | "0" => Ok(false),
        _ => Err("write on or off".into()),
    }
}

/// Who may register. `ENABLE_DCR` speaks of on and off.
pub fn registration(text: &str) -> Parsed<RegistrationMode> {
    let text = text.to_ascii_lowercase();
    match (RegistrationMode::parse(&text), switch(&text)) {
        (Some(mode), _) => Ok(mode),
        (None, Ok(true)) => Ok(RegistrationMode::Open),
        (None, Ok(false)) => Ok(RegistrationMode::Closed),
        (None, Err(_)) => Err(one_of(RegistrationMode::ALL.map(RegistrationMode::as_str).as_slice())),
    }
}

/// Which hosts may describe clients.
pub fn trust(text: &str) -> Parsed<Trust> {
    Trust::parse(&text.to_ascii_lowercase()).ok_or_else(|| one_of(Trust::ALL.map(Trust::as_str).as_slice()))
}

/// What becomes of look-alikes.
pub fn look_alikes(text: &str) -> Parsed<LookAlikes> {
    let known = LookAlikes::parse(&text.to_ascii_lowercase());
    known.ok_or_else(|| one_of(LookAlikes::ALL.map(LookAlikes::as_str).as_slice()))
}

/// `write open, ask or closed`
fn one_of(words: &[&str]) -> String {
    match words {
        [rest @ .., before, last] => {
            let rest: String = rest.iter().map(|word| format!("{word}, ")).collect();
            format!("write {rest}{before} or {last}")
        }
        _ => format!("write {}", words.concat()),
    }
}

/// A list of names for people: separated by commas or line ends, because names have spaces in them.
pub fn names(text: &str) -> Parsed<Vec<String>> {
    let text = if text.trim().eq_ignore_ascii_case("none") { "" } else { text };
    let one = |part: &str| {
        let good = part.chars().count() <= 100 && !part.chars().any(char::is_control);
        good.then(|| part.to_owned()).ok_or_else(|| "write names of at most 100 characters with commas between".into())
    };
    text.split([',', '\n']).map(str::trim).filter(|part| !part.is_empty()).map(one).collect()
}

/// A list of hosts.
pub fn hosts(text: &str) -> Parsed<Vec<String>> {
    let one = |part: &str| {
        let host = part.to_ascii_lowercase();
        let name = host.strip_prefix("*.").unwrap_or(&host);
        let shape = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
        let advice = "write hosts with commas between them, as in claude.ai,*.vscode.dev";
        (shape && !name.is_empty() && host.len() <= 253).then_some(host).ok_or_else(|| advice.to_owned())
    };
    parts(text).map(one).collect()
}

/// One host, as it is called.
pub fn host(text: &str) -> Parsed<String> {
    match hosts(text)?.as_slice() {
        [one] if !one.starts_with('*') => Ok(one.clone()),
        _ => Err("write one host, as in claude.ai".into()),
    }
}

/// A list of hosts that may stand at addresses that are not public.
pub fn exceptions(text: &str) -> Parsed<Vec<Exception>> {
    let advice = "write hosts, each with its network if you can, as in apps.internal=10.0.0.0/8,other.internal";
    parts(text).map(|part| Exception::parse(part).ok_or_else(|| advice.to_owned())).collect()
}

/// A length of time: a number of seconds, or a number with `s`, `m`, `h` or `d` behind it.
pub fn span(text: &str, least: Span, most: Span) -> Parsed<Span> {
    let advice = || {
        let (least, most) = (in_words(least), in_words(most));
        format!("write a length of time from {least} to {most}: seconds, or a number with s, m, h or d, as in 15m")
    };
    let (number, unit) = match text.char_indices().last() {
        Some((at, 's')) => (text.get(..at), 1),
        Some((at, 'm')) => (text.get(..at), 60),
        Some((at, 'h')) => (text.get(..at), 3_600),
        Some((at, 'd')) => (text.get(..at), 86_400),
        _ => (Some(text), 1),
    };
    let seconds = number.and_then(|n| n.trim().parse::<u32>().ok()).map(|n| i64::from(n) * unit).ok_or_else(advice)?;
    let span = Span::seconds(seconds);
    if span < least || span > most { Err(advice()) } else { Ok(span) }
}

/// How long a client that nobody let in stays.
pub fn unused_client(text: &str) -> Parsed<Span> {
    span(text, Span::hours(1), Span::days(400))
}

/// How long a client that nobody uses any more stays.
pub fn idle_client(text: &str) -> Parsed<Span> {
    span(text, Span::days(1), Span::days(4_000))
}

/// A length of time, or `never` (also `0`).
pub fn span_or_never(text: &str, least: Span, most: Span) -> Parsed<Option<Span>> {
    match text {
        "never" | "0" => Ok(None),
        _ => span(text, least, most).map(Some).map_err(|advice| format!("{advice}; or never")),
    }
}

/// A length of time as people write it.
pub fn in_words(span: Span) -> String {
    let seconds = span.as_seconds();
    match seconds {
        s if s != 0 && s % 86_400 == 0 => format!("{}d", s / 86_400),
        s if s != 0 && s % 3_600 == 0 => format!("{}h", s / 3_600),
        s if s != 0 && s % 60 == 0 => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}

/// How long the access tokens of one resource work.
pub fn token_life(text: &str) -> Parsed<Span> {
    span(text, Span::minutes(1), Span::days(30))
}

/// A scope, or a scope, `=` and its sentence for consent.
pub fn scope_in_words(text: &str) -> Parsed<(String, String)> {
    let (name, sentence) = text.split_once('=').unwrap_or((text, ""));
    if !is_scope_token(name) {
        return Err(
            "write a scope, or a scope, = and a sentence; no white space, quotes or backslashes in the scope".into()
        );
    }
    Ok((name.to_owned(), sentence.trim().to_owned()))
}

/// A list of scopes.
pub fn scopes(text: &str) -> Parsed<ScopeSet> {
    let tokens: Vec<_> = parts(text).collect();
    if tokens.is_empty() || !tokens.iter().all(|t| is_scope_token(t)) {
        return Err("write scopes with spaces between them, as in mcp offline_access; no quotes, no backslashes".into());
    }
    Ok(tokens.into_iter().collect())
}

/// A list of people.
pub fn people(text: &str) -> Parsed<Vec<Who>> {
    let advice = "write GitHub logins with commas between them, as in octocat,id:583231 (or * for everybody)";
    parts(text).map(|part| Who::parse(part).ok_or_else(|| advice.to_owned())).collect()
}

/// A list of administrators: never everybody.
pub fn administrators(text: &str) -> Parsed<Vec<Who>> {
    let people = people(text).map_err(|_| "write GitHub logins with commas between them, as in octocat,id:583231")?;
    if people.contains(&Who::Everybody) {
        return Err("* would make everybody on GitHub an administrator; name them, as in octocat,id:583231".into());
    }
    if people.iter().any(Who::is_for_tokens_only) {
        return Err("people of an identity provider cannot sign in here; name administrators by their login".into());
    }
    Ok(people)
}

/// A client that needs not register: its id, and where its codes may be sent when that is said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StaticClient {
    /// Its `client_id`.
    pub id: ClientId,
    /// As written.
    pub redirect_uri: Option<String>,
}

/// A list of clients: `id` or `id|redirect_uri`.
pub fn static_clients(text: &str) -> Parsed<Vec<StaticClient>> {
    let one = |part: &str| {
        let (id, redirect_uri) = part.split_once('|').map_or((part, None), |(id, uri)| (id, Some(uri.to_owned())));
        let advice = "write ids with commas between them, as in desk,phone|https://phone.example/callback";
        client_id(id).map(|id| StaticClient { id, redirect_uri }).ok_or_else(|| advice.to_owned())
    };
    parts(text).map(one).collect()
}

/// An id as this server gives them: it looks like no address, no person and no flag.
pub fn client_id(text: &str) -> Option<ClientId> {
    let good = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'~' | b'-');
    let shape = !text.is_empty() && text.len() <= 100 && !text.starts_with('-') && text.bytes().all(good);
    shape.then(|| ClientId::new(text))
}

/// A list of addresses and ranges.
pub fn networks(text: &str) -> Parsed<Vec<IpNet>> {
    let one = |part: &str| {
        let range = part.parse().ok().or_else(|| part.parse::<IpAddr>().ok().map(IpNet::from));
        range.ok_or_else(|| {
            "write addresses or ranges with commas between them, as in 10.0.0.5,172.16.0.0/12".to_owned()
        })
    };
    parts(text).map(one).collect()
}

/// A list of private-use schemes.
pub fn schemes(text: &str) -> Parsed<Vec<String>> {
    let one = |part: &str| {
        let scheme = part.trim_end_matches("://").trim_end_matches(':').to_ascii_lowercase();
        let first = scheme.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        let shape = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
        let advice = "write schemes with commas between them and without colons, as in cursor,vscode";
        (first && shape && scheme.len() <= 64).then_some(scheme).ok_or_else(|| advice.to_owned())
    };
    parts(text).map(one).collect()
}

/// An algorithm for signatures.
pub fn algorithm(text: &str) -> Parsed<SigningAlgorithm> {
    SigningAlgorithm::ALL
        .into_iter()
        .find(|a| a.as_str().eq_ignore_ascii_case(text))
        .ok_or_else(|| "write ES256, RS256 or EdDSA".into())
}

/// The base URL of a server that we call: `https` or `http`, perhaps with a path; the slash at the end is taken off.
pub fn base_url(text: &str) -> Parsed<String> {
    let advice = || "write a URL such as https://github.example.com, without query and credentials".to_owned();
    let url = Url::parse(text).map_err(|_| advice())?;
    let web = matches!(url.scheme(), "https" | "http") && url.host().is_some();
    let plain =
        url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    let clean = text.bytes().all(|b| b.is_ascii_graphic()) && !text.contains(['\\', '"']);
    if web && plain && clean { Ok(text.trim_end_matches('/').to_owned()) } else { Err(advice()) }
}

/// The URL of a page.
pub fn page(text: &str) -> Parsed<String> {
    let advice = || "write the https URL of a page".to_owned();
    let url = Url::parse(text).map_err(|_| advice())?;
    let web = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    let clean = text.bytes().all(|b| b.is_ascii_graphic()) && !text.contains(['\\', '"']);
    if web && clean && url.username().is_empty() && url.password().is_none() {
        Ok(text.to_owned())
    } else {
        Err(advice())
    }
}

/// Which headers the proxy sends.
pub fn proxy_headers(text: &str) -> Parsed<ProxyHeaders> {
    match text.to_ascii_lowercase().as_str() {
        "traefik" | "caddy" => Ok(ProxyHeaders::Forwarded),
        "nginx" => Ok(ProxyHeaders::Original),
        _ => Err("write traefik, caddy or nginx".into()),
    }
}

/// For whom the log is.
pub fn log_format(text: &str) -> Parsed<LogFormat> {
    match text.to_ascii_lowercase().as_str() {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("write text or json".into()),
    }
}

/// How much is logged.
pub fn log_level(text: &str) -> Parsed<log::LevelFilter> {
    match text.to_ascii_lowercase().as_str() {
        "warning" => Ok(log::LevelFilter::Warn),
        "critical" => Ok(log::LevelFilter::Error),
        other => other.parse().map_err(|_| "write error, warn, info, debug, trace or off".into()),
    }
}

/// A short text without control characters.
pub fn text(text: &str) -> Parsed<String> {
    let good = text.len() <= 255 && text.bytes().all(|b| b.is_ascii_graphic());
    if good { Ok(text.to_owned()) } else { Err("write it without spaces, at most 255 characters".into()) }
}

/// A path of a file.
pub fn path(text: &str) -> Parsed<PathBuf> {
    if text.ends_with('/') || text.contains('\0') {
        Err("write the path of a file".into())
    } else {
        Ok(PathBuf::from(text))
    }
}

/// A path of a folder: whole, because nobody knows where a service works.
pub fn folder(text: &str) -> Parsed<PathBuf> {
    if text.starts_with('/') && !text.contains('\0') {
        Ok(PathBuf::from(text))
    } else {
        Err("write the whole path of a folder, as in /var/backups/doorbook".into())
    }
}

/// A secret that somebody else made.
pub fn secret(text: &str) -> Parsed<Plain> {
    let good = text.len() <= 1_000 && text.bytes().all(|b| b.is_ascii_graphic());
    if good { Ok(Plain::new(text.to_owned())) } else { Err("write it without spaces and line breaks".into()) }
}

/// A secret that the administrator makes up.
pub fn long_secret(text: &str) -> Parsed<Plain> {
    if text.len() < 16 {
        return Err("this is too short; write at least 16 characters, as `openssl rand -hex 32` gives".into());
    }
    secret(text)
}

/// The address of a webhook. It may be as good as a secret.
pub fn webhook_url(text: &str) -> Parsed<Plain> {
    page(text).map(Plain::new)
}

/// What signs webhooks.
pub fn webhook_secret(text: &str) -> Parsed<Zeroizing<Vec<u8>>> {
    let bytes = text.strip_prefix("whsec_").and_then(any_base64).map(Zeroizing::new);
    bytes
        .filter(|bytes| (24..=64).contains(&bytes.len()))
        .ok_or_else(|| "write whsec_ and 24 to 64 bytes in base64, as `openssl rand -base64 32` gives".into())
}

/// The master key: 32 bytes in base64, base64url or hexadecimal.
pub fn master_key(text: &str) -> Parsed<Zeroizing<[u8; 32]>> {
    let bytes = Zeroizing::new(hexadecimal(text).or_else(|| any_base64(text)).unwrap_or_default());
    let key: [u8; 32] = bytes
        .as_slice()
        .try_into()
        .map_err(|_| "write 32 bytes in base64, as `openssl rand -base64 32` gives".to_owned())?;
    Ok(Zeroizing::new(key))
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    (text.len() == 64 && text.is_ascii()).then_some(())?;
    (0..32).map(|i| u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()).collect()
}

fn any_base64(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let letters = if text.contains(['-', '_']) { alphabet::URL_SAFE } else { alphabet::STANDARD };
    GeneralPurpose::new(&letters, config).decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_as_people_write_them() {
        let (least, most) = (Span::seconds(1), Span::days(400));
        for (typed, seconds) in
            [("60", 60), ("60s", 60), ("15m", 900), ("12h", 43_200), ("30d", 2_592_000), ("7776000", 7_776_000)]
        {
            assert_eq!(span(typed, least, most), Ok(Span::seconds(seconds)), "{typed}");
        }
        for bad in ["", "0", "-1", "1.5h", "1w", "h", "401d", "99999999999d", "1h30m"] {
            assert!(span(bad, least, most).is_err(), "{bad}");
        }
        assert_eq!(span_or_never("never", least, most), Ok(None));
        assert_eq!(span_or_never("0", least, most), Ok(None));
        for (span, words) in
            [(Span::days(30), "30d"), (Span::hours(36), "36h"), (Span::seconds(61), "61s"), (Span::ZERO, "0s")]
        {
            assert_eq!(in_words(span), words);
        }
    }

    #[test]
    fn the_master_key_in_each_of_its_spellings() {
        let hex = "00ff".repeat(16);
        let standard = "AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8=";
        for text in [hex.clone(), standard.into(), standard.trim_end_matches('=').into(), standard.replace('/', "_")] {
            assert_eq!(master_key(&text).unwrap()[..4], [0, 0xff, 0, 0xff], "{text}");
        }
        for bad in ["", "short", &hex[1..], &"G".repeat(64), "caf\u{e9}"] {
            assert!(master_key(bad).is_err(), "{bad}");
        }
    }
}
