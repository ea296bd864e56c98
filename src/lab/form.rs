//! Reads a form out of a page of ours as a browser would, as far as signing in and consenting need it.

use std::collections::BTreeMap;

/// A form, and what it sends when nobody touches it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Form {
    /// Where it is sent to.
    pub(super) action: String,
    /// Its fields, buttons aside.
    pub(super) fields: Vec<(String, String)>,
}

/// The form of a page that is sent to an address with that end.
pub(super) fn form(html: &str, end: &str) -> Option<Form> {
    let mut found: Option<Form> = None;
    for piece in html.split('<').skip(1) {
        let (tag, _) = piece.split_once('>').unwrap_or((piece, ""));
        let (name, rest) = tag.split_once(|c: char| c.is_whitespace()).unwrap_or((tag, ""));
        let attributes = attributes(rest);
        let one = |name: &str| attributes.get(name).cloned().unwrap_or_default();
        match (name, &mut found) {
            ("form", None) if one("action").ends_with(end) => {
                found = Some(Form { action: one("action"), fields: Vec::new() });
            }
            ("/form", Some(_)) => break,
            ("input", Some(form)) if !one("name").is_empty() => {
                let box_like = matches!(one("type").as_str(), "checkbox" | "radio");
                if !box_like || attributes.contains_key("checked") {
                    form.fields.push((one("name"), one("value")));
                }
            }
            _ => (),
        }
    }
    found
}

/// The attributes of a tag. Our templates quote all values.
fn attributes(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let (value, after) = match after.strip_prefix("=\"").and_then(|value| value.split_once('"')) {
            Some((value, after)) => (unescaped(value), after),
            None => (String::new(), after.trim_start_matches('=')),
        };
        found.insert(name.to_ascii_lowercase(), value);
        rest = after.trim_start();
    }
    found
}

fn unescaped(text: &str) -> String {
    let pairs = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&quot;", "\""), ("&lt;", "<")];
    let text = pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    text.replace("&gt;", ">").replace("&#38;", "&").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_a_browser_reads_it() {
        let page = "<p>1 < 2</p><form method=\"post\" action=\"/other\"><input name=\"no\" value=\"1\"></form>\
                    <form method=\"post\" action=\"/auth/consent\"><input type=\"hidden\" name=\"csrf\" value=\"a&#38;b\">\
                    <input type=\"checkbox\" name=\"scope\" value=\"x\"><input type=\"radio\" name=\"life\" value=\"1\" checked>\
                    <input name=\"name\" required><button name=\"decision\" value=\"approve\">Yes</button></form>";
        let found = form(page, "/consent").unwrap();
        let fields: Vec<_> = found.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found.action, "/auth/consent");
        assert_eq!(fields, [("csrf", "a&b"), ("life", "1"), ("name", "")]);
        assert_eq!(form(page, "/nowhere"), None);
    }
}
