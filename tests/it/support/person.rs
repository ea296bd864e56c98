//! A person with a browser of their own: it keeps cookies, follows redirects and sends forms, and stops where a client's
//! address begins.

use std::{cell::RefCell, collections::BTreeMap};

use reqwest::{Method, RequestBuilder, header};
use url::Url;

use super::{
    answer::{Answer, param},
    client::{Ask, Code, TestClient},
    form::{Form, form, forms},
    reach::Reach,
};

/// Somebody in front of a browser.
pub(crate) struct Person<'a> {
    app: &'a Reach,
    pub(crate) number: u64,
    pub(crate) login: String,
    pub(crate) jar: RefCell<BTreeMap<String, String>>,
}

/// Where a browser comes to rest.
#[derive(Debug)]
pub(crate) enum Landing {
    /// On a page of Doorbook.
    Page(Answer),
    /// At an address of the client's.
    Client(Url),
}

impl Landing {
    #[track_caller]
    pub(crate) fn page(self) -> Answer {
        match self {
            Self::Page(answer) => answer,
            Self::Client(url) => panic!("not a page but at the client: {url}"),
        }
    }

    #[track_caller]
    pub(crate) fn client(self) -> Url {
        match self {
            Self::Client(url) => url,
            Self::Page(answer) => panic!("not at the client but on a page: {} {}", answer.status, answer.text()),
        }
    }

    /// The client hears an error, with everything that belongs to it.
    #[track_caller]
    pub(crate) fn denied(self, error: &str) -> Url {
        let url = self.client();
        assert_eq!(param(&url, "error").as_deref(), Some(error), "{url}");
        assert_eq!(param(&url, "code"), None, "{url}");
        url
    }
}

impl<'a> Person<'a> {
    /// Somebody else, at a browser of their own.
    pub(crate) fn new(app: &'a Reach, number: u64, login: &str) -> Self {
        Self { app, number, login: login.to_owned(), jar: RefCell::default() }
    }

    // One step

    /// A request with this browser's cookies.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let cookies: Vec<_> = self.jar.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self.app.request(method, path);
        if cookies.is_empty() { request } else { request.header(header::COOKIE, cookies.join("; ")) }
    }

    /// Sends it, and keeps the cookies of the answer.
    pub(crate) async fn sends(&self, request: RequestBuilder) -> Answer {
        let answer = self.app.send(request).await;
        for line in answer.headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, rest) = line.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap_or_default();
            if line.contains("Max-Age=0") {
                self.jar.borrow_mut().remove(name);
            } else {
                self.jar.borrow_mut().insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// Opens a page without following where it leads.
    pub(crate) async fn opens(&self, path: &str) -> Answer {
        self.sends(self.request(Method::GET, path)).await
    }

    /// Sends a form without following where it leads.
    pub(crate) async fn posts(&self, form: &Form, button: Option<(&str, &str)>) -> Answer {
        let mut fields = form.fields.clone();
        fields.extend(button.map(|(name, value)| (name.to_owned(), value.to_owned())));
        self.sends(self.request(Method::POST, &form.action).form(&fields)).await
    }

    // Until it rests

    /// Follows redirects, through GitHub too, until a page shows or a client's address comes.
    pub(crate) async fn follows(&self, mut answer: Answer) -> Landing {
        for _ in 0..12 {
            if !(300..400).contains(&answer.status) {
                return Landing::Page(answer);
            }
            let to = answer.location();
            answer = if to.as_str().starts_with(self.app.issuer()) {
                self.opens(to.as_str()).await
            } else if to.as_str().starts_with(&self.app.github().url) {
                self.app.github().sits_down(self.number, &self.login);
                self.app.send(self.app.http.get(to)).await
            } else {
                return Landing::Client(to);
            };
        }
        panic!("redirects without end");
    }

    /// Opens a page and follows where it leads; in local mode, signs in on the way.
    pub(crate) async fn goes(&self, path: &str) -> Landing {
        let landing = self.follows(self.opens(path).await).await;
        match landing {
            Landing::Page(page) if forms(&page.text()).iter().any(|form| form.action.ends_with("/login/local")) => {
                let form = form(&page.text(), "/login/local").fill("name", &self.login);
                self.follows(self.posts(&form, None).await).await
            }
            landing => landing,
        }
    }

    /// The client sends the browser here.
    pub(crate) async fn asked(&self, ask: &Ask) -> Landing {
        self.goes(&ask.path()).await
    }

    /// Answers the question on a page.
    pub(crate) async fn decides(&self, page: &Answer, decision: &str) -> Landing {
        let form = form(&page.page(200), "/consent");
        self.follows(self.posts(&form, Some(("decision", decision))).await).await
    }

    // Whole ways

    /// Lets the client in: sign-in, question, code.
    pub(crate) async fn consents(&self, client: &TestClient<'_>) -> Code {
        self.consents_to(&client.asks()).await
    }

    /// The same for a request of one's own. Where an answer was remembered, nothing is asked.
    pub(crate) async fn consents_to(&self, ask: &Ask) -> Code {
        let landing = match self.asked(ask).await {
            Landing::Page(page) => self.decides(&page, "approve").await,
            answered => answered,
        };
        self.code(ask, landing)
    }

    /// The code in the client's address, as the client would take it: with its own state and our issuer.
    #[track_caller]
    pub(crate) fn code(&self, ask: &Ask, landing: Landing) -> Code {
        let url = landing.client();
        assert_eq!(param(&url, "state").as_deref(), Some(ask.state.as_str()), "{url}");
        assert_eq!(param(&url, "iss").as_deref(), Some(self.app.issuer()), "{url}");
        assert_eq!(param(&url, "error"), None, "{url}");
        let redirect_uri = ask.fields.iter().find(|(name, _)| name == "redirect_uri").map(|(_, uri)| uri.clone());
        Code {
            code: param(&url, "code").unwrap_or_else(|| panic!("no code in {url}")),
            verifier: ask.verifier.clone(),
            redirect_uri: redirect_uri.unwrap_or_default(),
        }
    }

    /// Lets the client in, and rests on the page that shows then.
    pub(crate) async fn consented(&self, client: &TestClient<'_>) -> Answer {
        let question = self.asked(&client.asks()).await.page();
        self.decides(&question, "approve").await.page()
    }

    /// Does not let the client in.
    pub(crate) async fn denies(&self, client: &TestClient<'_>) -> Url {
        let page = self.asked(&client.asks()).await.page();
        self.decides(&page, "deny").await.denied("access_denied")
    }

    /// Takes the client through all of it.
    pub(crate) async fn connects(&self, client: &TestClient<'_>) -> super::answer::Tokens {
        client.exchanges(&self.consents(client).await).await.ok()
    }
}
