//! The form that changes a client, and the page that says before what the change takes from it and from people.
use actix_web::http::StatusCode;
use askama::Template;

use super::{
    client_actions::{client_id, once, page_of},
    client_form::{ClientForm, FIELDS, Problem, granted, read},
    confirm::{ConfirmPage, words},
    guard::{Admin, Answer, Numbers},
    links::counted,
};
use crate::{
    base::client::{Client, Origin},
    flows::client_edit::{self as flow, Effect, SecretChange, changes_here},
    oauth::why::Why,
    store::{Stop, clients},
    web::{
        pages::authorize::html,
        view::{Hidden, Link, Note, Phrase, Section, Shape, Shell},
    },
};

/// `GET /admin/clients/edit?client_id=...`; posts to the same path with `client_id`, `seen` and the fields of [`ClientForm`].
#[derive(Template)]
#[template(path = "admin/client_edit.html")]
pub struct ClientEditPage {
    /// The frame.
    pub shell: Shell,
    /// Its id, for the form.
    pub id: String,
    /// Its name as it is.
    pub name: String,
    /// Its page.
    pub back: String,
    /// What it was when the form was opened.
    pub seen: String,
    /// Whether it holds a token with which it may change its entry itself.
    pub changes_itself: bool,
    /// Whether it signed by itself: its scopes are no limit then, until somebody changes them.
    pub signed: bool,
    /// Who says in a software statement what it is; may be empty.
    pub stated_by: String,
    /// What is filled in.
    pub form: ClientForm,
}

/// `GET /admin/clients/edit?client_id=...`
pub async fn get(admin: Admin) -> Answer {
    let (client, numbers) = changeable(&admin).await?;
    let form = ClientForm::of(&admin, &client.metadata);
    admin.page(&page(&admin, &numbers, &client, form))
}

/// `POST /admin/clients/edit`: saves what harms nobody, and asks before anything else.
pub async fn post(admin: Admin) -> Answer {
    let (client, numbers) = changeable(&admin).await?;
    let again = |problem| {
        let page = page(&admin, &numbers, &client, ClientForm::again(&admin, problem));
        Ok(html(StatusCode::BAD_REQUEST, &page, None))
    };
    let changes = match read(&admin, &client.metadata.scope) {
        Ok(changes) => changes,
        Err(problem) => return again(problem),
    };
    let (desk, id) = (&admin.desk, &client.id);
    let effect = match flow::effect(desk, &admin.call, id, changes.clone()).await {
        Ok(effect) => effect,
        Err(Stop::Refuse(error)) if error.status() == 400 => return again(Problem::of(&error)),
        Err(stop) => return admin.take(Err(stop)).await,
    };
    if !effect.is_mild() && !admin.is_sure() {
        return ask(&admin, &numbers, &client, &effect);
    }
    let seen = Some(admin.one("seen")).filter(|seen| !seen.is_empty());
    let edited = match flow::edit(desk, &admin.call, &admin.actor(), id, changes, seen).await {
        Err(Stop::Refuse(error)) if error.why() == Why::ClientChanged => {
            let words = "Somebody else changed it while you wrote. What stands here is yours: saving it now takes the place of \
                         theirs.";
            return again(Problem { place: "name", words: words.into() });
        }
        edited => admin.take(edited).await?,
    };
    let to = page_of(id);
    if let Some(secret) = &edited.secret {
        return admin.reveal(once(&admin, &edited.client, Some(secret), None), &to);
    }
    match edited.effect {
        Effect { changes: false, .. } => admin.done("Nothing was changed.", &to),
        Effect { ended, .. } if ended.grants > 0 => {
            admin.done(&format!("Saved, and in force. This ended {}.", words(&ended)), &to)
        }
        _ => admin.done("Saved, and in force.", &to),
    }
}

