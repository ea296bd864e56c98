//! HTTP Basic as OAuth means it (RFC 6749 section 2.3.1): id and secret are form-encoded before they are joined. Many clients
//! leave the encoding out, so the secret is offered for comparison both ways.

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use crate::{base::secret::Plain, oauth::params::decoded};

/// Padding is missing in the wild, and its absence changes nothing.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a Basic header holds.
pub(super) struct Credentials {
    pub(super) client: String,
    pub(super) secrets: Vec<Plain>,
}

/// Reads the header's value; `None` when it is anything but Basic with an id.
pub(super) fn read(header: &str) -> Option<Credentials> {
    let (scheme, encoded) = header.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(BASE64.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let client = decoded(id).ok().filter(|id| !id.is_empty())?;
    let mut secrets = vec![Plain::new(secret.to_owned())];
    if let Some(other) = decoded(secret).ok().filter(|other| other != secret) {
        secrets.insert(0, Plain::new(other));
    }
    Some(Credentials { client, secrets })
}
