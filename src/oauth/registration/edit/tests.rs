//! What a change makes of a client, and what it takes from it.

use serde_json::json;

use super::*;
use crate::{
    base::{
        client::{AuthMethod, Statement},
        policy::Lifetimes,
        registration::RegistrationMode,
    },
    oauth::{client_auth::tests::client, registration::manage::SecretChange},
};

const HERE: &str = "https://a.example/cb";

fn policy() -> Policy {
    Policy {
        require_pushed: false,
        scopes: ScopeSet::parse("mcp write"),
        default_scope: ScopeSet::parse("mcp"),
        identity_assertions: false,
        lifetimes: Lifetimes::default(),
    }
}

fn changed(client: &Client, changes: &Value) -> Result<Update, OAuthError> {
    let rules = RegistrationPolicy { mode: RegistrationMode::Approval, ..RegistrationPolicy::default() };
    edit(client, changes.as_object().unwrap().clone(), &policy(), &rules)
}

/// A client that signed by itself, with what a statement says of it.
fn stated() -> Client {
    let mut client = client(AuthMethod::None, HERE);
    client.metadata.grant_types = GrantType::DEFAULT.to_vec();
    client.metadata.scope = ScopeSet::parse("mcp old");
    client.terms.statement = Some(Statement { text: "signed".into(), vouches: Some("https://names.example".into()) });
    client
}

#[test]
fn rfc7396_what_is_not_named_stays() {
    let mut before = stated();
    before.metadata.software_id = Some("s".into());
    before.metadata.jwks_uri = Some("https://a.example/keys".into());
    let after = changed(&before, &json!({"client_name": "New", "software_id": null})).unwrap().metadata;
    assert_eq!((after.client_name.as_deref(), after.software_id.as_deref()), (Some("New"), None));
    assert_eq!(after.redirect_uris, before.metadata.redirect_uris);
    assert_eq!(after.scope, before.metadata.scope, "even where part of it is no longer on offer");
    let keys = changed(&before, &json!({"jwks": {"keys": []}})).unwrap().metadata;
    assert!(keys.jwks_uri.is_none() && keys.jwks.is_some(), "keys stand in one place");
    let device = json!({"grant_types": [GrantType::DeviceCode.as_str()], "redirect_uris": []});
    assert!(changed(&before, &device).unwrap().metadata.response_types.is_empty(), "it follows from the grants");
}

#[test]
fn what_an_administrator_does_not_change_is_refused() {
    let mine = stated();
    for (changes, why) in [
        (json!({"client_id": "b"}), Why::ClientMember),
        (json!({"response_types": ["code"]}), Why::ClientMember),
        (json!({"client_nam": "New"}), Why::ClientMember),
        (json!({"redirect_uris": ["javascript:x"]}), Why::RedirectExecutingScheme),
        (
            json!({"grant_types": ["client_credentials"], "token_endpoint_auth_method": "client_secret_post"}),
            Why::ClientNotVouchedFor,
        ),
    ] {
        assert_eq!(changed(&mine, &changes).err().map(|error| error.why()), Some(why), "{changes}");
    }
    for (origin, why) in [(Origin::Configured, Why::ClientConfigured), (Origin::Document, Why::ClientDescribed)] {
        let error = changed(&Client { origin, ..mine.clone() }, &json!({"client_name": "New"})).unwrap_err();
        assert_eq!((error.why(), error.status()), (why, 409));
    }
    let vouched = Client { trusted: true, ..mine };
    let alone = json!({"grant_types": ["client_credentials"], "token_endpoint_auth_method": "client_secret_post"});
    assert_eq!(changed(&vouched, &alone).unwrap().secret, SecretChange::Issue);
}

#[test]
fn a_statement_holds_until_the_client_is_another_one() {
    let before = stated();
    for (changes, holds) in [
        (json!({"contacts": ["ada"]}), true),
        (json!({"scope": "mcp"}), true),
        (json!({"client_name": "New"}), false),
        (json!({"redirect_uris": ["https://a.example/2"]}), false),
    ] {
        let update = changed(&before, &changes).unwrap();
        let after = update.onto(&before);
        assert_eq!((after.stated_by().is_some(), !update.terms.waits), (holds, holds), "{changes}");
        assert_eq!(lost(&before, &after).statement.is_some(), !holds, "{changes}");
    }
    let trusted = Client { trusted: true, ..before };
    assert!(changed(&trusted, &json!({"client_name": "New"})).unwrap().trusted, "they changed it who vouch for it");
}

#[test]
fn scopes_that_somebody_chose_are_a_limit() {
    let before = stated();
    for (scope, most) in [("mcp", Some("mcp")), ("mcp write", None), ("", None)] {
        let after = changed(&before, &json!({"scope": scope})).unwrap().onto(&before);
        assert_eq!(after.most_scope().map(ToString::to_string).as_deref(), most, "{scope}");
        assert_eq!(lost(&before, &after).most_scope.map(|scope| scope.to_string()).as_deref(), most, "{scope}");
    }
    let after = changed(&before, &json!({"client_name": "New"})).unwrap().onto(&before);
    assert_eq!((after.most_scope(), lost(&before, &after).most_scope), (None, None));
}
