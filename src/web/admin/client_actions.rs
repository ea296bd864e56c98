//! What an administrator does to one client. What ends something asks first; a secret is shown once, on the page that follows.

use super::{
    client_setup,
    confirm::{ConfirmPage, LISTED, is_large, is_typed, loser, word_of, words},
    guard::{Admin, Answer, Numbers},
    links::{counted, segment},
};
use crate::{
    base::{
        client::{AuthMethod, Client},
        event::Ended,
        id::ClientId,
        secret::Plain,
        time::Span,
    },
    flows::{approvals, clients as flow, departures},
    store::{
        clients,
        grants::{self, Of},
    },
    web::view::{Ago, Code, Hidden, Link, Note, OnceValue, Phrase, SecretOnce, Section, Shape, cut},
};

/// What a page that asks about a client is made from.
struct Facts {
    client: Client,
    ended: Ended,
    grants: Vec<grants::Line>,
}

impl Facts {
    fn id(&self) -> &str {
        self.client.id.as_str()
    }
}

/// `POST /admin/clients/disable`
pub async fn disable(admin: Admin) -> Answer {
    let id = client_id(&admin);
    if !admin.is_sure() {
        return ask(&admin, |page, facts| ConfirmPage {
            milder: "Nothing is taken from anybody: what people allowed stays, and works again once you enable it."
                .into(),
            ends_label: "This stops".into(),
            submit: format!("Disable client {}", cut(facts.id())),
            ..page
        })
        .await;
    }
    let done = flow::disable(&admin.desk, &admin.call, &admin.actor(), &id).await;
    admin.take(done).await?;
    admin.done("Disabled. Its tokens are refused from now on; enable it to let it in again.", &page_of(&id))
}

/// `POST /admin/clients/enable`
pub async fn enable(admin: Admin) -> Answer {
    let id = client_id(&admin);
    let done = flow::enable(&admin.desk, &admin.call, &admin.actor(), &id).await;
    admin.take(done).await?;
    admin.done("Enabled. It goes on where it was.", &page_of(&id))
}

/// `POST /admin/clients/revoke`: the end of a registration.
pub async fn revoke(admin: Admin) -> Answer {
    let id = client_id(&admin);
    let (facts, numbers) = read(&admin).await?;
    // Final, so it asks for a word where somebody loses something by it.
    let word = (facts.ended.grants > 0).then(|| word_of(facts.client.name(), facts.id()));
    let is_typed = word.as_ref().is_none_or(|word| is_typed(&admin, word));
    if !admin.is_sure() || !is_typed {
        let question = format!("Revoke {}?", facts.client.name());
        let page = page(&admin, &numbers, &facts, question, "by signing the book anew").for_good();
        let page = ConfirmPage {
            milder: Phrase::from("A revoked registration does not come back. To stop it for a while, disable it on ")
                .link("its page", admin.at(&page_of(&id)))
                .text(" instead."),
            ask_reason: true,
            submit: format!("Revoke registration {}", cut(facts.id())),
            ..page
        };
        return match &word {
            Some(word) => page.typing(&admin, word, "Type this:").answer(),
            None => page.answer(),
        };
    }
    let done = flow::revoke(&admin.desk, &admin.call, &admin.actor(), &id, admin.one("reason")).await;
    let ended = admin.take(done).await?;
    admin.done(&format!("{} is revoked. This ended {}.", facts.client.name(), words(&ended)), "/clients")
}

/// `POST /admin/clients/revoke-tokens`: ends what people allowed it; it stays in the book.
pub async fn revoke_tokens(admin: Admin) -> Answer {
    let id = client_id(&admin);
    let (facts, numbers) = read(&admin).await?;
    let word = is_large(&facts.ended).then(|| word_of(facts.client.name(), facts.id()));
    let is_typed = word.as_ref().is_none_or(|word| is_typed(&admin, word));
    if !admin.is_sure() || !is_typed {
        let question = format!("Revoke all tokens of {}?", facts.client.name());
        let page = ConfirmPage {
            milder: "It stays in the book; everybody is asked again when it comes next.".into(),
            submit: format!("Revoke all tokens of {}", cut(facts.id())),
            ..page(&admin, &numbers, &facts, question, "by letting it in again")
        };
        let page = ConfirmPage { final_act: true, ..page };
        return match &word {
            Some(word) => page.typing(&admin, word, "Type this:").answer(),
            None => page.answer(),
        };
    }
    let done = flow::revoke_tokens(&admin.desk, &admin.call, &admin.actor(), &id).await;
    let ended = admin.take(done).await?;
    admin.done(&format!("Tokens revoked. This ended {}.", words(&ended)), &page_of(&id))
}

