//! The GitHub application.

use std::fmt;

use crate::base::secret::Plain;

/// GitHub, or a GitHub Enterprise server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Site {
    /// Where people sign in: `https://github.com`, without a slash at the end; may have a path.
    pub web: String,
    /// Where programs ask: `https://api.github.com`, without a slash at the end; may have a path.
    pub api: String,
}

/// A GitHub application and the server it lives on.
pub struct GitHub {
    /// Its client id.
    pub client_id: String,
    /// Its client secret.
    pub client_secret: Plain,
    /// Where it lives.
    pub site: Site,
}

impl fmt::Debug for GitHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitHub").field("client_id", &self.client_id).field("site", &self.site).finish_non_exhaustive()
    }
}

/// Where the interface for programs is when only the web base is set: GitHub's own, or the path that GitHub Enterprise
/// servers use.
pub fn default_api(web: &str) -> String {
    if web == "https://github.com" { "https://api.github.com".into() } else { format!("{web}/api/v3") }
}
