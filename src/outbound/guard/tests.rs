//! What is refused before a connection is made, and how much may be fetched.

use super::*;

const NOON: Time = Time::from_unix(1_800_000_000);

fn guard(loopback: bool, exceptions: &[&str], names: &[(&str, &[&str])]) -> Guard {
    let listed = names
        .iter()
        .map(|(name, at)| ((*name).to_owned(), at.iter().map(|ip| ip.parse().unwrap()).collect()))
        .collect();
    let exceptions = exceptions.iter().map(|text| Exception::parse(text).unwrap()).collect();
    let names = Names::Listed(Arc::new(Mutex::new(listed)));
    Guard::new(Settings { loopback, exceptions, roots: None, total: Duration::from_secs(2), names }).unwrap()
}

#[tokio::test]
async fn ssr_01_no_spelling_of_a_private_address_is_connected_to() {
    let guard = guard(false, &[], &[("inside.example", &["10.0.0.1", "127.0.0.1", "::1", "fd00::1"])]);
    for (url, error) in [
        ("https://127.0.0.1/c", FetchError::Address),
        ("https://127.1/c", FetchError::Address),
        ("https://2130706433/c", FetchError::Address),
        ("https://0x7f000001/c", FetchError::Address),
        ("https://0177.0.0.1/c", FetchError::Address),
        ("https://0/c", FetchError::Address),
        ("https://[::1]/c", FetchError::Address),
        ("https://[::ffff:127.0.0.1]/c", FetchError::Address),
        ("https://[::ffff:7f00:1]/c", FetchError::Address),
        ("https://[64:ff9b::7f00:1]/c", FetchError::Address),
        ("https://[fd00::1]/c", FetchError::Address),
        ("https://[fe80::1]/c", FetchError::Address),
        ("https://169.254.169.254/latest/meta-data", FetchError::Address),
        ("https://１２７.0.0.1/c", FetchError::Address),
        ("https://inside.example/c", FetchError::Address),
        ("https://INSIDE.example/c", FetchError::Address),
        ("http://inside.example/c", FetchError::Url),
        ("http://127.0.0.1/c", FetchError::Url),
        ("https://user@inside.example/c", FetchError::Url),
        ("https://user:pass@1.1.1.1/c", FetchError::Url),
        ("file:///etc/passwd", FetchError::Url),
        ("gopher://inside.example/", FetchError::Url),
        ("inside.example", FetchError::Url),
        ("", FetchError::Url),
        ("https://nowhere.example/c", FetchError::Unreachable),
    ] {
        assert_eq!(guard.get(url, Lane::Stranger, NOON).await.unwrap_err(), error, "{url}");
    }
}

#[test]
fn exceptions_and_local_mode_open_no_more_than_they_say() {
    let closed = guard(false, &["in.example=10.0.0.0/8"], &[]);
    let local = guard(true, &[], &[]);
    for (guard, host, address, allowed) in [
        (&closed, "in.example", "10.1.2.3", true),
        (&closed, "in.example", "1.1.1.1", true),
        (&closed, "in.example", "192.168.0.1", false),
        (&closed, "other.example", "10.1.2.3", false),
        (&closed, "in.example", "127.0.0.1", false),
        (&local, "localhost", "127.0.0.1", true),
        (&local, "localhost", "::1", true),
        (&local, "localhost", "10.0.0.1", false),
    ] {
        assert_eq!(guard.rules.allows(host, address.parse().unwrap()), allowed, "{host} {address}");
    }
    assert!(local.rules.judge("http://127.0.0.1:8000/c").is_ok());
    assert!(local.rules.judge("http://10.0.0.1/c").is_err());
}

#[test]
fn a_budget_for_all_and_for_each_host_that_a_minute_fills_again() {
    let mut budget = Budget::default();
    let of_one = (0..40).filter(|_| budget.takes("a.example", NOON)).count();
    let of_all = (0..200).filter(|n| budget.takes(&format!("h{n}.example"), NOON)).count();
    assert_eq!((of_one, of_all), (30, 90));
    assert!(!budget.takes("b.example", NOON + Span::seconds(30)));
    assert!(budget.takes("a.example", NOON + Span::seconds(60)));
}

#[test]
fn rfc9111_how_long_it_may_be_kept() {
    for (control, age, kept) in [
        ("max-age=600", "", Some(600)),
        ("public, Max-Age=600", "100", Some(500)),
        ("max-age=600", "900", Some(0)),
        ("max-age=\"60\"", "", Some(60)),
        ("no-store", "", Some(0)),
        ("max-age=600, no-cache", "", Some(0)),
        ("private", "", None),
        ("max-age=soon", "", None),
        ("", "", None),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, control.parse().unwrap());
        headers.insert(AGE, age.parse().unwrap());
        assert_eq!(fresh_for(&headers).map(Span::as_seconds), kept, "{control}");
    }
    const NOW: &str = "Sat, 21 Nov 2026 22:00:00 GMT";
    for (expires, age, kept) in [
        ("Sat, 21 Nov 2026 22:10:00 GMT", "", Some(600)),
        ("Sat, 21 Nov 2026 22:10:00 GMT", "100", Some(500)),
        ("Sat, 21 Nov 2026 21:00:00 GMT", "", Some(0)),
        ("0", "", Some(0)),
    ] {
        let mut headers = HeaderMap::new();
        for (name, value) in [(EXPIRES, expires), (AGE, age), (DATE, NOW)] {
            headers.insert(name, value.parse().unwrap());
        }
        assert_eq!(fresh_for(&headers).map(Span::as_seconds), kept, "{expires}");
        headers.insert(CACHE_CONTROL, "max-age=60".parse().unwrap());
        let most = if age.is_empty() { 60 } else { 0 };
        assert_eq!(fresh_for(&headers).map(Span::as_seconds), Some(most), "max-age goes first");
        headers.remove(CACHE_CONTROL);
        headers.remove(DATE);
        assert_eq!(fresh_for(&headers), None, "without a date nothing is known");
    }
    for (content_type, json) in [
        ("application/json", true),
        ("application/json; charset=utf-8", true),
        ("application/jwk-set+json", true),
        ("text/html", false),
        ("text/plain", false),
        ("application/jsonp", false),
        ("", false),
    ] {
        assert_eq!(is_json(content_type), json, "{content_type}");
    }
}

#[test]
fn a_bot_wall_is_no_revocation() {
    for (error, passing) in [
        (FetchError::Unreachable, true),
        (FetchError::TimedOut, true),
        (FetchError::Budget, true),
        (FetchError::Status(500), true),
        (FetchError::Status(503), true),
        (FetchError::Status(403), true),
        (FetchError::Status(429), true),
        (FetchError::Status(404), false),
        (FetchError::Status(410), false),
        (FetchError::Status(302), false),
        (FetchError::NotJson, false),
        (FetchError::TooLarge, false),
        (FetchError::Address, false),
    ] {
        assert_eq!(error.is_passing(), passing, "{error}");
    }
}