/// `POST /admin/clients/rotate-secret`, with `overlap` in seconds.
pub async fn rotate_secret(admin: Admin) -> Answer {
    let id = client_id(&admin);
    let overlap = admin.one("overlap").parse().ok().filter(|seconds| *seconds >= 0).map(Span::seconds);
    let overlap = overlap.unwrap_or(admin.desk.config.policy.lifetimes.secret_overlap);
    let done = flow::rotate_secret(&admin.desk, &admin.call, &admin.actor(), &id, overlap).await;
    let rotated = admin.take(done).await?;
    let old = match rotated.old_until {
        Some(until) => Phrase::from("The old secret works until ")
            .time(Ago::exact(until.unix()))
            .text(". Change the client over before."),
        None => "The old secret has ended: the client is out until it has the new one.".into(),
    };
    let note = Note { shape: Shape::Clock, words: old };
    let once = SecretOnce {
        title: format!("The new secret of {}", rotated.client.name()),
        notes: vec![note],
        ..once(&admin, &rotated.client, Some(&rotated.secret), None)
    };
    admin.reveal(once, &page_of(&id))
}

/// `POST /admin/clients/end-old-secret`
pub async fn end_old_secret(admin: Admin) -> Answer {
    let id = client_id(&admin);
    let done = flow::end_old_secret(&admin.desk, &admin.call, &admin.actor(), &id).await;
    admin.take(done).await?;
    admin.done("The old secret has ended.", &page_of(&id))
}

/// `POST /admin/clients/rotate-registration-token`
pub async fn rotate_registration_token(admin: Admin) -> Answer {
    let id = client_id(&admin);
    let done = flow::rotate_registration_token(&admin.desk, &admin.call, &admin.actor(), &id).await;
    let token = admin.take(done).await?;
    let (facts, _) = read(&admin).await?;
    let once = SecretOnce {
        title: format!("The new registration token of {}", facts.client.name()),
        notes: vec![Note { shape: Shape::Cross, words: "The old one is good for nothing from now on.".into() }],
        ..once(&admin, &facts.client, None, Some(&token))
    };
    admin.reveal(once, &page_of(&id))
}

/// `POST /admin/clients/revoke-registration-token`
pub async fn revoke_registration_token(admin: Admin) -> Answer {
    let id = client_id(&admin);
    if !admin.is_sure() {
        return ask(&admin, |page, facts| ConfirmPage {
            question: format!("Revoke the registration token of {}?", facts.client.name()),
            milder: "It can then no longer read, change or delete its entry by itself. What people allowed goes on; \
                     you can give it a new token here."
                .into(),
            ends: Vec::new(),
            losers: Vec::new(),
            more: String::new(),
            when: Vec::new(),
            final_act: true,
            submit: format!("Revoke registration token of {}", cut(facts.id())),
            ..page
        })
        .await;
    }
    let done = flow::revoke_registration_token(&admin.desk, &admin.call, &admin.actor(), &id).await;
    admin.take(done).await?;
    admin.done("The registration token is revoked.", &page_of(&id))
}

/// `POST /admin/clients/trust` and `/untrust`: vouches for a client, or no longer.
pub async fn trust(admin: Admin) -> Answer {
    vouch(admin, true).await
}

/// `POST /admin/clients/approve`: for everybody, with all clients like it.
pub async fn approve(admin: Admin) -> Answer {
    let id = client_id(&admin);
    let done = approvals::approve(&admin.desk, &admin.call, &admin.actor(), &id).await;
    let reached = admin.take(done).await?;
    let words = match reached {
        None => "It needs no approval: nobody waits for you before they use it.".to_owned(),
        Some(0) => "Approved, with all clients like it. Nobody waits for you before they use it.".to_owned(),
        Some(n) => {
            format!("Approved, with all clients like it: {}.", counted(n as i64, "person goes on", "people go on"))
        }
    };
    admin.done(&words, &page_of(&id))
}

/// `POST /admin/clients/untrust`
pub async fn untrust(admin: Admin) -> Answer {
    vouch(admin, false).await
}

async fn vouch(admin: Admin, trusted: bool) -> Answer {
    let id = client_id(&admin);
    let done = flow::trust(&admin.desk, &admin.call, &admin.actor(), &id, trusted).await;
    admin.take(done).await?;
    let words = if trusted {
        "You vouch for it. People may be let through without being asked a second time."
    } else {
        "Nobody vouches for it any more. People are asked each time."
    };
    admin.done(words, &page_of(&id))
}

