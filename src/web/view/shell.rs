//! The frame: which server, where the reader is, the contents.

use super::{figure::grouped, list::Flash};
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
    /// Registrations.
    Clients,
    /// Users.
    People,
    /// What users allowed.
    Grants,
    /// Who may come in.
    Access,
    /// Who may come into the book by itself.
    Policy,
    /// Who did what.
    Audit,
    /// What opens the API.
    ApiTokens,
}

/// Numbers in the contents; `None` shows no number.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Things that wait for the reader; red.
    pub needs: u64,
    /// Registrations.
    pub clients: u64,
    /// Users.
    pub people: u64,
    /// Grants.
    pub grants: u64,
    /// Entries of the access list.
    pub access: u64,
}

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
    /// Numbers of the contents.
    pub counts: Counts,
    /// Notice of the last action.
    pub flash: Option<Flash>,
}

impl Shell {
    /// The contents, in groups.
    pub fn nav(&self) -> Vec<NavGroup> {
        let counts = &self.counts;
        let group = |title, items| NavGroup { title, items };
        vec![
            group("", vec![self.item(Section::Overview, "Overview", "", "o", counts.needs)]),
            group(
                "In the book",
                vec![
                    self.item(Section::Clients, "Clients", "/clients", "c", counts.clients),
                    self.item(Section::People, "People", "/people", "p", counts.people),
                    self.item(Section::Grants, "Grants and tokens", "/grants", "t", counts.grants),
                ],
            ),
            group(
                "Who may sign",
                vec![
                    self.item(Section::Access, "Access list", "/access", "a", counts.access),
                    self.item(Section::Policy, "Registration policy", "/policy", "r", 0),
                ],
            ),
            group(
                "Behind the desk",
                vec![
                    self.item(Section::Audit, "Audit", "/audit", "l", 0),
                    self.item(Section::ApiTokens, "API tokens", "/api-tokens", "i", 0),
                ],
            ),
        ]
    }

    fn item(&self, section: Section, label: &'static str, path: &str, key: &'static str, count: u64) -> NavItem {
        NavItem {
            label,
            href: format!("{}/admin{path}", self.site.base),
            key,
            count: if count == 0 { String::new() } else { grouped(count) },
            waits: section == Section::Overview,
            current: section == self.section,
        }
    }
}
