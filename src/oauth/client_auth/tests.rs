//! Tables for client authentication, and the client that other rules' tests use.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::*;
use crate::base::{
    client::{AuthMethod, GrantType, Metadata, Origin},
    redirect::RedirectUri,
};

pub(crate) const NOON: Time = Time::from_unix(1_800_000_000);

/// A client as it is right after its registration.
pub(crate) fn client(method: AuthMethod, redirect: &str) -> Client {
    let secret = StoredSecret { hash: "phc".into(), issued_at: NOON, expires_at: None };
    let metadata = Metadata {
        redirect_uris: vec![RedirectUri::stored(redirect)],
        token_endpoint_auth_method: method,
        grant_types: GrantType::ALL.to_vec(),
        response_types: vec!["code".into()],
        ..Metadata::default()
    };
    let client = Client::new(ClientId::new("client_a"), metadata, Origin::Dynamic, NOON);
    Client { secret: method.has_secret().then_some(secret), ..client }
}

/// The same, proven.
pub(crate) fn proven(client: Client) -> Proven {
    Proven { authenticated: client.is_confidential(), client: Arc::new(client) }
}

fn basic(text: &str) -> String {
    format!("Basic {}", STANDARD.encode(text))
}

fn read(authorization: Option<&str>, form: &str) -> Result<Presented, OAuthError> {
    presented(authorization, &Params::parse(form.as_bytes()).unwrap())
}

#[test]
fn rfc6749_2_3_1_reads_each_method() {
    for (header, form, secrets) in [
        (None, "client_id=client_a", &[][..]),
        (None, "client_id=client_a&client_secret=", &[]),
        (None, "client_id=client_a&client_secret=s%2B1", &["s+1"]),
        (Some(basic("client_a:s3cret")), "", &["s3cret"]),
        (Some(basic("client_a:s3cret")), "client_id=client_a", &["s3cret"]),
        (Some(basic("client_a:s3cret").replace("Basic", "bAsIc")), "", &["s3cret"]),
        (Some(basic("client_a:x").trim_end_matches('=').to_owned()), "", &["x"]),
        (Some(basic("client%5Fa:s%2B1")), "", &["s+1", "s%2B1"]),
        (Some(basic("client_a:a:b")), "", &["a:b"]),
        (Some(basic("client_a:")), "", &[""]),
    ] {
        let presented = read(header.as_deref(), form).map_err(|e| e.why()).unwrap();
        let sent: Vec<_> = presented.secrets().iter().map(Plain::expose).collect();
        assert_eq!((presented.client_id().as_str(), sent.as_slice()), ("client_a", secrets), "{header:?} {form}");
        let refused = presented.challenged(invalid_client(Why::DocumentGone));
        assert_eq!(refused.challenge().is_some(), header.is_some());
    }
}

#[test]
fn rfc6749_2_3_refuses_two_methods_and_malformed_ones() {
    let good = basic("client_a:s");
    for (header, form, code, why) in [
        (None, "", "invalid_client", Why::CredentialsMissing),
        (None, "client_secret=s", "invalid_client", Why::CredentialsMissing),
        (None, "client_id=a&client_id=a", "invalid_request", Why::ParameterRepeated),
        (None, "client_id=a&client_secret=s&client_secret=s", "invalid_request", Why::ParameterRepeated),
        (Some(good.as_str()), "client_secret=s", "invalid_request", Why::TwoMethods),
        (Some(&good), "client_assertion=x.y.z", "invalid_request", Why::TwoMethods),
        (None, "client_id=a&client_secret=s&client_assertion=x.y.z", "invalid_request", Why::TwoMethods),
        (None, "client_id=a&client_assertion=x.y.z", "invalid_client", Why::AssertionUnsupported),
        (Some(&good), "client_id=client_b", "invalid_request", Why::ClientIdDiffers),
        (Some("Basic"), "", "invalid_client", Why::BasicMalformed),
        (Some("Basic ***"), "", "invalid_client", Why::BasicMalformed),
        (Some("Basic bm9jb2xvbg=="), "", "invalid_client", Why::BasicMalformed),
        (Some("Basic OnM="), "", "invalid_client", Why::BasicMalformed),
        (Some("Basic //86cw=="), "", "invalid_client", Why::BasicMalformed),
        (Some("Bearer x"), "client_id=a", "invalid_client", Why::BasicMalformed),
    ] {
        let error = read(header, form).err().unwrap();
        assert_eq!((error.code(), error.why()), (code, why), "{header:?} {form}");
        let challenged = header.is_some() && code == "invalid_client";
        assert_eq!(error.challenge(), challenged.then_some(BASIC_CHALLENGE), "{header:?} {form}");
    }
}

#[test]
fn rfc6749_5_2_none_never_crosses_with_a_secret() {
    use SecretVerdict::{Differs, Matches, NotAsked};
    let public = || Some(client(AuthMethod::None, "https://a.example/cb"));
    let secretive = || Some(client(AuthMethod::ClientSecretPost, "https://a.example/cb"));
    let expired = || {
        secretive().map(|mut c| {
            c.secret = c.secret.map(|s| StoredSecret { expires_at: Some(NOON), ..s });
            c
        })
    };
    let disabled = || public().map(|c| Client { disabled_at: Some(NOON), ..c });
    let other = || public().map(|c| Client { id: ClientId::new("client_b"), ..c });
    let header = basic("client_a:s");
    for (who, header, form, verdict, outcome) in [
        (public(), None, "client_id=client_a", NotAsked, None),
        (public(), None, "client_id=client_a&client_secret=s", Matches, Some(Why::SecretOfPublicClient)),
        (public(), Some(header.as_str()), "", Differs, Some(Why::SecretOfPublicClient)),
        (secretive(), None, "client_id=client_a&client_secret=s", Matches, None),
        (secretive(), Some(&header), "", Matches, None),
        (secretive(), Some(&header), "", Differs, Some(Why::SecretWrong)),
        (secretive(), Some(&header), "", NotAsked, Some(Why::SecretWrong)),
        (secretive(), None, "client_id=client_a", NotAsked, Some(Why::SecretMissing)),
        (secretive(), None, "client_id=client_a", Matches, Some(Why::SecretMissing)),
        (expired(), Some(&header), "", Differs, Some(Why::SecretExpired)),
        (disabled(), None, "client_id=client_a", NotAsked, Some(Why::AuthClientDisabled)),
        (other(), None, "client_id=client_a", NotAsked, Some(Why::AuthClientUnknown)),
        (None, Some(&header), "", Differs, Some(Why::AuthClientUnknown)),
    ] {
        let presented = read(header, form).map_err(|e| e.why()).unwrap();
        let error = judge(who.map(Arc::new), &presented, verdict, NOON).err();
        assert_eq!(error.as_ref().map(OAuthError::why), outcome);
        if let Some(error) = error {
            let words = (error.status(), error.code(), error.description());
            assert_eq!(words, (401, "invalid_client", "Client authentication failed"));
            assert_eq!(error.challenge().is_some(), header.is_some());
        }
    }
}
