//! Addresses of lists: what is chosen in them stays in the URL, so that a view can be sent to somebody and gone back to.

use url::form_urlencoded::{Serializer, byte_serialize};

use super::guard::Admin;
use crate::{
    store::page::{Page, Seek},
    web::view::{Filters, Link, Pager, grouped},
};

/// How many rows a page of a list has.
pub const SIZE: usize = 50;

/// The longest choice that is carried on.
const LONGEST: usize = 200;

/// A list as it is shown now: where it is, and what is chosen.
pub struct View {
    path: String,
    chosen: Vec<(&'static str, String)>,
    seek: Option<Seek>,
}

impl View {
    /// The list at that path, with the choices of these names as they were sent.
    pub fn of(admin: &Admin, path: &str, names: &[&'static str]) -> Self {
        let sent = |name: &str| admin.one(name).trim().chars().filter(|c| !c.is_control()).take(LONGEST).collect();
        let chosen = names.iter().map(|name| (*name, sent(name)));
        Self { path: admin.at(path), chosen: chosen.collect(), seek: Seek::parse(admin.one("at")) }
    }

    /// What is chosen under a name; empty for nothing.
    pub fn get(&self, name: &str) -> &str {
        self.chosen.iter().find(|(n, _)| *n == name).map_or("", |(_, value)| value.as_str())
    }

    /// Whether not everything is shown.
    pub fn is_narrowed(&self) -> bool {
        self.narrowing().next().is_some()
    }

    /// What was chosen and narrows the list; its order does not.
    fn narrowing(&self) -> impl Iterator<Item = &(&'static str, String)> {
        self.chosen.iter().filter(|(name, value)| *name != "sort" && !value.is_empty())
    }

    /// Where in the list the page begins.
    pub fn seek(&self) -> Option<Seek> {
        self.seek.clone()
    }

    /// The address of the list with one choice changed, from its beginning.
    pub fn with<'v>(&'v self, name: &str, value: &'v str) -> String {
        self.href(|n, old| if n == name { value } else { old }, None)
    }

    /// What is chosen, as the query of an address; empty when nothing is.
    pub fn query(&self) -> String {
        let all = self.href(|_, old| old, None);
        all.strip_prefix(&self.path).unwrap_or_default().to_owned()
    }

    /// What is chosen, as links that take one choice away each.
    pub fn applied(&self, words: impl Fn(&str, &str) -> String) -> Vec<Link> {
        self.narrowing().map(|(name, value)| Link::new(words(name, value), self.with(name, ""))).collect()
    }

    /// Search and selects above the list.
    pub fn filters(&self, finds: &str) -> Filters {
        Filters { action: self.path.clone(), q: self.get("q").into(), finds: finds.into(), ..Filters::default() }
    }

    /// The foot of the list: "Showing 50 clients" and its neighbours.
    pub fn pager<T>(&self, page: &Page<T>, [one, many]: [&str; 2], [back, on]: [&str; 2]) -> Pager {
        let all = page.newer.is_none() && page.older.is_none();
        let shown = page.rows.len() as i64;
        let words = if all { counted(shown, one, many) } else { format!("{shown} {many} on this page") };
        let place = |seek: &Option<Seek>| seek.as_ref().map(|seek| self.href(|_, old| old, Some(seek)));
        Pager { words, back_label: back.into(), back: place(&page.newer), on_label: on.into(), on: place(&page.older) }
    }

    fn href<'v>(&'v self, value: impl Fn(&str, &'v str) -> &'v str, seek: Option<&Seek>) -> String {
        let mut query = Serializer::new(String::new());
        for (name, old) in &self.chosen {
            let value = value(name, old);
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        if let Some(seek) = seek {
            query.append_pair("at", &seek.to_string());
        }
        let query = query.finish();
        if query.is_empty() { self.path.clone() } else { format!("{}?{query}", self.path) }
    }
}

/// A name as one segment of a path.
pub fn segment(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// "1 grant", "1,204 grants".
pub fn counted(n: i64, one: &str, many: &str) -> String {
    let shown = grouped(n.unsigned_abs());
    if n == 1 { format!("{shown} {one}") } else { format!("{shown} {many}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_place_in_addresses() {
        assert_eq!(segment("github:583231"), "github%3A583231");
        assert_eq!(segment("../a b?c#d&e+f"), "..%2Fa%20b%3Fc%23d%26e%2Bf");
        assert_eq!(counted(1, "grant", "grants"), "1 grant");
        assert_eq!(counted(1_204, "grant", "grants"), "1,204 grants");
    }

    #[test]
    fn a_view_keeps_its_choices_and_changes_one() {
        let view = View {
            path: "/admin/clients".into(),
            chosen: vec![("q", "a&b".into()), ("state", "live".into()), ("origin", String::new())],
            seek: None,
        };
        assert_eq!(view.with("state", ""), "/admin/clients?q=a%26b");
        assert_eq!(view.with("origin", "dynamic"), "/admin/clients?q=a%26b&state=live&origin=dynamic");
        assert_eq!(view.applied(|name, value| format!("{name} {value}")).len(), 2);
    }
}
