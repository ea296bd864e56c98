//! What an administrator does to one resource: takes it out, gives it a credential, tries a token on it.

use super::{
    confirm::{ConfirmPage, is_large, is_typed, word_of, words},
    guard::{Admin, Answer},
    resource::{Extra, read, show, verdict},
    resources::page_of,
};
use crate::{
    base::{resource::ResourceUri, secret::Plain},
    flows::{resources as flow, verify},
    oauth::{error::invalid_request, why::Why},
    web::view::{Code, Hidden, OnceValue, SecretOnce, Section},
};

fn uri(admin: &Admin) -> ResourceUri {
    ResourceUri::stored(admin.one("uri").to_owned())
}

/// `GET` and `POST /admin/resources/remove`: asks, then takes it out.
pub async fn remove(admin: Admin) -> Answer {
    let uri = uri(&admin);
    let (facts, numbers) = read(&admin, &uri).await?;
    if facts.entry.configured {
        return Err(admin.not_done(&invalid_request(Why::ResourceConfigured).with_status(409)).await);
    }
    let name = &facts.entry.resource.name;
    let ends = admin.take(flow::effect_of_removal(&admin.desk, &admin.call, &uri).await).await?;
    let word = is_large(&ends).then(|| word_of(name, uri.as_str()));
    let is_typed = word.as_ref().is_none_or(|word| is_typed(&admin, word));
    if !admin.is_sure() || !is_typed {
        let question = format!("Take {name} out of the register?");
        let page = ConfirmPage::ask(&admin, &numbers, Section::Resources, "/resources/remove", question);
        let page = ConfirmPage {
            crumb: "Remove".into(),
            milder: "The gate lets nobody through to it any more, whatever token they show. What people allowed for it ends; \
                     put back, everybody is asked again."
                .into(),
            hidden: vec![Hidden::new("uri", uri.as_str())],
            submit: format!("Remove {name}"),
            keep: admin.at(&page_of(&uri)),
            ..page.for_good().ending(&ends).at_once(&admin)
        };
        return match &word {
            Some(word) => page.typing(&admin, word, "Type this:").answer(),
            None => page.answer(),
        };
    }
    let done = flow::remove(&admin.desk, &admin.call, &admin.actor(), &uri).await;
    let ended = admin.take(done).await?;
    admin.done(&format!("{name} is out of the register. This ended {}.", words(&ended)), "/resources")
}

/// `POST /admin/resources/credential`: a new one, shown once.
pub async fn credential(admin: Admin) -> Answer {
    let uri = uri(&admin);
    let made = flow::credential(&admin.desk, &admin.call, &admin.actor(), &uri).await;
    let made = admin.take(made).await?;
    admin.reveal(shown(&admin, &uri, &made), &page_of(&uri))
}

/// `POST /admin/resources/try`: what the gate would say of a token. It is told in the answer and nowhere else.
pub async fn try_token(admin: Admin) -> Answer {
    let uri = uri(&admin);
    let typed = admin.one("token").trim();
    if typed.is_empty() {
        let token_error = Some("Paste an access token.".to_owned());
        return show(&admin, &uri, Extra { token_error, ..Extra::default() }).await;
    }
    let tried = verify::try_token(&admin.desk, &admin.call, &admin.actor(), &uri, typed).await;
    let tried = admin.take(tried).await?;
    show(&admin, &uri, Extra { verdict: Some(verdict(&admin, &tried)), ..Extra::default() }).await
}

/// The panel with a credential.
pub(super) fn shown(admin: &Admin, uri: &ResourceUri, credential: &Plain) -> SecretOnce {
    let at = admin.desk.config.issuer.url("/introspect");
    let parts = ["curl -i -d token=none \\\n  -H 'Authorization: Bearer ", credential.expose(), "' \\\n  ", &at];
    SecretOnce {
        title: format!("The credential of {}", uri.host()),
        values: vec![OnceValue { label: "Credential".into(), value: credential.expose().to_owned() }],
        file: format!("{}.txt", uri.host().replace(':', "-")),
        download: SecretOnce::download_of(&format!("{uri}: {}", credential.expose())),
        notes: Vec::new(),
        ready: vec![Code::new("To see that it works: the answer is {\"active\":false}", "ready", &parts)],
        saved: admin.at(&page_of(uri)),
    }
}
