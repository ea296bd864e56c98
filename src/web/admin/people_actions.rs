//! What an administrator does to a person: suspends and restores them, ends what they allowed.

use super::{
    confirm::{ConfirmPage, LISTED, is_large, is_typed, loser, word_of, words},
    guard::{Admin, Answer, Numbers},
    links::segment,
};
use crate::{
    base::{event::Ended, id::UserId, user::User},
    flows::users as flow,
    store::{
        grants::{self, Of},
        users,
    },
    web::view::{Hidden, Link, Section},
};

/// What a page that asks about a person is made from.
struct Facts {
    person: User,
    ended: Ended,
    grants: Vec<grants::Line>,
}

/// `GET /admin/people/suspend?user_id=...`: asks.
pub async fn ask(admin: Admin) -> Answer {
    let (facts, numbers) = read(&admin).await?;
    suspension(&admin, &numbers, &facts).answer()
}

/// `POST /admin/people/suspend`
pub async fn suspend(admin: Admin) -> Answer {
    let (facts, numbers) = read(&admin).await?;
    if !admin.is_sure() {
        return suspension(&admin, &numbers, &facts).answer();
    }
    let done = flow::suspend(&admin.desk, &admin.call, &admin.actor(), &facts.person.id).await;
    let ended = admin.take(done).await?;
    let words = format!("{} is suspended. This stopped {}.", facts.person.login, words(&ended));
    admin.done(&words, &page_of(&facts.person.id))
}

/// `POST /admin/people/restore`
pub async fn restore(admin: Admin) -> Answer {
    let id = user_id(&admin);
    let done = flow::restore(&admin.desk, &admin.call, &admin.actor(), &id).await;
    admin.take(done).await?;
    admin.done("Restored. What they allowed works again.", &page_of(&id))
}

/// `POST /admin/people/revoke-all`
pub async fn revoke_all(admin: Admin) -> Answer {
    let (facts, numbers) = read(&admin).await?;
    let login = &facts.person.login;
    let word = is_large(&facts.ended).then(|| word_of(login, facts.person.id.as_str()));
    let is_typed = word.as_ref().is_none_or(|word| is_typed(&admin, word));
    if !admin.is_sure() || !is_typed {
        let question = format!("Revoke all grants of {login}?");
        let page = ConfirmPage {
            milder: "They may let clients in again. To keep them out for a while, suspend them instead.".into(),
            final_act: true,
            submit: format!("Revoke all grants of {login}"),
            ..page(&admin, &numbers, &facts, "/people/revoke-all", question, "by letting it in again")
        };
        return match &word {
            Some(word) => page.typing(&admin, word, "Type this:").answer(),
            None => page.answer(),
        };
    }
    let done = flow::revoke_all(&admin.desk, &admin.call, &admin.actor(), &facts.person.id).await;
    let ended = admin.take(done).await?;
    let words = format!("Revoked. This ended {}, and signed their browsers out.", words(&ended));
    admin.done(&words, &page_of(&facts.person.id))
}

fn user_id(admin: &Admin) -> UserId {
    UserId::new(admin.one("user_id"))
}

fn page_of(id: &UserId) -> String {
    format!("/people/{}", segment(id.as_str()))
}

async fn read(admin: &Admin) -> Result<(Facts, Numbers), actix_web::Error> {
    let (id, now) = (user_id(admin), admin.call.now);
    let (facts, numbers) = admin
        .read(move |reader| {
            let Some(person) = users::find(reader, &id)? else { return Ok(None) };
            let of = grants::Filter { user: Some(id.clone()), ..grants::Filter::default() };
            Ok(Some(Facts {
                person,
                ended: grants::weigh(reader, &Of::User(id), now)?,
                grants: grants::page(reader, &of, None, LISTED, now)?.rows,
            }))
        })
        .await?;
    let back = Link::new("All people", admin.at("/people"));
    let facts =
        facts.ok_or_else(|| admin.missing(Section::People, &numbers, "Nobody with this id has been here", back))?;
    Ok((facts, numbers))
}

fn suspension(admin: &Admin, numbers: &Numbers, facts: &Facts) -> ConfirmPage {
    let login = &facts.person.login;
    ConfirmPage {
        milder: "Nothing ends for good: what they allowed works again once they are restored. Their browsers are \
                 signed out."
            .into(),
        ends_label: "This stops".into(),
        submit: format!("Suspend {login}"),
        ..page(admin, numbers, facts, "/people/suspend", format!("Suspend {login}?"), "once they are restored")
    }
}

fn page(admin: &Admin, numbers: &Numbers, facts: &Facts, path: &str, question: String, back: &str) -> ConfirmPage {
    let register = admin.desk.store.standing().register();
    let losers = facts.grants.iter().map(|line| loser(admin, &register, line, back)).collect();
    let page = ConfirmPage::ask(admin, numbers, Section::People, path, question);
    ConfirmPage {
        hidden: vec![Hidden::new("user_id", facts.person.id.as_str())],
        keep: admin.at(&page_of(&facts.person.id)),
        ..page.ending(&facts.ended).taking(losers, facts.ended.grants).at_once(admin)
    }
}
