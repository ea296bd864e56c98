//! A client as the protocol knows it: what it registered, and what it can ask for.

use std::sync::atomic::{AtomicUsize, Ordering};

use doorbook::crypto::digest;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{
    answer::{Answer, TokenAnswer, Tokens},
    reach::Reach,
};

pub(crate) type Fields = Vec<(String, String)>;

/// The usual public client.
pub(crate) fn public_client() -> Value {
    json!({
        "client_name": "Notebook",
        "redirect_uris": ["https://notebook.example/callback"],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
    })
}

/// The same with a secret.
pub(crate) fn confidential_client() -> Value {
    json!({"client_name": "Workbench", "redirect_uris": ["https://workbench.example/callback"]})
}

/// A registered client.
pub(crate) struct TestClient<'a> {
    pub(crate) app: &'a Reach,
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
    pub(crate) redirect_uri: String,
    /// The body of the 201.
    pub(crate) registration: Value,
}

/// An authorization request, and what belongs to it on the client's side.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) fields: Fields,
    pub(crate) verifier: String,
    pub(crate) state: String,
}

/// What came back from it.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) code: String,
    pub(crate) verifier: String,
    pub(crate) redirect_uri: String,
}

impl Ask {
    /// `name` sets, `-name` takes away, `+name` repeats.
    pub(crate) fn with(mut self, changes: &[(&str, &str)]) -> Self {
        self.fields = changed(self.fields, changes);
        self
    }

    pub(crate) fn path(&self) -> String {
        format!("/authorize?{}", encoded(&self.fields))
    }
}

impl<'a> TestClient<'a> {
    pub(crate) fn registered(app: &'a Reach, registration: Value) -> Self {
        let text = |name: &str| registration[name].as_str().map(str::to_owned);
        Self {
            app,
            id: text("client_id").unwrap(),
            secret: text("client_secret"),
            redirect_uri: registration["redirect_uris"][0].as_str().unwrap_or_default().to_owned(),
            registration,
        }
    }

    pub(crate) fn registration_token(&self) -> &str {
        self.registration["registration_access_token"].as_str().unwrap()
    }

    pub(crate) fn registration_uri(&self) -> &str {
        self.registration["registration_client_uri"].as_str().unwrap()
    }

    /// What it sends the browser to Doorbook with: a state and a verifier of its own each time.
    pub(crate) fn asks(&self) -> Ask {
        static COUNT: AtomicUsize = AtomicUsize::new(1);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let (state, verifier) = (format!("state-{n}"), format!("verifier-{n:034}"));
        let challenge = digest::sha256_base64url(verifier.as_bytes());
        let fields = [
            ("response_type", "code"),
            ("client_id", &self.id),
            ("redirect_uri", &self.redirect_uri),
            ("state", &state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Ask { fields, verifier, state }
    }

    // Tokens

    pub(crate) async fn exchanges(&self, code: &Code) -> TokenAnswer {
        self.exchanges_with(code, &[]).await
    }

    /// `name` sets, `-name` takes away, `+name` repeats.
    pub(crate) async fn exchanges_with(&self, code: &Code, changes: &[(&str, &str)]) -> TokenAnswer {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &code.code),
            ("redirect_uri", &code.redirect_uri),
            ("code_verifier", &code.verifier),
        ];
        TokenAnswer(self.posts("/token", &fields, changes).await)
    }

    pub(crate) async fn refreshes(&self, tokens: &Tokens) -> TokenAnswer {
        self.refreshes_with(tokens, &[]).await
    }

    pub(crate) async fn refreshes_with(&self, tokens: &Tokens, changes: &[(&str, &str)]) -> TokenAnswer {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str())];
        TokenAnswer(self.posts("/token", &fields, changes).await)
    }

    pub(crate) async fn revokes(&self, token: &str) -> Answer {
        self.posts("/revoke", &[("token", token)], &[]).await
    }

    pub(crate) async fn introspects(&self, token: &str) -> Answer {
        self.posts("/introspect", &[("token", token)], &[]).await
    }

    /// A form with the client's own credentials: its id in the body, or id and secret in the header.
    pub(crate) async fn posts(&self, path: &str, fields: &[(&str, &str)], changes: &[(&str, &str)]) -> Answer {
        self.app.send(self.form(path, fields, changes)).await
    }

    pub(crate) fn form(&self, path: &str, fields: &[(&str, &str)], changes: &[(&str, &str)]) -> RequestBuilder {
        let mut fields: Fields = fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let mut request = self.app.request(Method::POST, path);
        match &self.secret {
            Some(secret) => request = request.basic_auth(&self.id, Some(secret)),
            None => fields.push(("client_id".into(), self.id.clone())),
        }
        request.form(&changed(fields, changes))
    }

    // Its registration

    pub(crate) async fn reads(&self) -> Answer {
        self.manages(Method::GET, None).await
    }

    pub(crate) async fn replaces(&self, body: &Value) -> Answer {
        self.manages(Method::PUT, Some(body)).await
    }

    pub(crate) async fn deletes(&self) -> Answer {
        self.manages(Method::DELETE, None).await
    }

    async fn manages(&self, method: Method, body: Option<&Value>) -> Answer {
        let mut request = self.app.request(method, self.registration_uri()).bearer_auth(self.registration_token());
        if let Some(body) = body {
            request = request.json(body);
        }
        self.app.send(request).await
    }
}

pub(crate) fn encoded(fields: &Fields) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// `name` sets, `-name` takes away, `+name` repeats.
pub(crate) fn changed(mut fields: Fields, changes: &[(&str, &str)]) -> Fields {
    for (name, value) in changes {
        let pair = |name: &str| (name.to_owned(), (*value).to_owned());
        if let Some(name) = name.strip_prefix('-') {
            fields.retain(|(known, _)| known != name);
        } else if let Some(name) = name.strip_prefix('+') {
            fields.push(pair(name));
        } else {
            match fields.iter_mut().find(|(known, _)| known == name) {
                Some(field) => field.1 = (*value).to_owned(),
                None => fields.push(pair(name)),
            }
        }
    }
    fields
}
