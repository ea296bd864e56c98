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

const CSP_LEAVING: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                           frame-ancestors 'none'; base-uri 'none'";
const CSP_STAYING: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                           frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
const PERMISSIONS: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Puts on what belongs to the kind. `https` is whether people reach this server over TLS.
pub fn dress(headers: &mut HeaderMap, kind: Kind, ok: bool, https: bool) {
    if kind == Kind::Gate && ok {
        return;
    }
    put(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if https {
        put(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    match kind {
        Kind::Document | Kind::Asset => {}
        Kind::Answer | Kind::Api | Kind::Gate | Kind::Health => put(headers, header::CACHE_CONTROL, "no-store"),
        Kind::Token => {
            put(headers, header::CACHE_CONTROL, "no-store");
            put(headers, header::PRAGMA, "no-cache");
        }
        Kind::Page => page(headers, CSP_STAYING, "no-referrer"),
        Kind::Leaving => page(headers, CSP_LEAVING, "no-referrer"),
        Kind::Admin => {
            page(headers, CSP_STAYING, "same-origin");
            put(headers, OPENER_POLICY, "same-origin");
        }
    }
}

fn page(headers: &mut HeaderMap, policy: &'static str, referrer: &'static str) {
    put(headers, header::CACHE_CONTROL, "no-store");
    put(headers, header::CONTENT_SECURITY_POLICY, policy);
    put(headers, header::X_FRAME_OPTIONS, "DENY");
    put(headers, header::REFERRER_POLICY, referrer);
    put(headers, PERMISSIONS_POLICY, PERMISSIONS);
}

/// Lets programs of any origin read the answer, without credentials (the cookies of a browser mean nothing here).
pub fn share(headers: &mut HeaderMap) {
    put(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    put(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, "www-authenticate, retry-after, dpop-nonce");
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

fn put(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dressed(kind: Kind) -> HeaderMap {
        let mut headers = HeaderMap::new();
        dress(&mut headers, kind, false, true);
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
    fn the_gate_is_bare_only_when_it_lets_through() {
        let mut headers = HeaderMap::new();
        dress(&mut headers, Kind::Gate, true, true);
        assert!(headers.is_empty());
        assert_eq!(dressed(Kind::Gate).get("cache-control").unwrap(), "no-store");
    }

    #[test]
    fn without_tls_nobody_is_told_to_insist_on_it() {
        let mut headers = HeaderMap::new();
        dress(&mut headers, Kind::Page, true, false);
        assert!(headers.get("strict-transport-security").is_none());
    }
}
