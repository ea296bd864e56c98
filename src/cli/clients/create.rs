//! `doorbook clients create`: a client for a program that cannot register by itself, or may not.

use std::{fs, io::Read as _, path::PathBuf};

use clap::Args;
use serde_json::{Map, Value, json};

use crate::{
    cli::{
        output::{say, say_json},
        table,
        work::{ACTOR, Trouble, Work},
    },
    flows::clients as flow,
};

/// What the client is to be.
#[derive(Args)]
pub(in crate::cli) struct Arguments {
    /// Its name for people
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// Where codes may be sent; may be given several times
    #[arg(long = "redirect-uri", value_name = "URI", required_unless_present_any = ["metadata", "grants"])]
    redirect_uris: Vec<String>,
    /// A grant that it may use, as client_credentials for a service account or
    /// urn:ietf:params:oauth:grant-type:device_code for a terminal; may be given several times
    /// [default: authorization_code and refresh_token]
    #[arg(long = "grant", value_name = "TYPE")]
    grants: Vec<String>,
    /// A program on people's own computers: it gets no secret
    #[arg(long, conflicts_with = "auth_method")]
    public: bool,
    /// How it authenticates: client_secret_basic (the default), client_secret_post or none
    #[arg(long, value_name = "METHOD")]
    auth_method: Option<String>,
    /// The scopes it may ask for, with spaces between them [default: all on offer]
    #[arg(long, value_name = "SCOPES")]
    scope: Option<String>,
    /// A file with client metadata as JSON (RFC 7591 section 2), - for standard input; other options win over it
    #[arg(long, value_name = "FILE")]
    metadata: Option<PathBuf>,
    /// Print JSON: the answer that the client would have got had it registered by itself
    #[arg(long)]
    json: bool,
}

pub(super) async fn create(work: &Work, arguments: Arguments) -> Result<(), Trouble> {
    let body = arguments.body()?.to_string();
    let created = flow::create_from(&work.desk, &work.call, &ACTOR, body.as_bytes()).await;
    let created = work.heard(created, "way to make it")?;
    let in_force = work.in_force().await;
    if arguments.json {
        let mut reply = created.reply(&work.desk);
        if let Some(members) = reply.as_object_mut() {
            members.insert("in_force".into(), in_force.as_str().into());
        }
        say_json(&reply);
        return Ok(());
    }
    let shown = |secret: &Option<crate::base::secret::Plain>| {
        secret.as_ref().map(|secret| secret.expose().to_owned()).unwrap_or_default()
    };
    say(format!("{} is in the book. What follows is shown this once:\n", table::plain(created.client.name())));
    table::facts([
        ("client_id", created.client.id.to_string()),
        ("client_secret", shown(&created.secret)),
        ("registration_access_token", shown(&created.registration_token)),
        ("token_endpoint_auth_method", created.client.metadata.token_endpoint_auth_method.as_str().to_owned()),
        ("scope", created.client.metadata.scope.to_string()),
    ]);
    say(format!("\n{}", in_force.words()));
    Ok(())
}

impl Arguments {
    /// The registration as the client would have sent it.
    fn body(&self) -> Result<Value, Trouble> {
        let mut members = match &self.metadata {
            Some(file) => read(file)?,
            None => Map::new(),
        };
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                members.insert(name.to_owned(), value);
            }
        };
        set("client_name", self.name.as_ref().map(|name| json!(name)));
        set("redirect_uris", Some(&self.redirect_uris).filter(|uris| !uris.is_empty()).map(|uris| json!(uris)));
        set("grant_types", Some(&self.grants).filter(|grants| !grants.is_empty()).map(|grants| json!(grants)));
        set("scope", self.scope.as_ref().map(|scope| json!(scope)));
        let method = if self.public { Some("none") } else { self.auth_method.as_deref() };
        set("token_endpoint_auth_method", method.map(|method| json!(method)));
        Ok(Value::Object(members))
    }
}

fn read(file: &PathBuf) -> Result<Map<String, Value>, Trouble> {
    let unusable = |why: &dyn std::fmt::Display| Trouble::Unusable(format!("{} cannot be used: {why}", file.display()));
    let text = if file.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(file)
    };
    let text = text.map_err(|error| unusable(&error))?;
    serde_json::from_str(&text).map_err(|error| unusable(&format!("it is no JSON object ({error})")))
}
