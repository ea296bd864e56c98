//! Reads forms out of pages as a browser would, as far as Doorbook's pages need it.

use std::collections::BTreeMap;

/// A form of a page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) method: String,
    /// What it sends when nobody touches it, buttons aside.
    pub(crate) fields: Vec<(String, String)>,
    /// Its buttons: name, value, words.
    pub(crate) buttons: Vec<(String, String, String)>,
}

impl Form {
    /// Sets a field, or adds it.
    pub(crate) fn fill(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn value(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }
}

/// All forms of a page, in order.
pub(crate) fn forms(html: &str) -> Vec<Form> {
    let mut found: Vec<Form> = Vec::new();
    let mut inside = false;
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let Some((name, attributes, after)) = tag(rest) else { continue };
        rest = after;
        let one = |key: &str| attributes.get(key).cloned().unwrap_or_default();
        match name.as_str() {
            "form" => {
                inside = true;
                found.push(Form { action: one("action"), method: one("method"), ..Form::default() });
            }
            "/form" => inside = false,
            "input" | "textarea" if inside && !one("name").is_empty() => {
                let picked =
                    !matches!(one("type").as_str(), "checkbox" | "radio") || attributes.contains_key("checked");
                let value = match name.as_str() {
                    "textarea" => unescaped(rest.split("</textarea>").next().unwrap_or_default()),
                    _ => one("value"),
                };
                if picked {
                    found.last_mut().unwrap().fields.push((one("name"), value));
                }
            }
            "button" if inside => {
                let words = rest.split("</button>").next().unwrap_or_default().to_owned();
                found.last_mut().unwrap().buttons.push((one("name"), one("value"), words));
            }
            _ => (),
        }
    }
    found
}

/// The form that posts to that path.
#[track_caller]
pub(crate) fn form(html: &str, action: &str) -> Form {
    let found = forms(html).into_iter().find(|form| form.action.ends_with(action));
    found.unwrap_or_else(|| panic!("no form posts to {action} in\n{html}"))
}

/// A tag's name and attributes, and what follows it.
fn tag(text: &str) -> Option<(String, BTreeMap<String, String>, &str)> {
    let end = text.find(|c: char| c.is_whitespace() || c == '>' || c == '/').filter(|end| *end > 0);
    let (name, mut rest) = match end {
        Some(end) => text.split_at(end),
        None => text.strip_prefix('/').and_then(|closing| closing.find('>')).map(|end| text.split_at(end + 1))?,
    };
    let mut attributes = BTreeMap::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return Some((name.to_ascii_lowercase(), attributes, after));
        }
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>'))?;
        let (key, after) = rest.split_at(end);
        rest = after;
        let mut value = String::new();
        if let Some(after) = rest.strip_prefix("=\"") {
            let end = after.find('"')?;
            value = unescaped(&after[..end]);
            rest = &after[end + 1..];
        }
        attributes.insert(key.to_ascii_lowercase(), value);
    }
}

fn unescaped(text: &str) -> String {
    let pairs = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&lt;", "<"), ("&gt;", ">")];
    let text = pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    text.replace("&#38;", "&").replace("&amp;", "&").replace("&quot;", "\"")
}

#[test]
fn forms_are_read_as_browsers_read_them() {
    let html = "<p>1 < 2</p><form method=\"post\" action=\"/a\"><input type=\"hidden\" name=\"csrf\" value=\"x&#38;y\">\
                <input type=\"checkbox\" name=\"c\" value=\"1\"><input type=\"radio\" name=\"r\" value=\"2\" checked>\
                <textarea name=\"t\" rows=\"2\">a\nb&amp;c</textarea>\
                <button name=\"decision\" value=\"approve\">Let it <b>in</b></button></form><form action=\"/b\"></form>";
    let found = forms(html);
    assert_eq!(found.len(), 2);
    assert_eq!(
        found[0].fields,
        [("csrf".into(), "x&y".into()), ("r".into(), "2".to_owned()), ("t".into(), "a\nb&c".into())]
    );
    assert_eq!(found[0].buttons, [("decision".into(), "approve".into(), "Let it <b>in</b>".to_owned())]);
    assert_eq!((form(html, "/b").action.as_str(), found[0].method.as_str()), ("/b", "post"));
}
