//! What binds a form to the page that showed it, and a waiting request to one browser. Derived, so that showing a page twice
//! needs no new cookie and no row.

use crate::{
    base::{secret::Plain, token::TokenKind},
    crypto::{digest, random},
    flows::Desk,
};

/// A new value for the cookie that binds requests to a browser.
pub fn new_browser() -> Plain {
    random::token(TokenKind::Session)
}

/// Reads that cookie's value; anything that is not of its shape is nothing.
pub fn browser(value: &str) -> Option<Plain> {
    Plain::parse(TokenKind::Session, value)
}

/// Reads the id of a parked request.
pub fn request(value: &str) -> Option<Plain> {
    Plain::parse(TokenKind::Request, value)
}

/// The mark of a form that is about `subject`, for this browser.
pub fn mark(desk: &Desk, subject: &str, browser: &Plain) -> String {
    let bound = format!("form {subject} {}", digest::of(browser).hex());
    digest::sha256_base64url(desk.master.derive(&bound).as_slice())
}

/// Whether a form carries its mark.
pub fn is_marked(desk: &Desk, subject: &str, browser: &Plain, sent: &str) -> bool {
    digest::constant_time_eq(mark(desk, subject, browser).as_bytes(), sent.as_bytes())
}

/// What a session keeps to make its mark from: who reads the database has no use for it.
pub fn session_seed() -> String {
    random::token(TokenKind::Session).expose().to_owned()
}

/// The mark that all forms of one session carry.
pub fn session_mark(desk: &Desk, seed: &str) -> String {
    digest::sha256_base64url(desk.master.derive(&format!("session form {seed}")).as_slice())
}

/// Whether two marks are the same, compared in constant time.
pub fn same(a: &str, b: &str) -> bool {
    digest::constant_time_eq(a.as_bytes(), b.as_bytes())
}

/// The key of the session cookie: 64 bytes.
pub fn cookie_key(desk: &Desk) -> Vec<u8> {
    [desk.master.derive("session cookie 1"), desk.master.derive("session cookie 2")]
        .iter()
        .flat_map(|k| k.to_vec())
        .collect()
}
