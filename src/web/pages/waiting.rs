//! Waiting for an administrator: the page goes on by itself once somebody decided, with script by asking every other second,
//! without by loading itself anew.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;
use serde_json::json;

use super::{
    authorize::{site, through},
    consent::{proof, proof_why},
};
use crate::{
    base::{call::Call, redirect::Destination, secret::Plain, time::Time},
    flows::{
        Desk,
        consent::{self, Asked, Waits},
        forms,
    },
    oauth::{error::invalid_request, why::Why},
    web::{
        extract::{self, CallFrom},
        reply::{self, Refused},
        session,
        view::{Ago, Face, Phrase, Shape, Site, State, Tone},
    },
};

/// `GET /consent` for a request that was let in and whose client an administrator has to approve.
#[derive(Template)]
#[template(path = "pages/waiting.html")]
pub struct WaitingPage {
    /// Which server.
    pub site: Site,
    /// That it waits.
    pub stamp: State,
    /// Where the script asks whether it still waits.
    pub asks: String,
    /// This page, for whoever presses.
    pub again: String,
    /// Name of the client, as it says.
    pub client: String,
    /// Initials.
    pub face: Face,
    /// Who vouches for it.
    pub proof: State,
    /// One line why.
    pub proof_why: Phrase,
    /// Where it sends people.
    pub sends_to: Phrase,
    /// Login of the person.
    pub who: String,
    /// "through GitHub", "local name".
    pub through: String,
    /// Since when they wait.
    pub since: Ago,
    /// Until when.
    pub until: Ago,
    /// Where an administrator decides.
    pub decides: String,
}

/// The page of a request that waits.
pub(super) fn page(desk: &Desk, call: &Call, id: &Plain, waits: &Waits) -> WaitingPage {
    let Waits { asked: Asked { checked, client, person, .. }, wait } = waits;
    let ago = |at: Time| Ago::of(at.unix(), call.now.unix());
    let base = desk.config.issuer.path();
    WaitingPage {
        site: site(desk),
        stamp: State::new(Tone::Amber, Shape::Half, "Waits"),
        asks: format!("{base}/consent/state?request={}", id.expose()),
        again: format!("{base}/consent?request={}", id.expose()),
        client: client.name().to_owned(),
        face: Face::of(client.id.as_str(), client.name()),
        proof: proof(client),
        proof_why: proof_why(client),
        sends_to: match checked.to().destination() {
            Destination::Site(host) => Phrase::from("the site ").strong(host),
            other => other.to_string().into(),
        },
        who: person.login.clone(),
        through: through(desk),
        since: ago(wait.created_at),
        until: ago(wait.expires_at),
        decides: desk.config.issuer.url("/admin/approvals"),
    }
}

/// `GET /consent/state`: whether the request still waits, for the script of the page.
pub async fn state(desk: Data<Desk>, CallFrom(call): CallFrom, req: HttpRequest) -> Result<HttpResponse, Refused> {
    let desk = desk.into_inner();
    let id = extract::query(&req).get("request").and_then(forms::request);
    let (Some(id), Some(browser)) = (id, session::known_browser(&req, desk.config.issuer.is_https())) else {
        return Err(invalid_request(Why::RequestOver).into());
    };
    let waits = consent::still_waits(&desk, &call, &id, &browser).await?;
    Ok(reply::json(StatusCode::OK, &json!({ "waits": waits })))
}
