//! Addresses of lists: what is chosen in them stays in the URL, so that a view can be sent to somebody and gone back to.

use std::cmp::Ordering;

use url::form_urlencoded::{Serializer, byte_serialize};

use super::guard::Admin;
use crate::{
    store::page::{Page, Seek, Sort},
    web::view::{Filters, Head, Heads, Link, Pager, grouped},
};

/// How many rows a page of a list has.
pub const SIZE: usize = 50;

/// The longest choice that is carried on.
const LONGEST: usize = 200;

/// A column that a list can be sorted by.
pub struct Column<B> {
    /// Its name in the URL.
    pub name: &'static str,
    /// What sorts by it.
    pub by: B,
    /// Its largest value comes first, unless it is turned around.
    pub falls: bool,
    /// What lies before and behind a page: "Later seen", "Earlier seen".
    pub ends: [&'static str; 2],
}

/// The columns that a list can be sorted by.
pub struct Columns<B: 'static> {
    /// By this one it is, unless another is chosen.
    pub usual: Column<B>,
    /// The others.
    pub others: &'static [Column<B>],
}

/// Compares two rows of a list that is in memory as a whole.
pub type Compare<T> = fn(&T, &T) -> Ordering;

impl<T> Sort<Compare<T>> {
    /// Puts the rows into that order.
    pub fn arrange(&self, rows: &mut [T]) {
        rows.sort_by(self.by);
        if self.turned {
            rows.reverse();
        }
    }
}

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

    /// The column that the list is sorted by, and whether it is turned around: `sort=created`, `sort=-created`.
    fn sorted<'c, B>(&self, columns: &'c Columns<B>) -> (&'c Column<B>, bool) {
        let chosen = self.get("sort");
        let (name, turned) = chosen.strip_prefix('-').map_or((chosen, false), |name| (name, true));
        let all = std::iter::once(&columns.usual).chain(columns.others);
        all.into_iter().find(|column| column.name == name).map_or((&columns.usual, false), |column| (column, turned))
    }

    /// What the list is sorted by.
    pub fn sort<B: Copy>(&self, columns: &Columns<B>) -> Sort<B> {
        let (column, turned) = self.sorted(columns);
        Sort { by: column.by, turned }
    }

    /// The heads of the columns: each sorts by its column, and that of the present one turns the list around.
    pub fn heads<B>(&self, columns: &Columns<B>) -> Heads {
        let (present, turned) = self.sorted(columns);
        let head = |column: &Column<B>| {
            let is_present = column.name == present.name;
            let value = match column.name {
                name if is_present && !turned => format!("-{name}"),
                name if name == columns.usual.name => String::new(),
                name => name.to_owned(),
            };
            let sorted = match column.falls != turned {
                _ if !is_present => "",
                true => "descending",
                false => "ascending",
            };
            Head { name: column.name, href: self.with("sort", &value), sorted }
        };
        Heads(std::iter::once(&columns.usual).chain(columns.others).map(head).collect())
    }

    /// What lies before and behind a page of the list.
    pub fn ends<B>(&self, columns: &Columns<B>) -> [&'static str; 2] {
        let (column, turned) = self.sorted(columns);
        let [before, behind] = column.ends;
        if turned { [behind, before] } else { [before, behind] }
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
        let (q, sort) = (self.get("q").into(), self.get("sort").into());
        Filters { action: self.path.clone(), q, sort, finds: finds.into(), ..Filters::default() }
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

    #[test]
    fn a_head_sorts_by_its_column_and_turns_the_list_around() {
        let column = |name, falls| Column { name, by: name, falls, ends: ["Before", "After"] };
        let columns = Columns { usual: column("seen", true), others: Box::leak(Box::new([column("login", false)])) };
        let told = |sort: &str| {
            let chosen = vec![("q", "ada".into()), ("sort", sort.to_owned())];
            let view = View { path: "/people".into(), chosen, seek: None };
            let heads = view.heads(&columns);
            let heads = ["seen", "login"].map(|name| format!("{} {}", heads.of(name).href, heads.of(name).sorted));
            (heads, view.sort(&columns), view.ends(&columns))
        };
        let sort = |by, turned| Sort { by, turned };
        let usual = ["/people?q=ada&sort=-seen descending".to_owned(), "/people?q=ada&sort=login ".to_owned()];
        for same in ["", "seen", "nothing", "-nothing"] {
            assert_eq!(told(same), (usual.clone(), sort("seen", false), ["Before", "After"]), "{same}");
        }
        let (heads, by, ends) = told("-seen");
        assert_eq!(heads, ["/people?q=ada ascending", "/people?q=ada&sort=login "]);
        assert_eq!((by, ends), (sort("seen", true), ["After", "Before"]));
        assert_eq!(told("login").0, ["/people?q=ada ", "/people?q=ada&sort=-login ascending"]);
        assert_eq!(told("-login").0, ["/people?q=ada ", "/people?q=ada&sort=login descending"]);
    }

    #[test]
    fn rows_in_memory_are_put_in_order_either_way() {
        let mut rows = [2, 3, 1];
        Sort { by: (|a, b| a.cmp(b)) as Compare<i32>, turned: false }.arrange(&mut rows);
        assert_eq!(rows, [1, 2, 3]);
        Sort { by: (|a, b| a.cmp(b)) as Compare<i32>, turned: true }.arrange(&mut rows);
        assert_eq!(rows, [3, 2, 1]);
    }
}