/// The client that is meant, if it is changed here; or the page that says why not.
async fn changeable(admin: &Admin) -> Result<(Client, Numbers), actix_web::Error> {
    let id = client_id(admin);
    let (client, numbers) = admin.read(move |reader| clients::find(reader, &id)).await?;
    let back = Link::new("All clients", admin.at("/clients"));
    let client = client
        .ok_or_else(|| admin.missing(Section::Clients, &numbers, "No client with this id is in the book", back))?;
    match changes_here(&client) {
        Ok(()) => Ok((client, numbers)),
        Err(error) => Err(admin.not_done(&error).await),
    }
}

fn page(admin: &Admin, numbers: &Numbers, client: &Client, form: ClientForm) -> ClientEditPage {
    ClientEditPage {
        shell: admin.shell(Section::Clients, numbers),
        id: client.id.to_string(),
        name: client.name().to_owned(),
        back: admin.at(&page_of(&client.id)),
        seen: flow::mark(client),
        changes_itself: client.registration_token.is_some(),
        signed: client.origin == Origin::Dynamic,
        stated_by: client.stated_by().unwrap_or_default().to_owned(),
        form,
    }
}

/// Asks before a change that takes something from somebody; the form goes on with it.
fn ask(admin: &Admin, numbers: &Numbers, client: &Client, effect: &Effect) -> Answer {
    let question = format!("Change {}?", client.name());
    let page = ConfirmPage::ask(admin, numbers, Section::Clients, "/clients/edit", question);
    let page = if effect.ended.grants > 0 { page.ending(&effect.ended).at_once(admin) } else { page };
    let once = ["client_id", "seen"].into_iter().chain(FIELDS);
    let grants = admin.sent.many("grant_types").into_iter();
    ConfirmPage {
        milder: "Nothing is saved yet.".into(),
        changes: notes(effect),
        hidden: once
            .map(|name| Hidden::new(name, admin.one(name)))
            .chain(grants.map(|grant| Hidden::new("grant_types", grant)))
            .collect(),
        submit: "Save it".into(),
        keep: admin.at(&page_of(&client.id)),
        keep_label: "Leave it as it is".into(),
        ..page
    }
    .answer()
}

/// What a change takes from whom, a sentence each.
fn notes(effect: &Effect) -> Vec<Note> {
    let note = |shape, words: Phrase| Note { shape, words };
    let lost = &effect.lost;
    let uris = lost.redirect_uris.iter().map(|uri| {
        note(
            Shape::Cross,
            Phrase::from("Codes no longer go to ").code(uri).text(": where it is still used, people are stopped."),
        )
    });
    let grants = lost
        .grant_types
        .iter()
        .map(|grant| note(Shape::Cross, Phrase::from("It may no longer: ").strong(granted(*grant)).text(".")));
    let mut notes: Vec<Note> = uris.chain(grants).collect();
    if effect.ended.grants > 0 {
        notes.push(note(
            Shape::Cross,
            "What was allowed beyond what it may have then ends. People are asked again.".into(),
        ));
    }
    match effect.secret {
        SecretChange::Keep => (),
        SecretChange::Issue => notes.push(note(
            Shape::Bars,
            "It gets a secret, which the next page shows once: it is out until it has it.".into(),
        )),
        SecretChange::Withdraw => {
            notes.push(note(Shape::Cross, "Its secret ends. Whoever shows it is refused.".into()));
        }
    }
    if effect.asked_again > 0 {
        let who = counted(effect.asked_again, "person is", "people are");
        let words = format!("{who} asked again the next time: it is another client to them then.");
        notes.push(note(Shape::Bars, words.into()));
    }
    if let Some(issuer) = &lost.statement {
        let words = Phrase::from("The software statement of ").code(issuer).text(" no longer speaks for it.");
        notes.push(note(Shape::Nobody, words));
    }
    if effect.needs_approval {
        notes.push(note(
            Shape::Bars,
            "It needs your approval anew: until then people who let it in wait for you.".into(),
        ));
    }
    notes
}
