//! What came back over the wire, and what may be said of it in one breath.

use std::ops::Deref;

use reqwest::{Response, header::HeaderMap};
use serde_json::Value;
use url::Url;

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) async fn of(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, body: response.bytes().await.unwrap().to_vec() }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The value of a header; empty when it is not there. More than one line of it is a mistake.
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().map(|value| value.to_str().unwrap()).unwrap_or_default();
        assert!(values.next().is_none(), "{name} came twice: {self:?}");
        value
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.headers.contains_key(name)
    }

    #[track_caller]
    pub(crate) fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert!(self.header("content-type").starts_with("application/json"), "{self:?}");
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    /// The JSON of a success.
    #[track_caller]
    pub(crate) fn body(&self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text());
        self.json()
    }

    /// A refusal of the protocol: RFC 6749 section 5.2, and not a word more.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> &Self {
        assert_eq!(self.status, status, "{}", self.text());
        let body = self.json();
        let members: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(body["error"], code, "{body}");
        assert_eq!(members, ["error", "error_description"], "{body}");
        let description = body["error_description"].as_str().unwrap();
        let allowed = |b: u8| matches!(b, 0x20..=0x7e) && b != b'"' && b != b'\\';
        assert!(!description.is_empty() && description.bytes().all(allowed), "{description}");
        assert_eq!(self.header("cache-control"), "no-store");
        self
    }

    /// A page for a person, with everything that keeps it from being framed, cached or changed.
    #[track_caller]
    pub(crate) fn page(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text());
        assert!(self.header("content-type").starts_with("text/html"), "{self:?}");
        assert_eq!(self.header("cache-control"), "no-store");
        assert_eq!(self.header("x-content-type-options"), "nosniff");
        assert!(self.header("content-security-policy").contains("frame-ancestors 'none'"));
        assert!(!self.has("access-control-allow-origin"), "{self:?}");
        self.text()
    }

    /// Where the browser is sent: 302 or 303, never 307 (RFC 9700 section 4.12).
    #[track_caller]
    pub(crate) fn location(&self) -> Url {
        assert!(matches!(self.status, 302 | 303), "{} {}", self.status, self.text());
        Url::parse(self.header("location")).unwrap()
    }
}

/// What the token endpoint answers.
#[derive(Clone, Debug)]
pub(crate) struct TokenAnswer(pub(crate) Answer);

impl TokenAnswer {
    #[track_caller]
    pub(crate) fn ok(&self) -> Tokens {
        assert_eq!(self.0.status, 200, "{}", self.0.text());
        let body = self.0.json();
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        Tokens { access: text("access_token").unwrap(), refresh: text("refresh_token").unwrap_or_default(), body }
    }
}

impl Deref for TokenAnswer {
    type Target = Answer;
    fn deref(&self) -> &Answer {
        &self.0
    }
}

/// What a code or a refresh token became.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    /// Empty when there is none.
    pub(crate) refresh: String,
    pub(crate) body: Value,
}

impl Tokens {
    /// What the access token says, without a look at its signature.
    pub(crate) fn claims(&self) -> Value {
        let part = self.access.split('.').nth(1).unwrap();
        serde_json::from_slice(&base64url(part)).unwrap()
    }
}

pub(crate) fn base64url(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// One parameter of an address; it must not stand there twice.
#[track_caller]
pub(crate) fn param(url: &Url, name: &str) -> Option<String> {
    let mut found = url.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let value = found.next();
    assert!(found.next().is_none(), "{name} stands twice in {url}");
    value
}
