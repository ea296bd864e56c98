//! What an administrator does to several clients at once.

use super::{
    client_actions::page_of,
    confirm::{ConfirmPage, Loser, is_large, is_typed, words},
    guard::{Admin, Answer, Numbers},
    links::counted,
};
use crate::{
    base::{client::Client, event::Ended, id::ClientId},
    flows::{FlowResult, approvals, clients as flow},
    oauth::{error::not_found, why::Why},
    store::{
        Stop, clients,
        grants::{self, Of},
    },
    web::view::{Ago, Hidden, Phrase, Section},
};

/// From so many clients on a word is asked for.
const MANY: usize = 10;

/// The clients that were picked, and what ends with each.
type Picked = Vec<(Client, Ended)>;

/// `POST /admin/clients/bulk`: `client_id` (repeated) and `action`.
pub async fn post(admin: Admin) -> Answer {
    let (picked, numbers) = read(&admin).await?;
    if picked.is_empty() {
        return admin.done("No client was picked, so nothing was done.", "/clients");
    }
    let action = admin.one("action").to_owned();
    let all = total(&picked);
    let many = counted(picked.len() as i64, "client", "clients");
    match action.as_str() {
        "enable" | "approve" => (),
        "disable" if admin.is_sure() => (),
        "disable" => return ask(&admin, &numbers, &picked, &all).answer(),
        "revoke" => {
            let word = format!("revoke {many}");
            let asks = all.grants > 0 || is_large(&all) || picked.len() >= MANY;
            if !admin.is_sure() || (asks && !is_typed(&admin, &word)) {
                let page = ask(&admin, &numbers, &picked, &all).for_good();
                let page = if asks { page.typing(&admin, &word, "Type this:") } else { page };
                return ConfirmPage { ask_reason: true, ..page }.answer();
            }
        }
        _ => return admin.take(Err(Stop::Refuse(not_found()))).await,
    }
    let mut done = 0;
    for (client, _) in &picked {
        let result = act(&admin, &action, &client.id).await;
        // One that left meanwhile needs nothing more.
        if matches!(&result, Err(Stop::Refuse(error)) if error.why() == Why::NotFound) {
            continue;
        }
        admin.take(result).await?;
        done += 1;
    }
    let many = counted(done, "client", "clients");
    admin.done(
        &match action.as_str() {
            "enable" => format!("Enabled {many}."),
            "approve" => format!("Approved {many}, with all clients like them. Who waited for one goes on."),
            "disable" => format!("Disabled {many}. Their tokens are refused from now on."),
            _ => format!("Revoked {many}. This ended {}.", words(&all)),
        },
        "/clients",
    )
}

async fn act(admin: &Admin, action: &str, id: &ClientId) -> FlowResult<()> {
    let (desk, call, actor) = (&admin.desk, &admin.call, admin.actor());
    match action {
        "enable" => flow::enable(desk, call, &actor, id).await,
        "approve" => approvals::approve(desk, call, &actor, id).await.map(drop),
        "disable" => flow::disable(desk, call, &actor, id).await,
        _ => flow::revoke(desk, call, &actor, id, admin.one("reason")).await.map(|_| ()),
    }
}

async fn read(admin: &Admin) -> Result<(Picked, Numbers), actix_web::Error> {
    let mut ids: Vec<ClientId> = admin.sent.many("client_id").into_iter().map(ClientId::new).collect();
    ids.sort();
    ids.dedup();
    let now = admin.call.now;
    admin
        .read(move |reader| {
            let mut picked = Vec::new();
            for id in ids {
                if let Some(client) = clients::find(reader, &id)? {
                    picked.push((client, grants::weigh(reader, &Of::Client(id), now)?));
                }
            }
            Ok(picked)
        })
        .await
}

fn total(picked: &Picked) -> Ended {
    picked.iter().fold(Ended::default(), |all, (_, one)| Ended {
        people: all.people + one.people,
        grants: all.grants + one.grants,
        tokens: all.tokens + one.tokens,
    })
}

fn ask(admin: &Admin, numbers: &Numbers, picked: &Picked, all: &Ended) -> ConfirmPage {
    let action = admin.one("action");
    let is_revoke = action == "revoke";
    let many = counted(picked.len() as i64, "client", "clients");
    let losers = picked.iter().map(|(client, ended)| Loser {
        used: client.last_used_at.map_or_else(|| Ago::never("never"), |at| Ago::of(at.unix(), admin.call.now.unix())),
        who: Phrase::default().client(client.name(), admin.at(&page_of(&client.id))),
        loses: counted(ended.grants, "grant", "grants"),
        tokens: u64::try_from(ended.tokens).unwrap_or(0),
        back: if is_revoke { "by signing the book anew" } else { "once it is enabled" }.into(),
    });
    let hidden = picked.iter().map(|(client, _)| Hidden::new("client_id", client.id.as_str()));
    let verb = if is_revoke { "Revoke" } else { "Disable" };
    let page = ConfirmPage::ask(admin, numbers, Section::Clients, "/clients/bulk", format!("{verb} {many}?"));
    ConfirmPage {
        milder: if is_revoke {
            "A revoked registration does not come back. To stop these for a while, disable them instead.".into()
        } else {
            "Nothing is taken from anybody: what people allowed stays, and works again once you enable them.".into()
        },
        ends_label: if is_revoke { "This ends" } else { "This stops" }.into(),
        hidden: hidden.chain([Hidden::new("action", action)]).collect(),
        submit: format!("{verb} {many}"),
        ..page.ending(all).taking(losers.collect(), picked.len() as i64).at_once(admin)
    }
}
