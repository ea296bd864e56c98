//! A program that uses the API with a token.

use doorbook::base::api_token::ApiRole;
use reqwest::Method;
use serde_json::Value;

use crate::support::{answer::Answer, app::TestApp};

/// A program, and what it shows.
pub(crate) struct Program<'a> {
    app: &'a TestApp,
    pub(crate) token: String,
    pub(crate) id: String,
}

impl<'a> Program<'a> {
    /// With a token for Grace, who signs in for it.
    pub(crate) async fn of(app: &'a TestApp, role: ApiRole) -> Self {
        app.grace().goes("/admin").await.page().page(200);
        let made = app.api_token(role).await;
        Self { app, token: made.secret.expose().to_owned(), id: made.token.id.to_string() }
    }

    pub(crate) async fn asks(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = self.app.request(method, &format!("/admin/api/v1{path}")).bearer_auth(&self.token);
        let answer = self.app.send(match body {
            Some(body) => request.json(&body),
            None => request,
        });
        let answer = answer.await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert!(!answer.has("access-control-allow-origin") && !answer.has("set-cookie"), "{path}");
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.asks(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.asks(Method::POST, path, Some(body)).await
    }

    /// An action without a body.
    pub(crate) async fn does(&self, path: &str) -> Answer {
        self.asks(Method::POST, path, None).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.asks(Method::DELETE, path, None).await
    }
}

/// A refusal of the API: one shape, whoever refuses.
#[track_caller]
pub(crate) fn refused(answer: &Answer, status: u16, reason: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    let body = answer.json();
    assert_eq!(body["reason"], reason, "{body}");
    for member in ["error", "error_description", "fix"] {
        assert!(body[member].as_str().is_some_and(|text| !text.is_empty()), "{member} of {body}");
    }
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.has("www-authenticate"), matches!(status, 401) || reason == "DB-726", "{body}");
}
