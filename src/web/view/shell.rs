//! The frame: which server, where the reader is, the contents.

use super::{grouped, list::Flash};
use crate::web::assets;

/// Which server this is: in the head and the corner of every page.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// Path of the public URL, without a slash at the end; empty for most.
    pub base: String,
    /// Host (and port) of the public URL, as shown.
    pub host: String,
    /// Local mode: any name signs in, only on this computer.
    pub local: bool,
}

impl Site {
    /// URL path of an embedded file.
    pub fn asset(&self, name: &str) -> String {
        format!("{}{}", self.base, assets::href(name))
    }

    /// Version of this program.
    pub fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}

/// The sections of the dashboard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Section {
    /// Attention, figures, last lines.
    #[default]
    Overview,
    /// Who was refused, and why.
    Refusals,
    /// Registrations.
    Clients,
    /// Users.
    People,
    /// What users allowed.
    Grants,
    /// Protected servers.
    Resources,
    /// Who may come in.
    Access,
    /// Who may come into the book by itself.
    Policy,
    /// What lets others register.
    Tokens,
    /// Who waits for an administrator.
    Approvals,
    /// Who did what.
    Audit,
    /// What opens the API.
    ApiTokens,
    /// What signs tokens.
    Keys,
    /// Archives to come back from.
    Backups,
    /// How the server is, and its configuration.
    Settings,
    /// What is left to do before it is in use.
    Setup,
    /// What a search found: in no line of the contents.
    Search,
}

impl Section {
    /// Its words and its path below `/admin`, for the crumb above its pages; `None` where there is nothing above.
    pub fn place(self) -> Option<(&'static str, &'static str)> {
        let mut places = CONTENTS.iter().flat_map(|(_, places)| places.iter());
        places.find(|place| place.section == self).map(|place| (place.label, place.path)).filter(|(_, p)| !p.is_empty())
    }
}

/// Numbers in the contents; a zero is not shown.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Things that wait for the reader; red.
    pub needs: u64,
    /// Refusals of the last 24 hours.
    pub refusals: u64,
    /// Registrations.
    pub clients: u64,
    /// Users.
    pub people: u64,
    /// Grants.
    pub grants: u64,
    /// Protected servers.
    pub resources: u64,
    /// Entries of the access list.
    pub access: u64,
    /// People who wait for an administrator.
    pub approvals: u64,
}

/// A line of the contents as it is for everybody.
struct Place {
    section: Section,
    label: &'static str,
    /// Below `/admin`.
    path: &'static str,
    /// Its letter after `g`; each is there once.
    key: &'static str,
    count: fn(&Counts) -> u64,
    /// The number waits for the reader.
    waits: bool,
}

const fn place(
    section: Section,
    label: &'static str,
    path: &'static str,
    key: &'static str,
    count: fn(&Counts) -> u64,
) -> Place {
    Place { section, label, path, key, count, waits: false }
}

const fn none(_: &Counts) -> u64 {
    0
}

/// THE CONTENTS: every section in its group. A page that comes new gets its line here, and is in the navigation, in the keys
/// and in the search.
const CONTENTS: [(&str, &[Place]); 4] = [
    (
        "",
        &[
            Place { waits: true, ..place(Section::Overview, "Overview", "", "o", |n| n.needs) },
            place(Section::Refusals, "Refusals", "/refusals", "r", |n| n.refusals),
        ],
    ),
    (
        "In the book",
        &[
            place(Section::Clients, "Clients", "/clients", "c", |n| n.clients),
            place(Section::People, "People", "/people", "p", |n| n.people),
            place(Section::Grants, "Grants and tokens", "/grants", "t", |n| n.grants),
            place(Section::Resources, "Resources", "/resources", "e", |n| n.resources),
        ],
    ),
    (
        "Who may sign",
        &[
            place(Section::Access, "Access list", "/access", "a", |n| n.access),
            Place { waits: true, ..place(Section::Approvals, "Approvals", "/approvals", "w", |n| n.approvals) },
            place(Section::Policy, "Registration policy", "/policy", "y", none),
            place(Section::Tokens, "Initial access tokens", "/tokens", "i", none),
        ],
    ),
    (
        "Behind the desk",
        &[
            place(Section::Audit, "Audit", "/audit", "l", none),
            place(Section::ApiTokens, "API tokens", "/api-tokens", "k", none),
            place(Section::Keys, "Keys", "/keys", "n", none),
            place(Section::Backups, "Backups", "/backups", "b", none),
            place(Section::Settings, "Settings and health", "/settings", "h", none),
            place(Section::Setup, "Setup", "/setup", "s", none),
        ],
    ),
];

/// One line of the contents.
#[derive(Clone, Debug)]
pub struct NavItem {
    /// Words.
    pub label: &'static str,
    /// Address.
    pub href: String,
    /// Its letter after `g`.
    pub key: &'static str,
    /// The number at the right; empty for none.
    pub count: String,
    /// The number waits for the reader.
    pub waits: bool,
    /// This is where the reader is.
    pub current: bool,
}

/// A group of the contents.
#[derive(Clone, Debug)]
pub struct NavGroup {
    /// Heading; empty for the first group.
    pub title: &'static str,
    /// Lines.
    pub items: Vec<NavItem>,
}

/// The frame of every dashboard page.
#[derive(Clone, Debug, Default)]
pub struct Shell {
    /// Which server.
    pub site: Site,
    /// Where the reader is.
    pub section: Section,
    /// Who is signed in.
    pub who: String,
    /// Token of this session for every form.
    pub csrf: String,
    /// `00:31 UTC`, for the margin of the title.
    pub now: String,
    /// What was searched for over everything.
    pub sought: String,
    /// Numbers of the contents.
    pub counts: Counts,
    /// Nothing is certainly left of the set-up.
    pub is_set_up: bool,
    /// Notice of the last action.
    pub flash: Option<Flash>,
}

impl Shell {
    /// The contents, in groups.
    pub fn nav(&self) -> Vec<NavGroup> {
        let item = |place: &Place| {
            let count = (place.count)(&self.counts);
            NavItem {
                label: place.label,
                href: self.at(place.path),
                key: place.key,
                count: if count == 0 { String::new() } else { grouped(count) },
                waits: place.waits,
                current: place.section == self.section,
            }
        };
        let shown =
            |place: &&Place| place.section != Section::Setup || !self.is_set_up || self.section == Section::Setup;
        let group = |(title, places): &(&'static str, &[Place])| NavGroup {
            title,
            items: places.iter().filter(shown).map(item).collect(),
        };
        CONTENTS.iter().map(group).collect()
    }

    /// The address of a page of the dashboard.
    pub fn at(&self, path: &str) -> String {
        format!("{}/admin{path}", self.site.base)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_line_of_the_contents_has_a_letter_and_an_address_of_its_own() {
        let shell = Shell::default();
        let items: Vec<NavItem> = shell.nav().into_iter().flat_map(|group| group.items).collect();
        let keys: BTreeSet<_> = items.iter().map(|item| item.key).collect();
        let addresses: BTreeSet<_> = items.iter().map(|item| item.href.clone()).collect();
        assert_eq!((keys.len(), addresses.len()), (items.len(), items.len()));
        assert_eq!(items.iter().filter(|item| item.current).count(), 1);
        assert_eq!(Section::Clients.place(), Some(("Clients", "/clients")));
        assert_eq!((Section::Overview.place(), Section::Search.place()), (None, None));
    }
}
