//! Signatures of webhooks, as <https://www.standardwebhooks.com> has them: HMAC-SHA256 over id, time and body.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};

/// Signs what is sent.
pub struct WebhookKey(hmac::Key);

impl WebhookKey {
    /// The key of these bytes, which its receiver knows, too.
    pub fn new(bytes: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// `webhook-signature` of a message that is sent at `unix` seconds.
    pub fn sign(&self, id: &str, unix: i64, body: &str) -> String {
        let tag = hmac::sign(&self.0, format!("{id}.{unix}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_stands_for_the_key_the_id_the_time_and_the_body() {
        let key = WebhookKey::new(&[7; 24]);
        let signed = key.sign("msg_1", 1_700_000_000, "{}");
        assert_eq!(signed.len(), "v1,".len() + 44);
        assert_eq!(signed, key.sign("msg_1", 1_700_000_000, "{}"));
        for other in [
            WebhookKey::new(&[8; 24]).sign("msg_1", 1_700_000_000, "{}"),
            key.sign("msg_2", 1_700_000_000, "{}"),
            key.sign("msg_1", 1_700_000_001, "{}"),
            key.sign("msg_1", 1_700_000_000, "{ }"),
        ] {
            assert_ne!(signed, other);
        }
    }
}
