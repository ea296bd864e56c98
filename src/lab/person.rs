//! A person at a browser, as far as nobody is needed: in local mode any name signs in. Everywhere else a real one has to.

use std::collections::BTreeMap;

use url::Url;

use super::{
    form::{Form, form},
    report::Stopped,
    server::Server,
};
use crate::outbound::visit::{Answer, Request};

/// Who signs in.
const NAME: &str = "client-lab";
/// The sign-in, the question, and what comes of it.
const MOST_PAGES: usize = 3;
/// How often a browser is sent on.
const MOST_REDIRECTS: usize = 10;
const ODD: &str = "Look at the log of the server: a page came that was not expected here.";

/// What the page holds that waits until an administrator approves the client.
const WAITING_PAGE: &str = "data-waits=";
const NEEDS_SOMEBODY: &str = "needs a person at a browser";
const NEEDS_ADMINISTRATOR: &str = "waits until an administrator approves the client";

/// How the way through the pages ended.
pub(super) enum Ended {
    /// At an address of the client's, with everything in it.
    AtClient(Url),
    /// Where somebody else has to go on: why.
    Waits(&'static str),
}

/// A browser that keeps cookies.
pub(super) struct Person<'a> {
    server: &'a Server,
    /// Where the client waits for it.
    client: &'a str,
    cookies: BTreeMap<String, String>,
}

impl<'a> Person<'a> {
    pub(super) const fn new(server: &'a Server, client: &'a str) -> Self {
        Self { server, client, cookies: BTreeMap::new() }
    }

    /// Goes to the authorization page, signs in where any name may, and lets the client in.
    pub(super) async fn lets_in(&mut self, authorize: &str) -> Result<Ended, Stopped> {
        let arrived = self.get(authorize).await?;
        let (mut answer, mut ended) = self.follow(arrived).await?;
        for _ in 0..MOST_PAGES {
            if let Some(ended) = ended {
                return Ok(ended);
            }
            let (form, last) = match form(&answer.body, "/login/local") {
                Some(form) => (form, ("name", NAME)),
                None => match form_of_consent(&answer) {
                    Some(form) => (form, ("decision", "approve")),
                    None if answer.body.contains(WAITING_PAGE) => return Ok(Ended::Waits(NEEDS_ADMINISTRATOR)),
                    None => return Err(Stopped::at(&answer, ODD)),
                },
            };
            let arrived = self.post(form, last).await?;
            (answer, ended) = self.follow(arrived).await?;
        }
        ended.ok_or_else(|| Stopped::at(&answer, ODD))
    }

    /// Follows redirects until a page shows, or until it leaves the server.
    async fn follow(&mut self, mut answer: Answer) -> Result<(Answer, Option<Ended>), Stopped> {
        for _ in 0..MOST_REDIRECTS {
            if !matches!(answer.status, 302 | 303) {
                return Ok((answer, None));
            }
            let to = self.address(answer.header("location"));
            let Some(to) = to else { return Err(Stopped::at(&answer, "Send a Location that is an address.")) };
            if answer.header("location").starts_with(self.client) {
                return Ok((answer, Some(Ended::AtClient(to))));
            }
            if !to.as_str().starts_with(&self.server.target.issuer) {
                return Ok((answer, Some(Ended::Waits(NEEDS_SOMEBODY))));
            }
            answer = self.get(to.as_str()).await?;
        }
        Err(Stopped::at(&answer, "The pages send a browser round in circles: look at cookies and the public URL."))
    }

    async fn get(&mut self, url: &str) -> Result<Answer, Stopped> {
        let headers = self.headers();
        let answer = self.server.send("GET", url, Request { headers, body: None }).await?;
        Ok(self.keep(answer))
    }

    async fn post(&mut self, form: Form, (name, value): (&str, &str)) -> Result<Answer, Stopped> {
        let mut fields = form.fields;
        fields.retain(|(known, _)| known != name);
        fields.push((name.to_owned(), value.to_owned()));
        let to = self.address(&form.action).ok_or_else(|| Stopped::new("a form that leads nowhere", ODD))?;
        let answer = self.server.form(to.as_str(), &fields, self.headers()).await?;
        Ok(self.keep(answer))
    }

    /// An address as a browser reads it on one of the server's pages.
    fn address(&self, text: &str) -> Option<Url> {
        let base = Url::parse(&self.server.target.issuer).ok();
        Url::options().base_url(base.as_ref()).parse(text).ok()
    }

    fn headers(&self) -> Vec<(&'static str, String)> {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut headers = vec![("accept", "text/html".to_owned())];
        headers.extend((!cookies.is_empty()).then(|| ("cookie", cookies.join("; "))));
        headers
    }

    fn keep(&mut self, answer: Answer) -> Answer {
        let lines: Vec<String> = answer.headers("set-cookie").map(str::to_owned).collect();
        for line in lines {
            let first = line.split(';').next().unwrap_or_default();
            if let Some((name, value)) = first.split_once('=') {
                self.cookies.insert(name.trim().to_owned(), value.to_owned());
            }
        }
        answer
    }
}

fn form_of_consent(answer: &Answer) -> Option<Form> {
    (answer.status == 200).then(|| form(&answer.body, "/consent")).flatten()
}
