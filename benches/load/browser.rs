//! As much of a browser as the way to a token needs: follows redirects, keeps cookies, fills in whatever form it meets (the
//! local sign-in, consent, the claim link).

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use url::{Position, Url, form_urlencoded};

use crate::{drive::FORM, http::Connection, server::Server};

/// A browser, used by one person.
pub(crate) struct Browser<'a> {
    server: &'a Server,
    connection: Connection,
    cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    /// A new one, without cookies.
    pub(crate) fn open(server: &'a Server) -> anyhow::Result<Self> {
        Ok(Self { server, connection: Connection::open(server.address)?, cookies: BTreeMap::new() })
    }

    /// One with the cookies of such a header.
    pub(crate) fn with(server: &'a Server, header: &str) -> anyhow::Result<Self> {
        let pairs = header.trim_start_matches("Cookie: ").split("; ").filter_map(|pair| pair.split_once('='));
        let cookies = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(Self { cookies, ..Self::open(server)? })
    }

    /// From a page of the server on, by redirects and forms, until one of them leads to where it shall.
    pub(crate) fn walk(&mut self, from: &str, until: impl Fn(&Url) -> bool) -> anyhow::Result<Url> {
        let mut at = self.home()?.join(from)?;
        let mut post: Option<String> = None;
        for _page in 0..12 {
            let (status, location, page) = self.ask(&at, post.take())?;
            match (status, location) {
                (302 | 303, Some(location)) => {
                    at = at.join(&location)?;
                    if until(&at) {
                        return Ok(at);
                    }
                }
                (200, _) => {
                    let (action, fields) = filled_in(&page).with_context(|| format!("no form at {at}"))?;
                    at = at.join(&action)?;
                    post = Some(form(&fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>()));
                }
                _ => bail!("{at}: {status} {page}"),
            }
        }
        bail!("twelve pages and not there: {at}")
    }

    /// The page at that path, as it is.
    pub(crate) fn page(&mut self, path: &str) -> anyhow::Result<String> {
        let at = self.home()?.join(path)?;
        match self.ask(&at, None)? {
            (200, _, page) => Ok(page),
            (status, _, page) => bail!("{at}: {status} {page}"),
        }
    }

    fn home(&self) -> anyhow::Result<Url> {
        Ok(Url::parse(&format!("http://{}/", self.server.address))?)
    }

    /// One request: status, where it redirects to, the page.
    fn ask(&mut self, at: &Url, post: Option<String>) -> anyhow::Result<(u16, Option<String>, String)> {
        let origin = format!("Origin: http://{}", self.server.address);
        let cookies = self.cookies();
        let method = if post.is_some() { "POST" } else { "GET" };
        let with_body = post.iter().flat_map(|_| [FORM, origin.as_str()]);
        let headers: Vec<&str> = cookies.as_deref().into_iter().chain(with_body).collect();
        let path = &at[Position::BeforePath..Position::AfterQuery];
        let request = self.server.request(method, path, &headers, post.as_deref().unwrap_or_default());
        let answer = self.connection.ask(&request)?;
        for cookie in answer.header("set-cookie") {
            if let Some((name, value)) = cookie.split(';').next().and_then(|pair| pair.split_once('=')) {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let location = answer.header("location").next().map(str::to_owned);
        Ok((answer.status, location, answer.text()))
    }

    /// The header with all cookies, if there are any.
    pub(crate) fn cookies(&self) -> Option<String> {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| format!("Cookie: {}", pairs.join("; ")))
    }
}

/// Fields as a query or a form carries them.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// Where the form that asks for something goes (the one with a decision, else the first that posts), and its fields: hidden
/// ones as they are, a name where a text is asked for, and "approve" where there is a decision.
fn filled_in(page: &str) -> Option<(String, Vec<(String, String)>)> {
    let forms = || {
        page.split("<form")
            .skip(1)
            .filter_map(|rest| rest.split("</form").next())
            .filter(|form| attribute(form, "method").is_some_and(|m| m.eq_ignore_ascii_case("post")))
    };
    let form = forms().find(|form| form.contains("value=\"approve\"")).or_else(|| forms().next())?;
    let mut fields = Vec::new();
    for tag in form.split('<').filter(|tag| tag.starts_with("input") || tag.starts_with("button")) {
        let Some(name) = attribute(tag, "name") else { continue };
        let value = attribute(tag, "value").unwrap_or_default();
        match attribute(tag, "type").as_deref() {
            Some("checkbox" | "radio") if !tag.contains(" checked") => {}
            _ if tag.starts_with("button") && value != "approve" => {}
            None | Some("text") if tag.starts_with("input") && value.is_empty() => {
                fields.push((name, "ada".to_owned()))
            }
            _ => fields.push((name, value)),
        }
    }
    Some((attribute(form, "action").unwrap_or_default(), fields))
}

/// Where the link to the next page leads.
pub(crate) fn next_page(page: &str) -> Option<String> {
    let tag = page.split('<').find(|tag| tag.starts_with("a ") && attribute(tag, "rel").as_deref() == Some("next"))?;
    attribute(tag, "href")
}

/// Every value of an attribute, in the order of the page.
pub(crate) fn attributes(page: &str, name: &'static str) -> impl Iterator<Item = String> {
    page.split('<').filter_map(move |tag| attribute(tag, name))
}

/// An attribute of the tag that `text` begins with.
fn attribute(text: &str, name: &str) -> Option<String> {
    let tag = text.split('>').next()?;
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let value = rest.split('"').next()?;
    Some(value.replace("&#38;", "&").replace("&amp;", "&").replace("&#61;", "=").replace("&#34;", "\""))
}
