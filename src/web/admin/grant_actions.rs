//! Revokes grants, one or several.

use super::{
    confirm::{ConfirmPage, LISTED, is_large, is_typed, loser, words},
    guard::{Admin, Answer, Numbers},
    links::counted,
};
use crate::{
    base::{event::Ended, id::GrantId},
    flows::grants as flow,
    store::grants,
    web::view::{Hidden, Link, Section},
};

/// `GET /admin/grants/revoke?grant_id=...`: asks.
pub async fn ask(admin: Admin) -> Answer {
    let (lines, numbers) = read(&admin).await?;
    page(&admin, &numbers, &lines, &ended(&lines)).answer()
}

/// `POST /admin/grants/revoke`: `grant_id`, repeated.
pub async fn revoke(admin: Admin) -> Answer {
    let (lines, numbers) = read(&admin).await?;
    let ended = ended(&lines);
    let is_typed = !is_large(&ended) || is_typed(&admin, &word(&ended));
    if !admin.is_sure() || !is_typed {
        return page(&admin, &numbers, &lines, &ended).answer();
    }
    let ids = lines.into_iter().map(|line| line.grant.id).collect();
    let done = flow::revoke(&admin.desk, &admin.call, &admin.actor(), ids).await;
    let ended = admin.take(done).await?;
    admin.done(&format!("Revoked. This ended {}.", words(&ended)), "/grants")
}

/// The live grants that are meant; the page that none is there, when none is.
async fn read(admin: &Admin) -> Result<(Vec<grants::Line>, Numbers), actix_web::Error> {
    let ids: Vec<GrantId> = admin.sent.many("grant_id").into_iter().map(GrantId::new).collect();
    let now = admin.call.now;
    let (lines, numbers) = admin.read(move |reader| grants::named(reader, &ids, now)).await?;
    if lines.is_empty() {
        let back = Link::new("All grants", admin.at("/grants"));
        return Err(admin.missing(Section::Grants, &numbers, "No such grant is alive", back));
    }
    Ok((lines, numbers))
}

fn ended(lines: &[grants::Line]) -> Ended {
    let mut people: Vec<_> = lines.iter().map(|line| &line.grant.user).collect();
    people.sort();
    people.dedup();
    let tokens = lines.iter().map(|line| line.tokens).sum();
    Ended { people: people.len() as i64, grants: lines.len() as i64, tokens }
}

fn word(ended: &Ended) -> String {
    format!("revoke {}", counted(ended.grants, "grant", "grants"))
}

fn page(admin: &Admin, numbers: &Numbers, lines: &[grants::Line], ended: &Ended) -> ConfirmPage {
    let register = admin.desk.store.standing().register();
    let many = counted(ended.grants, "grant", "grants");
    let losers = lines.iter().take(LISTED).map(|line| loser(admin, &register, line, "by letting it in again"));
    let page = ConfirmPage::ask(admin, numbers, Section::Grants, "/grants/revoke", format!("Revoke {many}?"));
    let page = ConfirmPage {
        milder: "The person is asked again when the client comes next.".into(),
        hidden: lines.iter().map(|line| Hidden::new("grant_id", line.grant.id.as_str())).collect(),
        final_act: true,
        submit: format!("Revoke {many}"),
        ..page.ending(ended).taking(losers.collect(), ended.grants).at_once(admin)
    };
    if is_large(ended) { page.typing(admin, &word(ended), "Type this:") } else { page }
}
