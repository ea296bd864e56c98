//! What every answer wears: the content security policy and its kin on pages, no-store where the protocol asks for it, and the
//! headers that let programs in browsers read protocol answers (CORS). The route table names the kind; nothing here decides.

use actix_web::{
    HttpResponse,
    http::header::{self, HeaderMap, HeaderName, HeaderValue},
};

/// What an answer of a route is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A document of the protocol that says itself how long it keeps: metadata, keys.
    Document,
    /// An answer of the protocol that nobody keeps.
    Answer,
    /// An answer of the dashboard's API, which nobody keeps.
    Api,
    /// An answer of the token endpoint (RFC 6749 section 5.1: `Pragma` too).
    Token,
    /// An answer of the gate: bare when it lets through.
    Gate,
    /// Health: counted, and logged only when something is wrong.
    Health,
    /// A page whose form stays here.
    Page,
    /// A page whose form may end at another origin: consent, sign-in. Browsers apply `form-action` to the redirect that
    /// follows, so there is none; and a popup's opener may look after it.
    Leaving,
    /// A page of the dashboard.
    Admin,
    /// A file that is part of pages and says itself how long it keeps.
    Asset,
}

const CSP_LEAVING: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
     frame-ancestors 'none'; base-uri 'none'",
);
const CSP_STAYING: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
     frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
);
const PERMISSIONS: HeaderValue =
    HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const ONLY_TLS: HeaderValue = HeaderValue::from_static("max-age=31536000");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");
const DENY: HeaderValue = HeaderValue::from_static("DENY");
const ANY_ORIGIN: HeaderValue = HeaderValue::from_static("*");
const EXPOSED: HeaderValue = HeaderValue::from_static("www-authenticate, retry-after, dpop-nonce");
const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Puts on what belongs to the kind. `https` is whether people reach this server over TLS.
pub fn dress(headers: &mut HeaderMap, kind: Kind, https: bool) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    if https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, ONLY_TLS);
    }
    match kind {
        Kind::Document | Kind::Asset => {}
        Kind::Answer | Kind::Api | Kind::Gate | Kind::Health => {
            headers.insert(header::CACHE_CONTROL, NO_STORE);
        }
        Kind::Token => {
            headers.insert(header::CACHE_CONTROL, NO_STORE);
            headers.insert(header::PRAGMA, NO_CACHE);
        }
        Kind::Page => page(headers, CSP_STAYING, NO_REFERRER),
        Kind::Leaving => page(headers, CSP_LEAVING, NO_REFERRER),
        Kind::Admin => {
            page(headers, CSP_STAYING, SAME_ORIGIN);
            headers.insert(OPENER_POLICY, SAME_ORIGIN);
        }
    }
}

fn page(headers: &mut HeaderMap, policy: HeaderValue, referrer: HeaderValue) {
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::X_FRAME_OPTIONS, DENY);
    headers.insert(header::REFERRER_POLICY, referrer);
    headers.insert(PERMISSIONS_POLICY, PERMISSIONS);
}

/// Lets programs of any origin read the answer, without credentials (the cookies of a browser mean nothing here).
pub fn share(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY_ORIGIN);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
}

/// The answer to a browser that asks before it sends the real request. The origin is added by [`share`].
pub fn preflight(methods: &str) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, methods))
        .insert_header((
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization, content-type, dpop, mcp-protocol-version",
        ))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, "7200"))
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dressed(kind: Kind) -> HeaderMap {
        let mut headers = HeaderMap::new();
        dress(&mut headers, kind, true);
        headers
    }

    #[test]
    fn con_04_pages_are_not_framed_and_run_nothing_inline() {
        for kind in [Kind::Page, Kind::Leaving, Kind::Admin] {
            let headers = dressed(kind);
            let policy = headers.get("content-security-policy").unwrap().to_str().unwrap();
            assert!(
                policy.starts_with("default-src 'none'; ") && policy.contains("frame-ancestors 'none'"),
                "{policy}"
            );
            assert!(!policy.contains("unsafe"));
            assert_eq!(headers.get("cache-control").unwrap(), "no-store");
            assert_eq!(headers.get("x-content-type-options").unwrap(), "nosniff");
            assert_eq!(headers.get("strict-transport-security").unwrap(), "max-age=31536000");
            assert!(headers.get("permissions-policy").is_some());
        }
    }

    #[test]
    fn con_05_a_form_that_may_end_elsewhere_has_no_form_action_and_keeps_its_opener() {
        let policy = |kind: Kind| dressed(kind).get("content-security-policy").unwrap().to_str().unwrap().to_owned();
        assert!(!policy(Kind::Leaving).contains("form-action"));
        assert!(
            policy(Kind::Page).contains("form-action 'self'") && policy(Kind::Admin).contains("form-action 'self'")
        );
        assert!(dressed(Kind::Leaving).get("cross-origin-opener-policy").is_none());
        assert_eq!(dressed(Kind::Leaving).get("referrer-policy").unwrap(), "no-referrer");
        assert_eq!(dressed(Kind::Admin).get("referrer-policy").unwrap(), "same-origin");
    }

    #[test]
    fn rfc6749_5_1_token_answers_are_kept_nowhere() {
        let headers = dressed(Kind::Token);
        assert_eq!(headers.get("cache-control").unwrap(), "no-store");
        assert_eq!(headers.get("pragma").unwrap(), "no-cache");
        assert!(dressed(Kind::Document).get("cache-control").is_none());
        assert!(dressed(Kind::Answer).get("pragma").is_none());
    }

    #[test]
    fn without_tls_nobody_is_told_to_insist_on_it() {
        let mut headers = HeaderMap::new();
        dress(&mut headers, Kind::Page, false);
        assert!(headers.get("strict-transport-security").is_none());
    }
}