/// `POST /admin/clients/revive`: puts back what was only unused.
pub async fn revive(admin: Admin) -> Answer {
    let id = client_id(&admin);
    let done = departures::revive(&admin.desk, &admin.call, &admin.actor(), &id).await;
    let client = admin.take(done).await?;
    admin.done(&format!("{} is back in the book.", client.name()), &page_of(&id))
}

pub(super) fn client_id(admin: &Admin) -> ClientId {
    ClientId::new(admin.one("client_id"))
}

pub(super) fn page_of(id: &ClientId) -> String {
    format!("/clients/{}", segment(id.as_str()))
}

/// The client that the form names and what hangs on it; or the page that it is not there.
async fn read(admin: &Admin) -> Result<(Facts, Numbers), actix_web::Error> {
    let (id, now) = (client_id(admin), admin.call.now);
    let (facts, numbers) = admin
        .read(move |reader| {
            let Some(client) = clients::find(reader, &id)? else { return Ok(None) };
            let of = grants::Filter { client: Some(id.clone()), ..grants::Filter::default() };
            Ok(Some(Facts {
                client,
                ended: grants::weigh(reader, &Of::Client(id), now)?,
                grants: grants::page(reader, &of, None, LISTED, now)?.rows,
            }))
        })
        .await?;
    let back = Link::new("All clients", admin.at("/clients"));
    let facts = facts
        .ok_or_else(|| admin.missing(Section::Clients, &numbers, "No client with this id is in the book", back))?;
    Ok((facts, numbers))
}

/// Asks before something stops that can go on again.
async fn ask(admin: &Admin, words: impl FnOnce(ConfirmPage, &Facts) -> ConfirmPage) -> Answer {
    let (facts, numbers) = read(admin).await?;
    let question = format!("Disable {}?", facts.client.name());
    let asks = page(admin, &numbers, &facts, question, "once it is enabled");
    words(asks, &facts).answer()
}

fn page(admin: &Admin, numbers: &Numbers, facts: &Facts, question: String, back: &str) -> ConfirmPage {
    let register = admin.desk.store.standing().register();
    let losers = facts.grants.iter().map(|line| loser(admin, &register, line, back)).collect();
    let path = admin.path_below();
    let page = ConfirmPage::ask(admin, numbers, Section::Clients, &path, question);
    ConfirmPage {
        hidden: vec![Hidden::new("client_id", facts.id())],
        keep: admin.at(&page_of(&facts.client.id)),
        ..page.ending(&facts.ended).taking(losers, facts.ended.grants).at_once(admin)
    }
}

/// The panel with what is shown once.
pub(super) fn once(admin: &Admin, client: &Client, secret: Option<&Plain>, token: Option<&Plain>) -> SecretOnce {
    let value = |label: &str, value: &str| OnceValue { label: label.into(), value: value.into() };
    let mut values = Vec::new();
    values.extend(secret.map(|secret| value("Client secret", secret.expose())));
    values.extend(token.map(|token| value("Registration token", token.expose())));
    values.push(value("Client id", client.id.as_str()));
    let text: Vec<String> = values.iter().map(|one| format!("{}: {}", one.label, one.value)).collect();
    SecretOnce {
        title: format!("What {} needs", client.name()),
        file: format!("{}.txt", client.id),
        download: SecretOnce::download_of(&text.join("\n")),
        values,
        notes: Vec::new(),
        ready: secret.map(|secret| ready(admin, client, secret)).unwrap_or_default(),
        saved: admin.at(&page_of(&client.id)),
    }
}

/// What is pasted where, and a command that shows whether the secret works: an unknown token, so that nothing changes.
fn ready(admin: &Admin, client: &Client, secret: &Plain) -> Vec<Code> {
    let at = admin.desk.config.issuer.url("/revoke");
    let (id, secret) = (client.id.as_str(), secret.expose());
    let parts: Vec<&str> = match client.metadata.token_endpoint_auth_method {
        AuthMethod::ClientSecretPost => {
            vec!["curl -i -d token=none -d client_id=", id, " \\\n  -d client_secret=", secret, " \\\n  ", &at]
        }
        _ => vec!["curl -i -d token=none \\\n  -u ", id, ":", secret, " \\\n  ", &at],
    };
    let works = Code::new("To see that it works: the answer is 200", "ready", &parts);
    client_setup::block(admin, client, Some(secret)).into_iter().chain([works]).collect()
}
