//! The metadata of a client as options of a command: of one that is made, and of one that changes.

use std::{fs, io::Read as _, path::PathBuf};

use clap::Args;
use serde_json::{Map, Value, json};

use crate::cli::work::Trouble;

/// The name of a file that stands for standard input.
const STDIN: &str = "-";

/// What a client says of itself.
#[derive(Args)]
pub(super) struct Members {
    /// Its name for people
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// Where codes may be sent; may be given several times
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// A grant that it may use, as client_credentials for a service account or
    /// urn:ietf:params:oauth:grant-type:device_code for a terminal; may be given several times
    /// [a new one: authorization_code and refresh_token]
    #[arg(long = "grant", value_name = "TYPE")]
    grants: Vec<String>,
    /// A program on people's own computers: it gets no secret
    #[arg(long, conflicts_with = "auth_method")]
    public: bool,
    /// How it authenticates: client_secret_basic (a new one's default), client_secret_post, private_key_jwt or none
    #[arg(long, value_name = "METHOD")]
    auth_method: Option<String>,
    /// A file with its public keys as a JWK set, - for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "jwks_uri")]
    jwks: Option<PathBuf>,
    /// Where its public keys are
    #[arg(long, value_name = "URL")]
    jwks_uri: Option<String>,
    /// The scopes it may ask for, with spaces between them [a new one: all on offer]
    #[arg(long, value_name = "SCOPES")]
    scope: Option<String>,
    /// Its home page
    #[arg(long, value_name = "URL")]
    home_page: Option<String>,
    /// Its logo; kept, never fetched
    #[arg(long, value_name = "URL")]
    logo: Option<String>,
    /// Its terms of service
    #[arg(long, value_name = "URL")]
    terms: Option<String>,
    /// Its privacy policy
    #[arg(long, value_name = "URL")]
    privacy: Option<String>,
    /// Whom to write to; may be given several times
    #[arg(long = "contact", value_name = "TEXT")]
    contacts: Vec<String>,
    /// A file with client metadata as JSON (RFC 7591 section 2), - for standard input; other options win over it
    #[arg(long, value_name = "FILE")]
    metadata: Option<PathBuf>,
}

impl Members {
    /// The members that were named, as a client would have sent them.
    pub(super) fn read(&self) -> Result<Map<String, Value>, Trouble> {
        if [&self.jwks, &self.metadata]
            .into_iter()
            .all(|file| file.as_ref().is_some_and(|file| file.as_os_str() == STDIN))
        {
            let both = "--jwks and --metadata cannot both come from standard input: name a file for one of them";
            return Err(Trouble::Unusable(both.into()));
        }
        let mut members = match &self.metadata {
            Some(file) => read(file)?,
            None => Map::new(),
        };
        let jwks = self.jwks.as_ref().map(read).transpose()?.map(Value::Object);
        let method = if self.public { Some("none") } else { self.auth_method.as_deref() };
        let text = |text: Option<&str>| text.map(|text| json!(text));
        let list = |list: &[String]| Some(list).filter(|list| !list.is_empty()).map(|list| json!(list));
        let named = [
            ("client_name", text(self.name.as_deref())),
            ("redirect_uris", list(&self.redirect_uris)),
            ("grant_types", list(&self.grants)),
            ("token_endpoint_auth_method", text(method)),
            ("jwks", jwks),
            ("jwks_uri", text(self.jwks_uri.as_deref())),
            ("scope", text(self.scope.as_deref())),
            ("client_uri", text(self.home_page.as_deref())),
            ("logo_uri", text(self.logo.as_deref())),
            ("tos_uri", text(self.terms.as_deref())),
            ("policy_uri", text(self.privacy.as_deref())),
            ("contacts", list(&self.contacts)),
        ];
        members.extend(named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        Ok(members)
    }
}

fn read(file: &PathBuf) -> Result<Map<String, Value>, Trouble> {
    let unusable = |why: &dyn std::fmt::Display| Trouble::Unusable(format!("{} cannot be used: {why}", file.display()));
    let text = if file.as_os_str() == STDIN {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(file)
    };
    let text = text.map_err(|error| unusable(&error))?;
    serde_json::from_str(&text).map_err(|error| unusable(&format!("it is no JSON object ({error})")))
}
